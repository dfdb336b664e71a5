#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every test and every file that docs/signin-checks.md names is there, and every row names a test or says why there is none.

A test is `file: case`, or `file: case: words` where the words stand in that file (a row of the case's table)."""
import re
import subprocess
import sys

PAGE = "docs/signin-checks.md"
TEST = re.compile(r"^([\w./]+\.(?:c|py|ts|mjs)): ([^:]+)(?:: (.+))?$")
DEFINED = {"c": r"(?:static void {0}\(void \*\*state\)|\({0}[,)])", "py": r"def {0}\(self", "ts": r'"{0}', "mjs": r'"{0}'}


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def check_test(files, name, case, words):
    paths = [path for path in files if path.endswith("/" + name) and path.startswith(("tests/", "portal/src/"))]
    if len(paths) != 1:
        return f"{len(paths)} files called {name}"
    text, kind = text_of(paths[0]), name.rsplit(".", 1)[-1]
    needed = 2 if kind == "c" else 1  # written, and run
    if len(re.findall(DEFINED[kind].format(re.escape(case)), text)) < needed:
        return f"{paths[0]} has no case {case}"
    if words and words not in text:
        return f"{paths[0]} does not say \"{words}\""
    return None


def faults(page, files):
    for number, line in enumerate(page.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| ") or len(cells) != 3 or cells[2] == "seen by":
            continue
        tests = [TEST.match(quoted) for quoted in re.findall(r"`([^`]+)`", cells[2])]
        named = [test for test in tests if test]
        if not named and not cells[2].startswith("none:"):
            yield number, "names no test and does not say why (\"none: …\")"
        for test in named:
            fault = check_test(files, *test.groups())
            if fault:
                yield number, fault
        for path in re.findall(r"`([\w./-]+/[\w.-]+\.\w+)`", cells[1]):
            if path not in files:
                yield number, f"there is no {path}"


def main():
    files = set(subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.split("\n"))
    found = list(faults(text_of(PAGE), files))
    for number, fault in found:
        print(f"{PAGE}:{number}: {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
