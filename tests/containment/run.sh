#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the programs with an attacker inside and runs the containment flow against them.
#   tests/containment/run.sh [build folder]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/release}
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env "$0" "$@"; fi
cmake --build "$build" -j "$(nproc)" --target attacked >"$build/attacked.log" 2>&1 || { tail -30 "$build/attacked.log"; exit 1; }
for program in "$build"/bin/*; do # the product's other programs, beside the attacked ones
  case "${program##*/}" in
    sekisho-edge | sekisho-web | sekisho-worker | sekisho-forward | sekisho-mail | sekisho-broker | sekisho-replay | sekisho-saml | sekisho-oidc | sekisho-gateway) ;;
    *) cp -u "$program" "$build/attacked/" ;;
  esac
done
python3 tests/containment/page.py docs/SECURITY.md "$build/attacked"
# sekisho-forward runs only with a receiver: rsyslog, as in tests/forward.
. tests/support/receiver.sh
receiver_prepare "$build"
SEKISHO_BIN=$PWD/$build/attacked tests/flow/in-namespace.sh /usr/bin/python3 tests/containment/test_containment.py -v
