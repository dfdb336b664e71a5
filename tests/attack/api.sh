#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# schemathesis against the demo, as nobody, as a user and as the administrator: api.sh [EXAMPLES [phases]].
# EXAMPLES for each operation (default 1, fuzzing: a share of a minute; long: 200 examples,coverage,fuzzing,stateful).
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=build/attack-venv
if [ ! -e $venv/ready ] || ! cmp -s tests/attack/requirements.txt $venv/ready; then
	python3 -m venv $venv
	$venv/bin/pip install --quiet --disable-pip-version-check -r tests/attack/requirements.txt
	cp tests/attack/requirements.txt $venv/ready
fi
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env "$0" "$@"; fi
exec tests/flow/in-namespace.sh /usr/bin/python3 -W ignore tests/attack/api.py "$PWD/$venv/bin/schemathesis" "$@"
