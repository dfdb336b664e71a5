#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# trouble.sh [arguments of trouble.py]: a loaded server whose recordings, checkpoints and database are each on a small file
# system of their own.
set -euo pipefail
cd "$(dirname "$0")/../.."
export SEKISHO_DISKS="recordings=24m checkpoints=1m db=320m"
exec unshare --mount tests/flow/in-namespace.sh /usr/bin/python3 tests/faults/trouble.py "$@"
