#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced: loaded_programs SOURCE.c BYTES makes a folder of our programs, $bin, in which every one runs with that source loaded
# before libc, and with the file $bin/control of that size to be mapped. The folder goes when the script ends.
loaded_programs() {
  local source=$1 size=$2 real=${SEKISHO_BIN:-$PWD/build/release/bin} program role
  bin=$(mktemp -d /tmp/sekisho-loaded.XXXXXX)
  trap 'rm -rf "$bin"' EXIT
  chmod 755 "$bin"
  mkdir "$bin/real" "$bin/roles"
  cc -std=gnu17 -O1 -Wall -Wextra -Werror -fPIC -shared -o "$bin/loaded.so" "$source"
  cc -std=gnu17 -O1 -Wall -Wextra -Werror "-DFOLDER=\"$bin\"" -o "$bin/start" tests/faults/loaded.c
  cp "$real"/sekisho* "$bin/real/"
  for program in "$bin"/real/sekisho*; do ln "$program" "$bin/" && ln "$program" "$bin/roles/"; done
  for role in authority keeper broker worker web edge replay forward; do ln -f "$bin/start" "$bin/roles/sekisho-$role"; done
  ln -f "$bin/start" "$bin/sekisho-gateway"
  truncate -s "$size" "$bin/control"
  chmod 666 "$bin/control"
  # The service manager's part: sekishod may end in order, and is started again.
  rm "$bin/sekishod"
  cat >"$bin/sekishod" <<SH
#!/bin/bash
trap 'kill -TERM \$pid; wait \$pid; exit' TERM INT
while :; do
  LD_PRELOAD="$bin/loaded.so" SEKISHO_CONTROL="$bin/control" "$bin/roles/sekishod" "\$@" &
  pid=\$!
  wait \$pid && exit 0
  echo "service=sekishod status=\$?" >&2
done
SH
  chmod 755 "$bin/sekishod"
}
