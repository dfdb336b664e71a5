#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Flow tests: the real processes with the demo site, in a network namespace of their own.
#   tests/flow/run-all.sh [test_x.py …]
# Three files run side by side (SEKISHO_FLOW_JOBS=1: one); each one's output is printed when it ends.
set -uo pipefail
cd "$(dirname "$0")/../.."
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env "$0" "$@"; fi
beside_jobs=${SEKISHO_FLOW_JOBS:-3}
. tests/support/beside.sh
tests=("$@")
# What takes longest begins first.
[ ${#tests[@]} -gt 0 ] || tests=(tests/flow/test_{gw_life,b1_site}.py $(ls tests/flow/test_*.py | grep -v -e gw_life -e b1_site))
tests/peers/prepare.sh || exit 1 # their name space has no network
for test in "${tests[@]}"; do
  beside "$test" tests/flow/in-namespace.sh /usr/bin/python3 "$test" -v
done
beside_end
