# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit events a second that are on the disk, from 1, 4, 16 and 64 connections, beside bare inserts; the sequencer's pace."""
import os
import subprocess

from measure import compare, emit, middle, sized

PROGRAMS = os.environ["SEKISHO_BENCH_BIN"]
# As the embedded database runs (server/supervisor_database.c).
SERVER = "--innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size=64M --innodb-log-file-size=48M"


def run(program, connections):
    """The numbers it prints; each run has a database of its own."""
    said = subprocess.run(["tests/support/mariadb.sh", "run", os.path.join(PROGRAMS, program), str(sized(3.0, 0.2)), str(connections)],
                          env={**os.environ, "SEKISHO_TEST_MARIADB_ARGS": SERVER}, stdout=subprocess.PIPE, text=True, check=True)
    return [float(word) for word in said.stdout.split()]


def columns(program, connections):
    return list(zip(*[run(program, connections) for _ in range(sized(3, 1))]))


def main():
    for connections in sized((1, 4, 16, 64), (2,)):
        events, p50, p99, bare, sequenced = columns("bench_audit", connections)
        compare(f"audit_events_{connections}", "1/s", events, "bare_insert", bare)
        emit(f"audit_event_{connections}_p99", middle(p99), "ms", p50=middle(p50))
        emit(f"audit_sequenced_{connections}", middle(sequenced), "1/s")
