#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The demo customer site, sourced by start.sh: a network namespace with an OpenSSH server that only
# the gateway inside can reach. Where namespaces are not allowed, the same on loopback.

SITE_NS=${SEKISHO_SITE_NS:-sekisho-site}
SITE_SERVER_ADDRESS=${SEKISHO_SITE_SERVER:-192.0.2.1}
SITE_WAN_ADDRESS=${SEKISHO_SITE_WAN:-192.0.2.2}
SITE_TARGET_ADDRESS=198.51.100.10
SITE_TARGET_PORT=22
SITE_MODE=loopback
SITE_DESCRIPTION=""
SITE_ACCOUNT=root
site_pids=()

site_probe() {
  local probe="sk-probe-$$"
  if [ "$(id -u)" = 0 ] && ip netns add "$probe" 2>/dev/null &&
    ip netns exec "$probe" unshare --mount --propagation private true 2>/dev/null; then
    SITE_MODE=namespace
    SITE_DESCRIPTION="namespace $SITE_NS; its SSH server $SITE_TARGET_ADDRESS answers to its gateway only"
  else
    SITE_SERVER_ADDRESS=127.0.0.1
    SITE_TARGET_ADDRESS=127.0.0.1
    SITE_TARGET_PORT=${SEKISHO_SITE_SSH_PORT:-2022}
    SITE_ACCOUNT=$(id -un)
    SITE_DESCRIPTION="on loopback: namespaces are not allowed here, so nothing keeps the server from its SSH port $SITE_TARGET_PORT"
    say "Namespaces are not allowed here: the demo site runs on loopback"
  fi
  ip netns del "$probe" 2>/dev/null || true
}

# A route or address of this machine's own there, other than the way to everywhere and what a killed demo left.
site_address_taken() {
  ip -4 route show table all match "$1" | grep -v -e '^default' -e 'dev sk-wan0' | grep -q .
}

# The addresses between server and site: chosen at the first start, because the certificate and the gateway name them.
site_addresses() {
  local net kept=$var/site-network
  [ "$SITE_MODE" = namespace ] && [ -z "${SEKISHO_SITE_SERVER:-}" ] || return 0
  if [ ! -e "$kept" ]; then
    for net in 192.0.2 203.0.113 198.18.0 198.19.255; do
      if [ -e "$var/sekisho.conf" ] || ! site_address_taken "$net.1"; then break; fi
    done
    echo "$net" >"$kept"
  fi
  net=$(cat "$kept")
  if site_address_taken "$net.1"; then
    die "this machine's own network uses $net.1, as the demo site would; ./run --clean chooses other addresses"
  fi
  SITE_SERVER_ADDRESS=$net.1 SITE_WAN_ADDRESS=$net.2
  export SEKISHO_SITE_SERVER=$SITE_SERVER_ADDRESS SEKISHO_SITE_WAN=$SITE_WAN_ADDRESS # for seed.sh
}

# The target has an /etc of its own, laid over the machine's inside its mount namespace: the whole folder,
# because a file mounted over /etc/shadow would vanish when somebody runs useradd on the machine.
site_etc() {
  local etc=$1 name
  mkdir -p "$etc"
  for name in nsswitch.conf ld.so.cache ld.so.conf ld.so.conf.d localtime timezone bash.bashrc profile inputrc \
    environment shells alternatives terminfo debian_version os-release services protocols hosts hostname ssl/certs; do
    if [ -e "/etc/$name" ]; then
      mkdir -p "$(dirname "$etc/$name")"
      cp -a "/etc/$name" "$(dirname "$etc/$name")/"
    fi
  done
  : >"$etc/resolv.conf"
}

site_files() {
  local site=$1
  if [ "$SITE_MODE" = namespace ]; then site_etc "$site/etc"; fi
  mkdir -p "$site/etc" "$site/home/ops" "$site/run" "$site/gateway"
  chmod 755 "$site" "$site/home"
  [ -e "$site/etc/ssh_host_ed25519_key" ] || ssh-keygen -q -t ed25519 -N '' -f "$site/etc/ssh_host_ed25519_key"
  [ -e "$site/etc/ssh_host_rsa_key" ] || ssh-keygen -q -t rsa -b 3072 -N '' -f "$site/etc/ssh_host_rsa_key"
  cat >"$site/etc/sshd_config" <<CONF
ListenAddress $SITE_TARGET_ADDRESS
Port $SITE_TARGET_PORT
HostKey $site/etc/ssh_host_ed25519_key
HostKey $site/etc/ssh_host_rsa_key
PidFile $site/run/sshd.pid
UsePAM no
PermitRootLogin yes
PasswordAuthentication $([ "$SITE_MODE" = namespace ] && echo yes || echo no)
KbdInteractiveAuthentication no
AuthorizedKeysFile $site/etc/authorized_keys
StrictModes no
AcceptEnv LANG LC_*
PrintMotd no
PrintLastLog no
UseDNS no
CONF
}

