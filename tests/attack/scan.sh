#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Scanners against the demo in a network namespace of its own: scan.sh TOOL… (default: all of them).
# What they found goes to build/attack/TOOL.*; ends with 1 when something above "info" has no written reason
# (tests/attack/README.md). Needs testssl.sh, sslscan, slowhttptest, wapiti and sqlmap (Debian packages).
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build/attack
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env "$0" "$@"; fi
exec tests/flow/in-namespace.sh /usr/bin/python3 -W ignore tests/attack/scan.py "$@"
