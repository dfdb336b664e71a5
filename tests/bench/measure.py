# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bench programs share: processor time and memory of processes, rounds, and the lines printed.

A line is `name value unit ratio peer`; ratio is "-" where nothing stands beside the figure. The same and
all raw values go to SEKISHO_BENCH_OUT as one JSON object a line.
"""
import json
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../flow"))

SMOKE = os.environ.get("SEKISHO_BENCH_SMOKE") == "1"
OUT = os.environ.get("SEKISHO_BENCH_OUT")
TICKS = os.sysconf("SC_CLK_TCK")
SERVER = ("sekishod", "sekisho-keeper", "sekisho-authority", "sekisho-worker", "sekisho-web", "sekisho-edge")


def sized(full, smoke):
    """A count: full when measuring, small when only showing that the program works."""
    return smoke if SMOKE else full


def load():
    with open("/proc/loadavg", encoding="ascii") as f:
        return float(f.read().split()[0])


def emit(name, value, unit, ratio=None, peer="-", **raw):
    shown = "-" if ratio is None else f"{ratio:.3f}"
    print(f"{name} {value:.6g} {unit} {shown} {peer}", flush=True)
    if OUT:
        row = {"name": name, "value": value, "unit": unit, "ratio": ratio, "peer": peer, "load": load(),
               "at": int(time.time()), "smoke": SMOKE, **raw}
        with open(OUT, "a", encoding="utf-8") as f:
            f.write(json.dumps(row) + "\n")


def middle(values):
    return statistics.median(values)


def spread(values):
    """Quartiles, or the ends of a short list."""
    if len(values) < 4:
        return [min(values), max(values)]
    cut = statistics.quantiles(values, n=4)
    return [cut[0], cut[2]]


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def compare(name, unit, subject, peer_name, peer, **raw):
    """One figure of rounds that alternated: the ratio is the median of each round's subject / peer."""
    ratios = [s / p for s, p in zip(subject, peer)]
    emit(name, middle(subject), unit, middle(ratios), peer_name, spread=spread(subject), ratio_spread=spread(ratios),
         subject=subject, peer_values=peer, **raw)


def cpu(pid, children=False):
    """Seconds of processor time, of all its threads; children: also of those it has reaped."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    used = int(fields[11]) + int(fields[12])
    if children:
        used += int(fields[13]) + int(fields[14])
    return used / TICKS


def private_kib(pid):
    """Memory nobody shares: what would be free if the process ended."""
    total = 0
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        for line in f:
            if line.startswith(("Private_Clean:", "Private_Dirty:")):
                total += int(line.split()[1])
    return total


def pss_kib(pid):
    """Private memory and this process's share of what several use."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        for line in f:
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def settled(read, tolerance=0.01, seconds=20):
    """The value once two readings half a second apart agree."""
    last, deadline = read(), time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.5)
        value = read()
        if abs(value - last) <= tolerance * max(last, 1):
            return value
        last = value
    return last