site_network() {
  ip netns add "$SITE_NS"
  ip link add sk-wan0 type veth peer name wan netns "$SITE_NS"
  # No link-local addresses: seconds after the site is up they would turn from tentative to valid, which a
  # browser takes for a changed network and drops what it is loading.
  ip link set sk-wan0 addrgenmode none
  ip -n "$SITE_NS" link set wan addrgenmode none
  ip addr add "$SITE_SERVER_ADDRESS/30" dev sk-wan0
  ip link set sk-wan0 up
  ip -n "$SITE_NS" addr add "$SITE_WAN_ADDRESS/30" dev wan
  ip -n "$SITE_NS" link set lo up
  ip -n "$SITE_NS" link set wan up
  ip -n "$SITE_NS" addr add "$SITE_TARGET_ADDRESS/32" dev lo
  # Nothing that starts outside comes in: the gateway dials out, and that is enough.
  ip netns exec "$SITE_NS" nft -f - <<'NFT'
table inet site {
  chain input {
    type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
  }
}
NFT
}

site_clear_network() {
  ip netns pids "$SITE_NS" 2>/dev/null | xargs -r kill 2>/dev/null || true
  ip netns del "$SITE_NS" 2>/dev/null || true
  ip link del sk-wan0 2>/dev/null || true
}

site_start() {
  local site=$var/site
  say "Starting the demo site ($SITE_MODE)"
  site_files "$site"
  mkdir -p /run/sshd "$site/bin" 2>/dev/null || true
  # copies, because the gateway's user may not be able to enter the folder of the sources
  install -m 755 "$bin/sekisho-gateway" packaging/demo/gateway.sh "$site/bin/"
  if [ "$SITE_MODE" = namespace ]; then
    site_clear_network
    site_network
    ip netns exec "$SITE_NS" unshare --mount --propagation private sh -c '
      mount --bind "$1/etc" /etc
      exec /usr/sbin/sshd -D -e -f /etc/sshd_config' sh "$site" >>"$site/sshd.log" 2>&1 9>&- &
    site_pids+=($!)
    chown -R 61500:61500 "$site/gateway"
    ip netns exec "$SITE_NS" setpriv --reuid 61500 --regid 61500 --clear-groups --no-new-privs \
      "$site/bin/gateway.sh" "$site/bin" "$site/gateway" >>"$site/gateway.log" 2>&1 9>&- &
    site_pids+=($!)
  else
    /usr/sbin/sshd -D -e -f "$site/etc/sshd_config" >>"$site/sshd.log" 2>&1 9>&- &
    site_pids+=($!)
    "$site/bin/gateway.sh" "$site/bin" "$site/gateway" >>"$site/gateway.log" 2>&1 9>&- &
    site_pids+=($!)
  fi
}

site_stop() {
  local pid
  for pid in "${site_pids[@]:-}"; do
    if [ -n "$pid" ]; then kill -TERM "$pid" 2>/dev/null || true; fi
  done
  if [ "$SITE_MODE" = namespace ]; then site_clear_network; fi
  for pid in "${site_pids[@]:-}"; do
    if [ -n "$pid" ]; then wait "$pid" 2>/dev/null || true; fi
  done
}

site_target_listens() {
  local inside=""
  if [ "$SITE_MODE" = namespace ]; then inside="ip netns exec $SITE_NS"; fi
  [ -n "$($inside ss -Hltn "sport = :$SITE_TARGET_PORT" 2>/dev/null)" ]
}

site_gateway_online() {
  "$bin/sekishoctl" --socket "$var/data/run/ctl.sock" status 2>/dev/null | grep -q 'gateways.*online=[1-9]'
}
