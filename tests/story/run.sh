#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The whole story in Debian's Chromium against the real processes, both languages side by side:
# tests/story/run.sh [ja|en …]
set -uo pipefail
cd "$(dirname "$0")/../.."
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env "$0" "$@"; fi
export SEKISHO_NODE=${SEKISHO_NODE:-$(portal/build.sh --node)}
# Their name space has no network.
tests/peers/prepare.sh || exit 1
mkdir -p build/peers
(flock 9 && tests/support/unpack.sh build/peers/smtp python3-aiosmtpd python3-public) 9>build/peers/smtp.lock || exit 1
. tests/support/beside.sh
languages=("$@")
[ ${#languages[@]} -gt 0 ] || languages=(ja en)
for language in "${languages[@]}"; do
  beside "story ($language)" tests/flow/in-namespace.sh "$SEKISHO_NODE" tests/story/story.mjs "$language"
done
beside_end
