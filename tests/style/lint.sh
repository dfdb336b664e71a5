#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# cppcheck and clang-tidy over our own C, findings are errors. Exclusions stand in .clang-tidy and below, each with its reason.
set -uo pipefail
cd "$(dirname "$0")/../.."
bad=0
files=$(git ls-files '*.c' | grep -v -E '^(tests|portal)/')
# memleak, resourceLeak: cppcheck 2.10 does not understand the cleanup attribute; LSan, -fanalyzer and
# clang-analyzer cover leaks. normalCheckLevelMaxBranches is information, not a finding.
# shellcheck disable=SC2086
cppcheck --enable=warning,performance,portability --library=posix --library=gnu --error-exitcode=1 \
  --inline-suppr --suppress=memleak --suppress=resourceLeak --suppress=missingIncludeSystem \
  --quiet -j "$(nproc)" -I . -D_GNU_SOURCE --std=c11 $files || bad=1
# shellcheck disable=SC2086
printf '%s\n' $files | xargs -P "$(nproc)" -n 6 clang-tidy -p build/release --quiet 2>/dev/null |
  grep -E 'warning:|error:' | sort -u >build/tidy.txt
if [ -s build/tidy.txt ]; then
  head -50 build/tidy.txt
  bad=1
fi
exit $bad
