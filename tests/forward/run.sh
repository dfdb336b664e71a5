#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh BUILD_FOLDER [ARGUMENT…]: the syslog flows against rsyslog and syslog-ng, unpacked below the build folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(cd "$1" && pwd)
shift
(flock 9 && tests/support/unpack.sh "$build/peers/syslog" rsyslog rsyslog-openssl syslog-ng-core) 9>"$build/peers.lock"
SEKISHO_BIN=$build/bin SEKISHO_SYSLOG_PEERS=$build/peers/syslog exec /usr/bin/python3 -W ignore tests/forward/test_receivers.py "$@"
