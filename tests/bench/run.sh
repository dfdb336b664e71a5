#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Figures of docs/PERFORMANCE.md: tests/bench/run.sh [--smoke] [NAME…], all without a name.
#   memory     at rest, and an idle session
#   start      session start beside ssh -J
#   echo       a key's echo beside a session that prints flat out
#   sessions   many live recorded sessions, at 10, 100 and so on; SEKISHO_SESSIONS=2000 for as many
#   audit      durable audit events beside bare inserts, and their numbering
#   release    releases of a secret by authority and keeper alone, beside bare inserts
#   api        requests and new TLS connections beside nginx; audited writes beside bare inserts
#   growth     lists and searches among 1,000, 10,000 and 100,000 targets, requests, events
#   storm      many idle gateways: memory, and their return; SEKISHO_STORM=10000 for as many
#   tunnel     bytes through gateway, tunnel and edge beside stunnel and TCP, at 0 and 40 ms
# Prints `name value unit ratio peer`; raw values are appended to build/bench.jsonl. --smoke: that they work, in seconds.
set -uo pipefail
cd "$(dirname "$0")/../.."
all="memory start echo sessions audit release api growth storm tunnel"
case "${1:-}" in -h | --help) sed -n '3,14s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
export SEKISHO_BENCH_SMOKE=0
if [ "${1:-}" = --smoke ]; then
  SEKISHO_BENCH_SMOKE=1
  shift
fi
names=${*:-$all}
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env "$0" "$@"; fi
export SEKISHO_BENCH_OUT=${SEKISHO_BENCH_OUT:-$PWD/build/bench.jsonl}
export SEKISHO_BIN=${SEKISHO_BIN:-$PWD/build/release/bin}
packaging/deps.sh bench || exit 1
# One person opens more sessions here than a person may.
export SEKISHO_DEMO_CONF='release_limit_per_minute = 10000'
bench=$(cd "$SEKISHO_BIN/.." && pwd)/bench
export SEKISHO_BENCH_BIN=$bench
for name in $names; do
  [ -e "tests/bench/bench_$name.py" ] || { echo "no figure '$name'" >&2; exit 2; }
done
log=$(mktemp)
cmake --build "$bench/.." -j "$(nproc)" --target bench >"$log" 2>&1 || { tail -20 "$log"; exit 1; }
rm -f "$log"
# The same programs beside a broker that only hands its stream out.
for program in "$SEKISHO_BIN"/sekisho*; do
  [ "${program##*/}" = sekisho-broker ] || ln -f "$program" "$bench/pipe/"
done

world() { # folder of programs, names…
  SEKISHO_BIN=$1 tests/flow/in-namespace.sh /usr/bin/python3 tests/bench/figures.py "${@:2}"
}
programs_of() { if [ "$1" = tunnel ]; then echo "$bench/pipe"; else echo "$SEKISHO_BIN"; fi; }

bad=0 together=""
for name in $names; do
  if [ "$SEKISHO_BENCH_SMOKE" = 1 ] && [ "$name" != tunnel ]; then # one server for all
    together="$together $name"
  else
    world "$(programs_of "$name")" "$name" || bad=1
  fi
done
# shellcheck disable=SC2086 — words
[ -z "$together" ] || world "$SEKISHO_BIN" $together || bad=1
exit $bad
