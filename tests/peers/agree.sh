#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# agree.sh TREE_PROOFS ENTRIES PROOFS SEED: both verifiers on the same roots and proofs.
set -euo pipefail
"$1" "$2" "$3" "$4" | /usr/bin/python3 "$(dirname "$0")/tlog.py" proofs -
