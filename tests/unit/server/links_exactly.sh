#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# links_exactly.sh PROGRAM LIBRARY…: fails unless PROGRAM needs exactly these shared libraries
# (names without the part behind ".so").
program=$1
shift
wanted=$(printf '%s\n' "$@" | sort)
found=$(readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\.so.*\].*/\1/p' | sort)
[ "$wanted" = "$found" ] && exit 0
printf '%s links:\n%s\nbut should link:\n%s\n' "$program" "$found" "$wanted" >&2
exit 1
