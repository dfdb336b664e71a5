#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The demo site's gateway: enrols with its one-time token the first time, then runs.
set -euo pipefail
bin=$1 state=$2
if [ ! -e "$state/id/identity.pem" ]; then
  "$bin/sekisho-gateway" enrol --server "$(cat "$state/server")" --token-file "$state/token" \
    --ca-sha256 "$(cat "$state/ca-sha256")" --state "$state/id"
  rm -f "$state/token"
fi
exec "$bin/sekisho-gateway" run --state "$state/id"
