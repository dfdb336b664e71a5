#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Unpacks SimpleSAMLphp and PHP below build/peers/saml, pysaml2 and what it needs below its python, once, and prints the folder.
set -euo pipefail
cd "$(dirname "$0")/../../.."
mkdir -p build/peers
exec 9>build/peers.lock
flock 9
tests/support/unpack.sh build/peers/saml simplesamlphp php8.2-cli php8.2-common php8.2-xml php8.2-mbstring
tests/support/unpack.sh build/peers/saml/python python3-pysaml2 xmlsec1 python3-certifi python3-chardet python3-defusedxml python3-dateutil python3-elementpath \
  python3-idna python3-importlib-resources python3-openssl python3-requests python3-six python3-tz python3-urllib3 python3-xmlschema
echo "$PWD/build/peers/saml"
