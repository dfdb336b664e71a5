#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the ten longest functions of our C; fails when one has over 150 lines, or over 1 % have 100 or more."""
import json
import subprocess
import sys

SKIP = ("tests/",)


def main():
    files = subprocess.run(["git", "ls-files", "*.c"], capture_output=True, text=True, check=True)
    files = [f for f in files.stdout.split() if not f.startswith(SKIP)]
    tags = subprocess.run(["ctags", "--output-format=json", "--fields=+ne", "--kinds-C=f", "-f", "-", *files],
                          capture_output=True, text=True, check=True)
    sizes = []
    for line in tags.stdout.splitlines():
        tag = json.loads(line)
        if tag.get("end"):
            sizes.append((tag["end"] - tag["line"] + 1, f'{tag["path"]}:{tag["line"]} {tag["name"]}'))
    sizes.sort(reverse=True)
    for size, name in sizes[:10]:
        print(f"{size:5d} {name}")
    big = sum(1 for size, _ in sizes if size >= 100)
    median = sizes[len(sizes) // 2][0] if sizes else 0
    print(f"functions: {len(sizes)}, median {median} lines, {big} with 100 or more")
    return int(bool(sizes) and (sizes[0][0] > 150 or big * 100 > len(sizes)))


sys.exit(main())
