#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Flow tests: the real processes with the demo site, in a network namespace of their own.
#   tests/flow/run-all.sh [test_x.py …]
# Two files run side by side (SEKISHO_FLOW_JOBS=1: one); each one's output is printed when it ends.
set -uo pipefail
cd "$(dirname "$0")/../.."
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env "$0" "$@"; fi
tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(tests/flow/test_*.py)
jobs=${SEKISHO_FLOW_JOBS:-2}
outputs=$(mktemp -d)
pids=()
trap 'rm -rf "$outputs"' EXIT
trap 'kill "${pids[@]}" 2>/dev/null; wait; exit 130' INT TERM

one() { # a test file: its output goes to a file and comes out as one block
  local test=$1 started=$SECONDS status
  tests/flow/in-namespace.sh /usr/bin/python3 "$test" -v >"$outputs/$2" 2>&1 &
  local child=$!
  trap 'kill "$child" 2>/dev/null; wait "$child"; exit 130' TERM
  wait "$child"
  status=$?
  (
    flock 8
    echo "--- $test ($((SECONDS - started)) s)"
    cat "$outputs/$2"
  ) 8>"$outputs/lock"
  return "$status"
}

bad=0
running=0
for index in "${!tests[@]}"; do
  if [ "$running" -ge "$jobs" ]; then
    wait -n || bad=1
    running=$((running - 1))
  fi
  one "${tests[$index]}" "$index" &
  pids+=($!)
  running=$((running + 1))
done
for ((; running > 0; running--)); do wait -n || bad=1; done
exit $bad
