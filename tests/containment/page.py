#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/SECURITY.md names every attempt of the tables, and no other: page.py SECURITY.md build/attacked."""
import os
import re
import subprocess
import sys

ROLES = ["edge", "web", "worker", "broker", "gateway"]


def known(folder):
    names = set()
    for role in ROLES:
        listed = subprocess.run([os.path.join(folder, f"sekisho-{role}")], env={"SEKISHO_ATTACK_LIST": "1"},
                                capture_output=True, text=True, check=True)
        names |= {line.split()[1] for line in listed.stdout.splitlines()}
    return names


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        section = re.search(r"^## What attacker code.*?(?=^## )", f.read(), re.S | re.M)[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    written = [name for row in rows for name in re.findall(r"`([a-z0-9_]+)`", row)]
    names = known(sys.argv[2])
    for name in sorted(names - set(written)):
        print(f"not in {sys.argv[1]}: {name}")
    for name in sorted(set(written) - names):
        print(f"no such attempt: {name}")
    return names != set(written) or len(written) != len(set(written))


sys.exit(main())
