#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The portal's checks, with the node that build.sh uses: lint, types, unit tests, and that the API types
# are what docs/openapi.yaml yields today.
set -eu
cd "$(dirname -- "$0")"
./build.sh
node=$(./build.sh --node)
export npm_config_fetch_retries=5
PATH=$(dirname -- "$node"):$PATH
export PATH

(
	cd tools/openapi
	stamp=$(sha256sum package-lock.json | cut -d ' ' -f 1)
	if [ "$(cat node_modules/.stamp 2>/dev/null)" != "$stamp" ]; then
		npm install --no-save --ignore-scripts --no-fund --no-audit --loglevel=error
		echo "$stamp" >node_modules/.stamp
	fi
	fresh=$(mktemp)
	trap 'rm -f "$fresh"' EXIT
	node node_modules/openapi-typescript/bin/cli.js ../../../docs/openapi.yaml -o "$fresh" \
		--default-non-nullable=false >/dev/null
	if ! cmp -s "$fresh" ../../src/api/schema.d.ts; then
		echo "src/api/schema.d.ts is not what docs/openapi.yaml yields: cd portal/tools/openapi && npm run generate" >&2
		exit 1
	fi
)
node node_modules/@biomejs/biome/bin/biome check .
node node_modules/typescript/bin/tsc --noEmit
node node_modules/vitest/vitest.mjs run --test-timeout 60000
