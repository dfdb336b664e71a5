#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# nth.sh [--stride N] [--roles a,b] [--classes a,b] [--seconds S]: see nth.py. Builds its two helpers, and runs our programs
# through them from a folder of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
real=${SEKISHO_BIN:-$PWD/build/release/bin}
bin=$(mktemp -d /tmp/sekisho-nth.XXXXXX)
trap 'rm -rf "$bin"' EXIT
chmod 755 "$bin"
mkdir "$bin/real"
cc -std=gnu17 -O1 -Wall -Wextra -Werror -fPIC -shared -o "$bin/nth.so" tests/faults/nth.c
cc -std=gnu17 -O1 -Wall -Wextra -Werror -o "$bin/start" tests/faults/nth_start.c
cp "$real"/sekisho* "$bin/"
for role in authority keeper broker worker web edge replay; do
  mv "$bin/sekisho-$role" "$bin/real/"
  cp "$bin/start" "$bin/sekisho-$role"
done
head -c 4096 /dev/zero >"$bin/control"
chmod 666 "$bin/control"
SEKISHO_BIN=$bin tests/flow/in-namespace.sh /usr/bin/python3 tests/faults/nth.py "$@"
