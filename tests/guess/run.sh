#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh [build folder [arguments of guess.py]]: guesses at every account of a server of its own, in a network namespace.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${1:-build/release}")
shift || true
ulimit -n "$(ulimit -Hn)"
export SEKISHO_BIN=$build/bin
exec unshare --net -- sh -c 'ip link set lo up && exec /usr/bin/python3 tests/guess/guess.py "$@"' guess "$@"
