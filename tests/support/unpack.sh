#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# unpack.sh FOLDER PACKAGE…: unpacks Debian packages below FOLDER, once. For programs that the tests start as peers but
# that must not be installed: two syslog daemons exclude each other, and would take over the machine's own log.
set -euo pipefail
folder=$1
shift
[ ! -e "$folder/done" ] || exit 0
mkdir -p "$folder/packages"
(cd "$folder/packages" && apt-get download -qq -o APT::Sandbox::User=root "$@")
for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder"; done
rm -rf "$folder/packages"
touch "$folder/done"
