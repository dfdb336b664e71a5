# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of one process after another while a working day goes on. Started by kill9.sh.

After each kill: how long until the server answers a read and a write again. Every few rounds the load is held and
everything confirmed is compared; at the end every recording is verified. Figures are printed, not asserted."""
import argparse
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "load"))
from load import LOST, Judge, Load, world  # noqa: E402
from sekisho_client import ApiError  # noqa: E402
from service import Gateway  # noqa: E402

ROLES = ("sekisho-edge", "sekisho-web", "sekisho-authority", "sekisho-keeper", "sekisho-worker", "sekisho-broker", "sekisho-replay",
         "mariadbd", "sekisho-gateway", "sekishod")
PASSING = ("sekisho-broker", "sekisho-replay")  # come and go: nobody starts them again


class Kills:
    def __init__(self, load, seed):
        self.load, self.random, self.ready, self.gateway = load, random.Random(seed), {}, Gateway()
        self.api = world.browser()
        self.api.cookies, self.api.timeout = load.people["admin"].cookies, 2

    def victim(self):
        """A role, and a process of it; one that comes and goes is waited for a moment."""
        while True:
            role = self.random.choice(ROLES)
            deadline = time.monotonic() + (3 if role in PASSING else 20)
            while time.monotonic() < deadline:
                found = world.pids(role)
                if found:
                    return role, self.random.choice(found)
                time.sleep(0.005)

    def answers(self):
        try:
            self.api.get("/api/v1/my/targets")
            self.api.call("PATCH", "/api/v1/me", body={"theme": "system"})
            return True
        except (ApiError, *LOST):
            return False

    def replaced(self, role, pid):
        return role in PASSING or any(p != pid for p in world.pids(role))

    def round(self):
        time.sleep(self.random.uniform(0, 0.4))
        role, pid = self.victim()
        started = time.monotonic()
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return role
        if role == "sekisho-gateway":
            self.gateway.start()
        while not (self.replaced(role, pid) and self.answers()):
            if time.monotonic() - started > 60:
                self.load.journal.fault(f"not ready a minute after the end of {role}")
                break
            time.sleep(0.01)
        self.ready.setdefault(role, []).append(time.monotonic() - started)
        return role


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def report(kills, load, judge, rounds, seconds):
    kinds = {}
    for row in load.journal.rows:
        kinds[row["kind"]] = kinds.get(row["kind"], 0) + 1
    every = [value for values in kills.ready.values() for value in values]
    print(f"rounds {rounds}, {seconds:.0f} s, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print("confirmed:", ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    print(f"recordings verified: {judge.verified}")
    for role, values in sorted(kills.ready.items()):
        print(f"  {role:18} {len(values):4} kills, ready again: p50 {percentile(values, .5):.2f} s, p99 {percentile(values, .99):.2f} s, "
              f"longest {max(values):.2f} s")
    if every:
        print(f"  {'all':18} {len(every):4} kills, ready again: p50 {percentile(every, .5):.2f} s, p99 {percentile(every, .99):.2f} s")
    print(f"faults: {len(load.journal.faults)}", flush=True)


def play(kills, load, judge, number, options):
    role = kills.round()
    if number % options.compare == 0 or number == options.rounds:
        load.pause()
        judge.compare()
        if number % (5 * options.compare) == 0 or number == options.rounds:
            judge.recordings()
        load.resume()
        print(f"round {number} ({role}): {len(load.journal.rows)} confirmed, {len(load.journal.faults)} faults", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", type=int)
    parser.add_argument("seed", type=int)
    parser.add_argument("--compare", type=int, default=10, help="rounds between two comparisons")
    options = parser.parse_args()
    load = Load(seed=options.seed)
    kills, judge = Kills(load, options.seed), Judge(load)
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    load.start()
    number = 0
    try:  # the figures of a run that ended early are figures, too
        for number in range(1, options.rounds + 1):
            play(kills, load, judge, number, options)
        load.stop()
    finally:
        kills.gateway.end()
        report(kills, load, judge, number, time.monotonic() - started)
    return 1 if load.journal.faults else 0


sys.exit(main())
