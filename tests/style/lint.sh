#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# cppcheck and clang-tidy over our own C, findings are errors. Exclusions stand in .clang-tidy and below, each with its
# reason. SEKISHO_LINT_BUILD names a configured build folder with gcc (default: build/release).
set -uo pipefail
cd "$(dirname "$0")/../.."
build=${SEKISHO_LINT_BUILD:-build/release}
jobs=$(nproc)
bad=0
files=$(git ls-files '*.c' | grep -v -E '^(tests|portal)/')
[ -f "$build/compile_commands.json" ] || { echo "lint: $build is not configured" >&2; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# memleak, resourceLeak: cppcheck 2.10 does not understand the cleanup attribute; LSan and clang-analyzer cover leaks.
# varFuncNullUB: NULL is a pointer in every C library we build with, and log_event has the sentinel attribute.
# readdirCalled: readdir_r is deprecated in glibc; no two threads share a DIR.
# internalAstError: 2.10 cannot parse a compound literal between ? and : (compilers and clang-tidy read the line).
# shellcheck disable=SC2086
cppcheck --enable=warning,performance,portability --library=posix --library=gnu --error-exitcode=1 \
  --inline-suppr --suppress=memleak --suppress=resourceLeak --suppress=missingIncludeSystem \
  --suppress=varFuncNullUB --suppress=readdirCalled --suppress=internalAstError \
  --quiet -j "$jobs" -I . -D_GNU_SOURCE --std=c11 $files || bad=1

# Each file once, without the one flag of gcc that clang 14 refuses.
python3 - "$build/compile_commands.json" "$work/compile_commands.json" <<'END' || exit 1
import json
import sys

commands = {}
for row in json.load(open(sys.argv[1])):
    row["command"] = row["command"].replace(" -ftrivial-auto-var-init=zero", "")
    commands.setdefault(row["file"], row)
json.dump(list(commands.values()), open(sys.argv[2], "w"))
END
# One file per process: clang-tidy 14 forgets what va_start is from its second file on.
# shellcheck disable=SC2086
printf '%s\n' $files | xargs -P "$jobs" -n 1 clang-tidy -p "$work" --quiet \
  --extra-arg=-include --extra-arg="$PWD/base/analysis.h" >"$work/tidy.txt" 2>"$work/errors.txt" || bad=1
grep -hE 'warning:|error:' "$work/tidy.txt" "$work/errors.txt" | sort -u >"$work/found.txt"
if [ -s "$work/found.txt" ]; then
  head -50 "$work/found.txt"
  bad=1
fi
exit $bad
