#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fetches what the tests start as foreign identity providers, side by side; what is there already stays.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build
tests/peers/saml/prepare.sh >build/peers-saml.log &
tests/peers/oidc/prepare.sh >build/peers-oidc.log
wait $!
