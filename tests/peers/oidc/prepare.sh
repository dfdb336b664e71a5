#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fetches oidc-provider (npm, by package-lock.json) and Glewlwyd (Debian, unpacked) below build/peers/oidc, once, and
# prints the folder.
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=tests/peers/oidc folder=build/peers/oidc
mkdir -p "$folder/npm"
exec 9>build/peers-oidc.lock
flock 9
tests/support/unpack.sh "$folder/glewlwyd" glewlwyd libconfig9 liborcania2.3 libyder2.0 libhoel1.4 librhonabwy1.1 \
  libulfius2.7 libiddawc1.1 libpq5
if ! cmp -s "$here/package-lock.json" "$folder/npm/done"; then
  rm -rf "$folder/npm/node_modules"
  cp "$here"/{package.json,package-lock.json} portal/.npmrc "$folder/npm/"
  # Not "npm ci", as in portal/build.sh. Versions and checksums are those of the lock file.
  npm install --prefix "$folder/npm" --no-save --ignore-scripts --no-fund --no-audit --loglevel=error --fetch-retries=5 >&2
  cp "$here/package-lock.json" "$folder/npm/done"
fi
echo "$PWD/$folder"
