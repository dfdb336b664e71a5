#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/SECURITY.md names every attempt of the tables, and no other, and in which roles it works where Landlock is too
old to refuse it: page.py SECURITY.md build/attacked."""
import os
import re
import subprocess
import sys

ROLES = ["edge", "web", "worker", "forward", "mail", "broker", "replay", "saml", "oidc", "gateway"]
ANY_ABI = 99


def known(folder):
    """Names of all attempts, and (ABI, role, name) of those that an older Landlock does not refuse."""
    names, opens = set(), set()
    for role in ROLES:
        listed = subprocess.run([os.path.join(folder, f"sekisho-{role}")], env={"SEKISHO_ATTACK_LIST": "1"},
                                capture_output=True, text=True, check=True)
        rows = [line.split() for line in listed.stdout.splitlines()]
        names |= {row[1] for row in rows}
        opens |= {(int(row[5]), role, row[1]) for row in rows if row[5] != "0"}
    return names, opens


def rows_of(text):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")]


def in_code(text):
    return re.findall(r"`([a-z0-9_]+)`", text)


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        refused, open_ones = re.search(r"^## What attacker code.*?(?=^## )", f.read(), re.S | re.M)[0].split("\n### ")
    written = [name for row in rows_of(refused) for name in in_code(row[-1])]
    said = [(ANY_ABI if abi == "any" else int(abi), role, name) for abi, roles, names in rows_of(open_ones) if abi[0] in "0123456789a"
            for role in roles.split(", ") for name in in_code(names)]
    names, opens = known(sys.argv[2])
    wrong = [f"not in {sys.argv[1]}: {one}" for one in [*sorted(names - set(written)), *sorted(opens - set(said))]]
    wrong += [f"not in the tables: {one}" for one in [*sorted(set(written) - names), *sorted(set(said) - opens)]]
    wrong += [f"twice: {one}" for one in sorted({name for name in written if written.count(name) > 1})]
    for line in wrong:
        print(line)
    return bool(wrong)


sys.exit(main())
