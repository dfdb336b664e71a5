#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# unpack.sh FOLDER PACKAGE…: unpacks Debian packages below FOLDER, once. For programs that the tests start as peers but
# that must not be installed: two syslog daemons exclude each other, and would take over the machine's own log.
set -euo pipefail
folder=$1
shift
[ "$(cat "$folder/done" 2>/dev/null)" != "$*" ] || exit 0
rm -rf "$folder"
mkdir -p "$folder/packages"
download() { (cd "$folder/packages" && apt-get download -qq -o APT::Sandbox::User=root -o Acquire::Retries=5 "$@"); }
# The list of packages may be gone, or older than what the mirror still has.
download "$@" || { apt-get update -qq -o Acquire::Retries=5 && download "$@"; }
for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder"; done
rm -rf "$folder/packages"
echo "$*" >"$folder/done"
