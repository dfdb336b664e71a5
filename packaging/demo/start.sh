#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Started by ./run: the server, the demo customer site, the seed. Ends all of it on Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
port=$1 clean=$2
var=${SEKISHO_VAR:-$root/var}
bin=${SEKISHO_BIN:-$root/build/release/bin}
. packaging/demo/site.sh

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() { printf '\033[31merror:\033[0m %s\n' "$*" >&2; exit 1; }

server_pid=""
stopping=no
stop_all() {
  [ "$stopping" = no ] || return 0
  stopping=yes
  site_stop
  if [ -n "$server_pid" ] && kill -0 "$server_pid" 2>/dev/null; then
    kill -TERM "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
  fi
}
trap 'stop_all' EXIT
trap 'exit 130' INT TERM HUP

if [ "$clean" = yes ]; then
  say "Forgetting $var"
  rm -rf "$var"
fi
# Each process has an identity of its own, which must be able to pass the folders above its data.
if [ "$(id -u)" = 0 ] && [ -z "${SEKISHO_VAR:-}" ] && ! setpriv --reuid 61500 --regid 61500 --clear-groups test -x "$root"; then
  var=/var/lib/sekisho-demo-$(printf %s "$root" | cksum | cut -d' ' -f1)
  if [ "$clean" = yes ]; then rm -rf "$var"; fi
  say "Other users may not enter $root, so the data is in $var"
fi
mkdir -p "$var"
chmod 755 "$var"
exec 9>"$var/run.lock"
flock -n 9 || die "another ./run uses $var; stop it first (Ctrl-C there)"

site_probe
site_addresses
if [ ! -e "$var/sekisho.conf" ]; then
  cat >"$var/sekisho.conf" <<CONF
# Written by ./run. Every setting: sekishod --sample
data_dir = "$var/data"
listen_address = "0.0.0.0"
listen_port = $port
public_url = "https://localhost:$port"
server_names = {"localhost", "127.0.0.1", "$SITE_SERVER_ADDRESS"}
database = embedded
key_provider = sealed-file
${SEKISHO_DEMO_CONF:-}
CONF
fi
kept_port=$(sed -n 's/^listen_port = //p' "$var/sekisho.conf")
[ "$kept_port" = "$port" ] || say "$var/sekisho.conf says port $kept_port, which stays; ./run --clean --port $port changes it"
port=$kept_port

say "Starting Sekisho (log: $var/sekisho.log)"
"$bin/sekishod" --config "$var/sekisho.conf" >>"$var/sekisho.log" 2>&1 9>&- &
server_pid=$!
ctl() { "$bin/sekishoctl" --socket "$var/data/run/ctl.sock" "$@"; }
for _ in $(seq 600); do
  kill -0 "$server_pid" 2>/dev/null || { tail -20 "$var/sekisho.log" >&2; die "sekishod ended; the log above says why"; }
  # A TLS handshake: edge listens before it has its certificate, and a gateway that came then would be refused.
  if ctl status >/dev/null 2>&1 && timeout 5 openssl s_client -connect "127.0.0.1:$port" </dev/null >/dev/null 2>&1; then break; fi
  sleep 0.1
done
ctl status >/dev/null || { tail -20 "$var/sekisho.log" >&2; die "the server did not become ready in 60 s"; }

packaging/demo/seed.sh "$bin" "$var"
site_start
for _ in $(seq 600); do
  if site_gateway_online && site_target_listens; then break; fi
  sleep 0.1
done
site_gateway_online || say "The demo site's gateway is not connected, so nobody can connect to web-01: see $var/site/gateway.log"

cat <<TXT

  Sekisho is running:   https://localhost:$port/
  Its certificate comes from its own CA: $var/ca.pem
  Demo site:            $SITE_DESCRIPTION

  Each person enrols once, with an authenticator app (TOTP), by a link that works one time:
TXT
sed 's/^/    /' "$var/links.txt"
cat <<TXT

  Who has enrolled signs in at the address above. A new link for anybody:
    $bin/sekishoctl --socket $var/data/run/ctl.sock link LOGIN

  Story: as tanaka ask for $SITE_ACCOUNT@web-01 for an hour; as suzuki approve; as tanaka connect;
  as sato (auditor) watch the recording and take the audit export.
  Ctrl-C stops everything; what you did stays in $var. ./run --clean starts over.

TXT
if [ -n "${SEKISHO_READY_FILE:-}" ]; then echo ready >"$SEKISHO_READY_FILE"; fi
wait "$server_pid"
