# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases of a password a second by authority and keeper alone, beside bare durable inserts and the keeper without a database."""
from bench_audit import columns
from measure import compare, emit, middle, sized


def main():
    for connections in sized((1, 4, 16, 64), (2,)):
        released, p50, p99, bare, opened = columns("bench_release", connections)
        compare(f"releases_{connections}", "1/s", released, "bare_insert", bare)
        compare(f"releases_{connections}", "1/s", released, "keeper_alone", opened)
        emit(f"release_{connections}_p99", middle(p99), "ms", p50=middle(p50))
