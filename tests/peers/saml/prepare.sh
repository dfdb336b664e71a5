#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Unpacks SimpleSAMLphp and PHP below build/peers/saml, once, and prints the folder.
set -euo pipefail
cd "$(dirname "$0")/../../.."
mkdir -p build/peers
(flock 9 && tests/support/unpack.sh build/peers/saml simplesamlphp php8.2-cli php8.2-common php8.2-xml php8.2-mbstring) 9>build/peers.lock
echo "$PWD/build/peers/saml"
