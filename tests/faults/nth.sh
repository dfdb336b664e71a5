#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# nth.sh [--roles a,b] [--sample N] [more arguments of nth.py]. A server of its own for each role, so that what one role's
# failures left behind slows no other; the short share (--sample) has one for all.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/faults/loaded.sh
roles=supervisor,authority,keeper,broker,worker,web,edge,replay,gateway
each=yes rest=()
while [ $# -gt 0 ]; do
  case $1 in
    --roles) roles=$2; shift ;;
    --sample) each=no; rest+=("$1" "$2"); shift ;;
    *) rest+=("$1") ;;
  esac
  shift
done
loaded_programs tests/faults/nth.c 1M
status=0
[ $each = yes ] || roles=${roles//,/+}
for role in ${roles//,/ }; do
  SEKISHO_BIN=$bin tests/flow/in-namespace.sh /usr/bin/python3 tests/faults/nth.py --roles "${role//+/,}" "${rest[@]}" || status=1
done
exit $status
