#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Figures of docs/PERFORMANCE.md: tests/bench/run.sh [--smoke] [NAME…], all without a name.
#   memory     at rest, and an idle session
#   start      session start beside ssh -J
# Prints `name value unit ratio peer`; raw values are appended to build/bench.jsonl. --smoke: that they work, in seconds.
set -uo pipefail
cd "$(dirname "$0")/../.."
all="memory start"
case "${1:-}" in -h | --help) sed -n '3,6s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
export SEKISHO_BENCH_SMOKE=0
if [ "${1:-}" = --smoke ]; then
  SEKISHO_BENCH_SMOKE=1
  shift
fi
names=${*:-$all}
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env "$0" "$@"; fi
export SEKISHO_BENCH_OUT=${SEKISHO_BENCH_OUT:-$PWD/build/bench.jsonl}
export SEKISHO_BIN=${SEKISHO_BIN:-$PWD/build/release/bin}
[ "$SEKISHO_BENCH_SMOKE" = 1 ] || packaging/deps.sh bench || exit 1
# One person opens more sessions here than a person may.
export SEKISHO_DEMO_CONF='release_limit_per_minute = 10000'
bad=0
for name in $names; do
  [ -e "tests/bench/bench_$name.py" ] || { echo "no figure '$name'" >&2; exit 2; }
done
if [ "$SEKISHO_BENCH_SMOKE" = 1 ]; then # one server for all
  # shellcheck disable=SC2086 — words
  exec tests/flow/in-namespace.sh /usr/bin/python3 tests/bench/figures.py $names
fi
for name in $names; do
  tests/flow/in-namespace.sh /usr/bin/python3 tests/bench/figures.py "$name" || bad=1
done
exit $bad
