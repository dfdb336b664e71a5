#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares docs/openapi.yaml with the server's own rows (ops_dump): access, headers, fields, bounds.
check_openapi.py OPENAPI DUMP_PROGRAM. Exit 77 (skipped) without python3-yaml."""
import json
import subprocess
import sys

try:
    import yaml
except ImportError:
    print("python3-yaml is not installed: skipped")
    sys.exit(77)

PUBLIC, FRESH = 1, 3
IDEMPOTENT, IF_MATCH, SECRET_FIELD, CREATED, SECRET_PAIR, SECRET_RECOVERY = 1, 2, 4, 16, 64, 256
OAUTH = 131072
REQUIRED, NULLABLE, QUERY, PATH = 1, 2, 4, 8
(TEXT, NOTE, NAME, INT, BOOL, TIME, UUID, CHOICE, UUIDS, TEXTS, ROWS, TOKEN) = range(12)
BODIES = {1: "application/json", 2: "application/x-www-form-urlencoded",
          3: "application/octet-stream", 4: "application/pkcs10", 5: "text/csv"}
DOC = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
OPS = json.loads(subprocess.run([sys.argv[2]], check=True, capture_output=True).stdout)
wrong = []


def resolve(node):
    while "$ref" in node:
        at = DOC
        for part in node["$ref"].split("/")[1:]:
            at = at[part]
        node = at
    return node


def plain(schema):
    """Schema without its null, and whether null was allowed."""
    schema = resolve(schema)
    if "oneOf" in schema:
        return resolve(schema["oneOf"][0]), True
    if isinstance(schema.get("type"), list):
        return schema, "null" in schema["type"]
    return schema, False


def compare(where, field, schema):
    schema, null = plain(schema)
    say = lambda what: wrong.append(f"{where}.{field['name']}: {what}")
    if null != bool(field["flags"] & NULLABLE):
        say(f"null allowed: document {null}, row {not null}")
    kind = field["type"]
    if kind in (TEXT, NOTE, NAME, TOKEN):
        if schema.get("maxLength") != field["max"]:
            say(f"maxLength {schema.get('maxLength')}, row {field['max']}")
        if schema.get("minLength", 0) > max(field["min"], 1 if kind == NAME else 0):
            say(f"minLength {schema.get('minLength')}, row {field['min']}")
    elif kind == INT:
        if (schema.get("minimum"), schema.get("maximum")) != (field["min"], field["max"]):
            say(f"range {schema.get('minimum')}..{schema.get('maximum')}, row "
                f"{field['min']}..{field['max']}")
    elif kind == CHOICE:
        names = [v for v in schema.get("enum", []) if v is not None]
        if sorted(names) != sorted(field["choices"]):
            say(f"enum {names}, row {field['choices']}")
    elif kind in (UUIDS, TEXTS, ROWS):
        if (schema.get("minItems", 0), schema.get("maxItems")) != (field["min"], field["max"]):
            say(f"items {schema.get('minItems', 0)}..{schema.get('maxItems')}, row "
                f"{field['min']}..{field['max']}")
    elif kind == BOOL and schema.get("type") != "boolean":
        say("not a boolean")


def compare_set(where, fields, schemas, required):
    for name in sorted(set(schemas) - {f["name"] for f in fields}):
        wrong.append(f"{where}.{name}: only in the document")
    for field in fields:
        if field["name"] not in schemas:
            wrong.append(f"{where}.{field['name']}: only in the row")
            continue
        if (field["name"] in required) != bool(field["flags"] & REQUIRED):
            wrong.append(f"{where}.{field['name']}: required in the "
                         f"{'document' if field['name'] in required else 'row'} only")
        compare(where, field, schemas[field["name"]])


def check_parameters(op, spec):
    parameters = [resolve(p) for p in spec.get("parameters", [])]
    headers = {p["name"] for p in parameters if p["in"] == "header"}
    for flag, name in ((IF_MATCH, "If-Match"), (IDEMPOTENT, "Idempotency-Key")):
        if (name in headers) != bool(op["flags"] & flag):
            wrong.append(f"{op['id']}: {name} in the {'document' if name in headers else 'row'} only")
    for place, flag in (("query", QUERY), ("path", PATH)):
        mine = {p["name"]: p for p in parameters if p["in"] == place}
        compare_set(f"{op['id']} {place}", [f for f in op["fields"] if f["flags"] & flag],
                    {n: p["schema"] for n, p in mine.items()},
                    {n for n, p in mine.items() if p.get("required")})


def check_body(op, spec):
    content = spec.get("requestBody", {}).get("content", {})
    wanted = BODIES.get(op["body"])
    if list(content) != ([wanted] if wanted else []):
        wrong.append(f"{op['id']}: body {list(content)}, row {wanted}")
        return
    fields = [f for f in op["fields"] if not f["flags"] & (QUERY | PATH)]
    if op["body"] not in (1, 2):
        return
    schema = content[wanted]["schema"]
    properties, required = dict(schema["properties"]), set(schema.get("required", []))
    for flag, name in ((SECRET_FIELD, "client_secret" if op["flags"] & OAUTH else "password"), (SECRET_PAIR, "current_password"),
                       (SECRET_RECOVERY, "recovery_code")):
        if op["flags"] & flag and properties.pop(name, None) is None:
            wrong.append(f"{op['id']}: {name} is missing in the document")
    compare_set(f"{op['id']} body", fields, properties, required)


def check(op, spec):
    if op["permission"] != spec.get("x-sekisho-permission", ""):
        wrong.append(f"{op['id']}: permission {spec.get('x-sekisho-permission')}, row "
                     f"{op['permission']}")
    if (op["auth"] == PUBLIC) != spec.get("x-sekisho-public", False):
        wrong.append(f"{op['id']}: public in one of both only")
    if ("15 minutes" in spec.get("description", "")) != (op["auth"] == FRESH):
        wrong.append(f"{op['id']}: fresh sign-in in one of both only")
    if any("apiToken" in way for way in spec.get("security", [])) != op["token"]:
        wrong.append(f"{op['id']}: open to API tokens in {'the row' if op['token'] else 'the document'} only")
    if ("201" in spec["responses"]) != bool(op["flags"] & CREATED):
        wrong.append(f"{op['id']}: 201 in one of both only")
    check_parameters(op, spec)
    check_body(op, spec)


SPECS = {spec["operationId"]: spec for methods in DOC["paths"].values()
         for spec in methods.values()}
for row in OPS:
    if row["id"] in SPECS:
        check(row, SPECS[row["id"]])
for text in wrong:
    print(text)
print(f"{len(OPS)} rows, {len(wrong)} differences")
sys.exit(1 if wrong else 0)
