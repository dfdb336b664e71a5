#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Lint, types and unit tests of the portal, with the node that build.sh uses.
set -eu
cd "$(dirname -- "$0")"
./build.sh
node=$(./build.sh --node)
"$node" node_modules/@biomejs/biome/bin/biome check .
"$node" node_modules/typescript/bin/tsc --noEmit
"$node" node_modules/vitest/vitest.mjs run
