#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Plants secrets, runs the story against the demo, and looks for them everywhere.
#   tests/canary/run.sh [build folder]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/release}
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env "$0" "$@"; fi
. tests/support/receiver.sh
receiver_prepare "$build"
SEKISHO_NODE=${SEKISHO_NODE:-$(portal/build.sh --node)}
export SEKISHO_NODE CANARY_SCAN=$PWD/$build/tests/canary_scan SEKISHO_BIN=$PWD/$build/bin
tests/flow/in-namespace.sh /usr/bin/python3 tests/canary/test_canary.py -v
