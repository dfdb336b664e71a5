# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit events a second that are on the disk, from 1, 4, 16 and 64 connections, beside bare inserts; the sequencer's pace."""
import os
import subprocess

from measure import compare, emit, middle, sized

PROGRAM = os.path.join(os.environ["SEKISHO_BENCH_BIN"], "bench_audit")
# As the embedded database runs (server/supervisor_database.c).
SERVER = "--innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size=64M --innodb-log-file-size=48M"


def run(connections):
    said = subprocess.run(["tests/support/mariadb.sh", "run", PROGRAM, str(sized(3.0, 0.2)), str(connections)],
                          env={**os.environ, "SEKISHO_TEST_MARIADB_ARGS": SERVER}, stdout=subprocess.PIPE, text=True, check=True)
    return [float(word) for word in said.stdout.split()]


def main():
    for connections in sized((1, 4, 16, 64), (2,)):
        rows = [run(connections) for _ in range(sized(3, 1))]
        columns = list(zip(*rows))
        compare(f"audit_events_{connections}", "1/s", columns[0], "bare_insert", columns[3])
        emit(f"audit_event_{connections}_p99", middle(columns[2]), "ms", p50=middle(columns[1]))
        emit(f"audit_sequenced_{connections}", middle(columns[4]), "1/s")
