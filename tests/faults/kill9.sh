#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# kill9.sh ROUNDS SEED [more arguments of kill9.py]: kills processes of a loaded server with SIGKILL and compares what it
# confirmed. sekishod itself is among them, so it runs below a stand-in for the service manager that starts it again.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:?rounds} seed=${2:?seed}
shift 2
real=${SEKISHO_BIN:-$PWD/build/release/bin}
bin=$(mktemp -d /tmp/sekisho-kill9.XXXXXX)
trap 'rm -rf "$bin"' EXIT
chmod 755 "$bin"
for program in "$real"/sekisho*; do ln -s "$program" "$bin/"; done
rm "$bin/sekishod"
cat >"$bin/sekishod" <<END
#!/bin/bash
trap 'kill -TERM \$pid; wait \$pid; exit' TERM INT
while :; do
  "$real/sekishod" "\$@" &
  pid=\$!
  wait \$pid && exit 0
  status=\$?
  [ \$status = 137 ] || exit \$status
done
END
chmod 755 "$bin/sekishod"
SEKISHO_BIN=$bin tests/flow/in-namespace.sh /usr/bin/python3 tests/faults/kill9.py "$rounds" "$seed" "$@"
