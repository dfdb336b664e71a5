#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""No program that is installed contains the attacker of tests/containment."""
import os
import sys

MARKS = [b"event=attempt ", b"attack.plan", b"SEKISHO_ATTACK_LIST"]
bad = 0
programs = sorted(os.listdir(sys.argv[1]))
for name in programs:
    with open(os.path.join(sys.argv[1], name), "rb") as f:
        program = f.read()
    for mark in MARKS:
        if mark in program:
            print(f"{name} contains {mark.decode()!r}")
            bad = 1
print(f"{len(programs)} programs looked at")
sys.exit(bad or not programs)
