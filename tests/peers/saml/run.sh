#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh BUILD_FOLDER: SimpleSAMLphp against the real sekisho-saml. PHP and it are unpacked, not installed.
set -euo pipefail
cd "$(dirname "$0")/../../.."
exec /usr/bin/python3 tests/peers/saml/test_saml_peers.py "$1/tests/saml_tool" "$(tests/peers/saml/prepare.sh)"
