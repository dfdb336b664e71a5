#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh BUILD_FOLDER [ARGUMENT…]: notices at a real mail server (aiosmtpd, unpacked below the build folder).
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(cd "$1" && pwd)
shift
(flock 9 && tests/support/unpack.sh "$build/peers/smtp" python3-aiosmtpd python3-public) 9>"$build/peers.lock"
export PYTHONPATH=$build/peers/smtp/usr/lib/python3/dist-packages
SEKISHO_BIN=$build/bin exec /usr/bin/python3 -W ignore tests/mail/test_mail.py "$@"
