#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# clock.sh: the wall clock of our programs (not MariaDB's, not the test's) jumps by hours; see clock.py.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/faults/loaded.sh
loaded_programs tests/faults/clock.c 4096
cp "$bin/real/sekisho-gateway" "$bin/gateway" && mv -f "$bin/gateway" "$bin/sekisho-gateway" # the site's clock stays
SEKISHO_BIN=$bin tests/flow/in-namespace.sh /usr/bin/python3 tests/faults/clock.py "$@"
