#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh BUILD_FOLDER [ARGUMENT…]: a server, its gateway, and an older copy of the data put back.
set -euo pipefail
SEKISHO_BIN=$1/bin exec /usr/bin/python3 -W ignore "$(dirname "$0")/test_witness.py" "${@:2}"
