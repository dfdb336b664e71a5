#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the Debian packages that are missing: `packaging/deps.sh build|run|test|bench …`.
# No service is started by it: a policy-rc.d stands in while apt works.
set -euo pipefail

build="build-essential cmake ninja-build pkg-config python3 brotli git ca-certificates
  libssl-dev libsodium-dev libfido2-dev liboath-dev libmariadb-dev libmicrohttpd-dev libnghttp2-dev libssh-dev
  libwslay-dev libxmlsec1-dev liblasso3-dev libjansson-dev libcjose-dev libcurl4-openssl-dev libconfuse-dev libmaxminddb-dev libseccomp-dev libcmocka-dev zlib1g-dev tzdata"
run="mariadb-server-core mariadb-client-core mariadb-client openssh-server openssh-client iproute2 nftables openssl util-linux"
test="clang clang-tidy clang-format cppcheck libclang-rt-14-dev chromium fonts-noto-cjk
  fonts-noto-color-emoji asciinema oathtool curl procps universal-ctags python3-yaml python3-venv
  python3-jsonschema python3-prometheus-client python3-cryptography libestr0 libfastjson4 libivykis0 libnet1 libwrap0 libpcre3
  libglib2.0-0 libjson-c5 tinyproxy-bin nginx-light faketime"
bench="stunnel4"

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }

need=""
for group in "$@"; do need="$need ${!group}"; done
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then need="$need nodejs npm"; fi

missing=""
for package in $need; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

say "Installing Debian packages:$missing"
sudo=""
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "Installing packages needs root or sudo." >&2; exit 1; }
  sudo=sudo
fi
policy=/usr/sbin/policy-rc.d
made_policy=no
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
  $sudo chmod 755 "$policy"
  made_policy=yes
fi
cleanup() { if [ "$made_policy" = yes ]; then $sudo rm -f "$policy"; fi; }
trap cleanup EXIT
log=$(mktemp)
# A mirror that hiccups is asked again; another apt of this machine is waited for.
patient="-o Acquire::Retries=5 -o DPkg::Lock::Timeout=300"
# shellcheck disable=SC2086 — words
$sudo apt-get $patient update -qq >"$log" 2>&1 || { sleep 10 && $sudo apt-get $patient update -qq >"$log" 2>&1; } ||
  { cat "$log" >&2; exit 1; }
# shellcheck disable=SC2086 — a list of words is what apt wants
if ! $sudo env DEBIAN_FRONTEND=noninteractive apt-get $patient install -y -qq --no-install-recommends $missing >"$log" 2>&1; then
  tail -30 "$log" >&2
  exit 1
fi
rm -f "$log"
