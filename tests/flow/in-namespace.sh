#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Starts Sekisho with its demo site in a fresh network namespace and folder, runs the command there
# (SEKISHO_VAR, SEKISHO_PORT, SEKISHO_SITE_NS set), and stops everything. Keeps the folder on failure.
# SEKISHO_DISKS="recordings=24m db=320m" puts these folders of the data on file systems of that size; the caller's
# mount namespace should be its own.
set -uo pipefail
cd "$(dirname "$0")/../.."
name=sk-flow-$$
export SEKISHO_SITE_NS=sk-site-$$ SEKISHO_PORT=8443
export SEKISHO_BIN=${SEKISHO_BIN:-$PWD/build/release/bin}
SEKISHO_VAR=$(mktemp -d "${SEKISHO_FLOW_FOLDER:-/tmp}/sekisho-flow.XXXXXX") || exit 1
export SEKISHO_VAR SEKISHO_READY_FILE=$SEKISHO_VAR/ready
chmod 755 "$SEKISHO_VAR"
server=""
status=1
finish() {
  if [ -n "$server" ]; then
    kill -TERM "$server" 2>/dev/null
    wait "$server" 2>/dev/null
  fi
  # What is still there was left by a test that failed, perhaps stopped: nothing else would end it.
  for space in "$SEKISHO_SITE_NS" "$name"; do
    ip netns pids "$space" 2>/dev/null | xargs -r kill -KILL 2>/dev/null
    ip netns del "$space" 2>/dev/null
  done
  # Programs built with sanitizers report at their end, too.
  if grep -aE 'Sanitizer: |runtime error: ' "$SEKISHO_VAR/sekisho.log" "$SEKISHO_VAR/site/gateway.log" 2>/dev/null; then
    echo "a sanitizer reported"
    status=1
  fi
  if [ "$status" = 0 ]; then
    for disk in ${SEKISHO_DISKS:-}; do umount "$SEKISHO_VAR/data/${disk%=*}"; done
    rm -rf "$SEKISHO_VAR"
  else
    echo "kept for a look: $SEKISHO_VAR"
    echo "==> its warnings and errors <=="
    grep -hE 'level=(warn|error)' "$SEKISHO_VAR/sekisho.log" "$SEKISHO_VAR/site/gateway.log" 2>/dev/null | tail -n 40
    tail -n 25 "$SEKISHO_VAR/start.log" "$SEKISHO_VAR/sekisho.log" "$SEKISHO_VAR/site/gateway.log" 2>/dev/null
  fi
  exit "$status"
}
umask 077
head -c 24 /dev/urandom | base64 >"$SEKISHO_VAR/metrics.token"
umask 022
export SEKISHO_DEMO_CONF="${SEKISHO_DEMO_CONF:-}
metrics_token_file = \"$SEKISHO_VAR/metrics.token\"
trusted_proxies = {\"127.0.0.9\"}"
for disk in ${SEKISHO_DISKS:-}; do
  mkdir -p "$SEKISHO_VAR/data/${disk%=*}"
  mount -t tmpfs -o "size=${disk#*=}" sekisho "$SEKISHO_VAR/data/${disk%=*}"
done
trap finish EXIT
trap 'exit 130' INT TERM
ip netns add "$name" || exit 1
ip -n "$name" link set lo up
ip netns exec "$name" packaging/demo/start.sh 8443 no >"$SEKISHO_VAR/start.log" 2>&1 &
server=$!
for _ in $(seq 3000); do
  [ -e "$SEKISHO_READY_FILE" ] && break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
if [ ! -e "$SEKISHO_READY_FILE" ]; then
  echo "the demo did not become ready"
  exit 1
fi
ip netns exec "$name" "$@"
status=$?
exit $status
