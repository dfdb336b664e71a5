#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Flow tests: the real processes with the demo site, in a network namespace of their own.
#   tests/flow/run-all.sh [test_x.py …]
set -uo pipefail
cd "$(dirname "$0")/../.."
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env "$0" "$@"; fi
tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(tests/flow/test_*.py)
bad=0
for test in "${tests[@]}"; do
  echo "--- $test"
  tests/flow/in-namespace.sh /usr/bin/python3 "$test" -v || bad=1
done
exit $bad
