#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check_statements.py SOURCE_DIR BIN_DIR: every statement is in its module's list, every list is in
server/statements.c, and a process that contains a list is one of those named there.

sql/migrate.c is apart: only sekisho-migrate has it, which owns the schema."""
import pathlib
import re
import subprocess
import sys

source, programs = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
OWN = {"sql/migrate.c", "sql/db.c"}
ROLES = {"BY_WEB": "sekisho-web", "BY_AUTHORITY": "sekisho-authority", "BY_WORKER": "sekisho-worker",
         "BY_FORWARD": "sekisho-forward", "BY_MAIL": "sekisho-mail"}
problems = []
lists = {}
total = 0
for path in sorted(source.glob("*/*.c")):
    name = str(path.relative_to(source))
    text = path.read_text()
    if name in OWN:
        continue
    found = re.findall(r"^static const struct db_stmt (\w+)(\[\])? =", text, re.M)
    if re.search(r"struct db_stmt \w+ = \{|\(struct db_stmt\)", re.sub(
            r"^static const struct db_stmt \w+ = \{", "", text, flags=re.M)):
        problems.append(f"{name}: a statement outside a table")
    if not found:
        continue
    exported = re.findall(r"^const struct db_stmt_list \*(\w+_statements)\(void\)", text, re.M)
    tables = dict(re.findall(r"^\t?static const struct db_stmt \*const (\w+)\[\] = \{(.*?)\};", text, re.M | re.S))
    table = tables.get("stmts") or next(iter(tables.values()), None)
    if len(exported) != 1 or not table:
        problems.append(f"{name}: has statements but not one list of them")
        continue
    lists[exported[0]] = name
    members = re.findall(r"&(\w+)", table)
    for statement, is_array in found:
        total += 1
        if statement not in members:
            problems.append(f"{name}: {statement} is not in the list")
        elif is_array:
            body = re.search(rf"struct db_stmt {statement}\[\] = \{{(.*?)\n\}};", text, re.S).group(1)
            total += body.count("] = {") - 1
            if members.count(statement) != body.count("] = {"):
                problems.append(f"{name}: {statement} is not in the list as a whole")
registry = (source / "server/statements.c").read_text()
uses = dict(re.findall(r"\{(\w+_statements), ([A-Z_ |]+)\}", registry))
for exported in sorted(set(lists) ^ set(uses)):
    problems.append(f"{exported}: in only one of the tree and server/statements.c")
for account, program in ROLES.items():
    symbols = subprocess.run(["nm", str(programs / program)], capture_output=True, text=True,
                             check=True).stdout
    inside = set(re.findall(r" [tT] (\w+_statements)$", symbols, re.M))
    named = {exported for exported, accounts in uses.items() if account in accounts}
    if not inside:
        continue  # stripped
    for exported in sorted(inside - named):
        problems.append(f"{program} contains {exported}, but server/statements.c does not say so")
    for exported in sorted(named - inside):
        problems.append(f"{program} does not contain {exported}, but server/statements.c says so")
print("\n".join(problems) or f"{total} statements in {len(lists)} lists")
sys.exit(bool(problems))
