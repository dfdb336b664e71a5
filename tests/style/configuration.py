#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/CONFIGURATION.md must end with what `sekishod --markdown` prints: `configuration.py PAGE SEKISHOD`.

`configuration.py --write PAGE SEKISHOD` puts it there.
"""
import subprocess
import sys

write = sys.argv[1] == "--write"
page, program = sys.argv[-2:]
table = subprocess.run([program, "--markdown"], check=True, capture_output=True, text=True).stdout
text = open(page, encoding="utf-8").read()
head, found, tail = text.partition("| ")
if write:
    open(page, "w", encoding="utf-8").write(head + table)
elif found + tail != table:
    print(f"{page} is not what the program says; run tests/style/configuration.py --write {page} {program}")
    sys.exit(1)
