#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh BUILD_FOLDER: SimpleSAMLphp against the real sekisho-saml. PHP and it are unpacked, not installed.
set -euo pipefail
cd "$(dirname "$0")/../../.."
peers=$PWD/build/peers/saml
mkdir -p "$PWD/build/peers"
(flock 9 && tests/support/unpack.sh "$peers" simplesamlphp php8.2-cli php8.2-common php8.2-xml php8.2-mbstring) 9>"$PWD/build/peers.lock"
exec /usr/bin/python3 tests/peers/saml/test_saml_peers.py "$1/tests/saml_tool" "$peers"
