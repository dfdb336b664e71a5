#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The whole story in Debian's Chromium against the real processes: tests/story/run.sh [ja|en …]
set -uo pipefail
cd "$(dirname "$0")/../.."
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env "$0" "$@"; fi
export SEKISHO_NODE=${SEKISHO_NODE:-$(portal/build.sh --node)}
languages=("$@")
[ ${#languages[@]} -gt 0 ] || languages=(ja en)
bad=0
for language in "${languages[@]}"; do
  echo "--- story ($language)"
  tests/flow/in-namespace.sh "$SEKISHO_NODE" tests/story/story.mjs "$language" || bad=1
done
exit $bad
