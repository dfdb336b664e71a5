#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every stable reason code that a person may meet has words in the portal, in Japanese and English."""
import re
import subprocess
import sys

# Answers to programs that break the protocol, and hops: the portal never causes them, its general words suffice.
INTERNAL = re.compile(r"^(database|keeper|vault|checkpoint|export|schema|cert|answer|body|encoding|framing|header|host|"
                      r"idempotency_key|if_match|json|media_type|method|metrics|operation|path|websocket|enrol)\."
                      r"|^(gateway|target|credential|session\.absent)$")


def codes():
    found = {}
    files = subprocess.run(["git", "ls-files", "auth/*.c", "rbac/*.c", "targets/*.c", "access/*.c", "sessions/*.c",
                            "sessions/broker/*.c", "gateways/*.c", "notify/*.c", "reports/*.c", "server/web*.c", "server/authority*.c"],
                           capture_output=True, text=True, check=True).stdout.split()
    for path in files:
        text = open(path, encoding="utf-8").read()
        for m in re.finditer(r'err_reason\(\s*[^,]+,\s*ERR_\w+,\s*"([a-z0-9_.]+)"', text):
            found.setdefault(m[1], path)
        for m in re.finditer(r'broker_end\(\s*\w+,\s*"[a-z_]*",\s*"([a-z0-9_.]+)"', text):
            found.setdefault(m[1], path)
        if path.endswith("ending.c"):
            for m in re.finditer(r'\{"([a-z_]+(?:\.[a-z_]+)?)",', text):
                found.setdefault(m[1], path)
    return found


def others():
    """Field reasons and to-do codes: {key in the portal: where}."""
    found = {}
    files = subprocess.run(["git", "ls-files", "base/field.c", "auth/*.c", "rbac/*.c", "targets/*.c", "access/*.c", "reports/*.c",
                            "sessions/*.c", "gateways/*_ops.c", "notify/*.c", "server/web*.c"], capture_output=True, text=True, check=True)
    for path in files.stdout.split():
        for m in re.finditer(r'err_field\(\s*[^,]+,\s*[^,]+,\s*"([a-z0-9_.]+)"', open(path, encoding="utf-8").read()):
            found.setdefault("field." + m[1], path)
    for m in re.finditer(r'"(todo\.[a-z_]+)"', open("server/system_http.c", encoding="utf-8").read()):
        found.setdefault(m[1], "server/system_http.c")
    return found


def main():
    bad = 0
    for language in ("ja", "en"):
        text = open(f"portal/src/i18n/{language}.ts", encoding="utf-8").read()
        for key, path in sorted(others().items()):
            if not INTERNAL.match(key.split(".", 1)[1]) and f'"{key}"' not in text and f'"{key.replace("field.", "reason.", 1)}"' not in text:
                print(f"{language}: no words for {key} ({path})")
                bad = 1
    for language in ("ja", "en"):
        keys = set(re.findall(r'"reason\.([a-z0-9_.]+)"', open(f"portal/src/i18n/{language}.ts", encoding="utf-8").read()))
        for code, path in sorted(codes().items()):
            if code not in keys and not INTERNAL.match(code):
                print(f"{language}: no words for reason {code} ({path})")
                bad = 1
    return bad


sys.exit(main())
