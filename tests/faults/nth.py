# SPDX-License-Identifier: GPL-3.0-or-later
"""Every Nth write, sync, rename, send, receive, allocation and opening of a working day fails once. Started by nth.sh.

One role and one class of calls at a time: the day runs with N = 1, 1 + stride, … until it has no Nth call left. Each
day must come to its end (asked again where no answer came), nothing confirmed may be lost, nothing half done, no
process may end by a signal, and recordings verify."""
import argparse
import os
import random
import re
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "load"))
import load as loads  # noqa: E402
from load import LOST, Judge, Load, world  # noqa: E402
from sekisho_client import ApiError  # noqa: E402

CLASSES = {"write": 1, "sync": 2, "rename": 3, "send": 4, "recv": 5, "alloc": 6, "open": 7}
ROLES = ("authority", "keeper", "broker", "worker", "web", "edge", "replay")
loads.TRY_AGAIN.add(500)  # a failing disk is ours to answer for, and may be asked again


class Control:
    """The file that nth.so maps."""

    def __init__(self, path):
        self.file = open(path, "r+b", buffering=0)

    def arm(self, role, kind, nth):
        self.file.seek(0)
        self.file.write(struct.pack("<4I32s", 0, 0, 0, 0, b""))
        self.file.seek(4)
        self.file.write(struct.pack("<3I32s", nth, 0, 0, f"sekisho-{role}".encode()))
        self.file.seek(0)
        self.file.write(struct.pack("<I", CLASSES[kind]))

    def disarm(self):
        self.file.seek(0)
        self.file.write(struct.pack("<I", 0))
        self.file.seek(8)
        count, fired = struct.unpack("<2I", self.file.read(8))
        return count, bool(fired)


class Day:
    def __init__(self, load):
        self.load, self.tanaka, self.suzuki, self.sato = load, *(load.people[p] for p in ("tanaka", "suzuki", "sato"))

    def run(self):
        load, number = self.load, self.load.number()
        purpose = f"load {load.seed} {number}"
        request = load.create(self.tanaka, "/api/v1/requests", {"account_ids": [load.account], "purpose": purpose, "ticket": "N-1",
                                                                "minutes": 30}, "request", who="tanaka", purpose=purpose)
        path = f"/api/v1/requests/{request['id']}"
        state = lambda: load.ask(self.tanaka.get, path)  # noqa: E731
        if load.settle(self.suzuki.post, f"{path}/approve", {}, lambda: state()["state"] == "approved"):
            load.journal.add("approved", id=request["id"])
        lease = state()["leases"][0]
        session = load.create(self.tanaka, "/api/v1/sessions", {"lease_id": lease["id"]}, "session", who="tanaka", lease=lease["id"])
        seen = self.terminal(session, number)
        if seen:
            load.journal.add("seen", id=session["id"], who="tanaka", text=seen)
        over = lambda: lease["id"] not in [one["id"] for one in load.ask(self.tanaka.get, "/api/v1/my/leases")["items"]]  # noqa: E731
        if load.settle(self.tanaka.post, f"/api/v1/leases/{lease['id']}/return", None, over):
            load.journal.add("returned", id=lease["id"])
        self.look(session if seen else None)

    def terminal(self, session, number):
        terminal = None
        try:
            terminal = self.tanaka.terminal(session["id"])
            terminal.wait_stage(5, 1, 15)
            terminal.type(f"echo nth-{number}-$((40+2))\r")
            terminal.wait_for(f"nth-{number}-42", 10)
            terminal.send(b"\x02")
            terminal.wait_end(10)
        except (AssertionError, ApiError, *LOST):
            pass  # refused or cut: both are right answers to a fault
        if terminal is None:
            return ""
        terminal.close()
        return terminal.output.decode(errors="ignore")

    def look(self, session):
        if session:
            try:
                self.load.ask(self.sato.post, f"/api/v1/recordings/{session['id']}/views")
                self.sato.get(f"/api/v1/recordings/{session['id']}/integrity")
            except (ApiError, *LOST):
                pass
        self.load.ask(self.sato.get, "/api/v1/audit", limit=5)


class Loop:
    def __init__(self, options):
        self.options, self.load = options, Load(seed=options.seed, threads=0, approvers=0)
        self.judge, self.day, self.control = Judge(self.load), Day(self.load), Control(os.path.join(world.BIN, "control"))
        self.log_at, self.days, self.table = 0, 0, []

    def crashes(self):
        """Ends by a signal, or by the sandbox, since the last look."""
        text = world.log()
        found = re.findall(r'event=child_ended.*status="?(?:signal|killed)[^\n]*', text[self.log_at:])
        found += re.findall(r'event=session_process_ended.*status="?(?:signal|killed)[^\n]*', text[self.log_at:])
        self.log_at = len(text)
        # The others are stopped with SIGKILL when keeper or authority ended.
        return [line for line in found if "SIGKILL" not in line]

    def one(self, role, kind, nth):
        self.control.arm(role, kind, nth)
        try:
            self.day.run()
        except (AssertionError, ApiError) as error:
            self.load.journal.fault(f"{role} {kind} {nth}: the day did not end: {error}")
        count, fired = self.control.disarm()
        self.days += 1
        for line in self.crashes():
            self.load.journal.fault(f"{role} {kind} {nth}: {line[:200]}")
        return count, fired

    def all_of(self, role, kind):
        nth, fired_count, count = 1 + self.options.offset, 0, 0
        while not self.over():
            count, fired = self.one(role, kind, nth)
            if not fired:
                break
            fired_count += 1
            nth += self.options.stride
            if fired_count % 10 == 0:
                self.compare(f"{role} {kind} {nth}")
        else:
            self.table.append(f"  {role:10} {kind:7} stopped by the time limit at {nth}")
            return
        self.compare(f"{role} {kind} {nth}")
        self.table.append(f"  {role:10} {kind:7} {count:5} calls in the last day, {fired_count:4} failed one by one")
        print(self.table[-1], flush=True)

    def some(self):
        """A short share: days picked by the seed, among all roles and classes."""
        pick = random.Random(self.options.seed)
        for _ in range(self.options.sample):
            role, kind, nth = pick.choice(self.options.roles), pick.choice(self.options.classes), int(300 ** pick.random())
            count, fired = self.one(role, kind, nth)
            print(f"  {role:10} {kind:7} {nth:4} of {count} {'failed' if fired else 'was not reached'}", flush=True)
        self.compare("the sample")

    def over(self):
        return self.options.seconds and time.monotonic() - self.started > self.options.seconds

    def compare(self, where):
        faults = len(self.load.journal.faults)
        self.judge.compare()
        if len(self.load.journal.faults) > faults:
            print("  seen after", where, flush=True)

    def run(self):
        self.started = time.monotonic()
        if self.options.sample:
            self.some()
        for role in self.options.roles if not self.options.sample else ():
            for kind in self.options.classes:
                if not self.over():
                    self.all_of(role, kind)
        self.judge.recordings()
        print("\n".join(["", f"days: {self.days}, {time.monotonic() - self.started:.0f} s, recordings verified: {self.judge.verified}",
                         *self.table, f"faults: {len(self.load.journal.faults)}"]), flush=True)
        return 1 if self.load.journal.faults else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stride", type=int, default=1, help="from one N to the next")
    parser.add_argument("--offset", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=0, help="begin nothing after so many (0: to the end)")
    parser.add_argument("--sample", type=int, default=0, help="instead: so many days picked by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--roles", type=lambda t: t.split(","), default=ROLES)
    parser.add_argument("--classes", type=lambda t: t.split(","), default=tuple(CLASSES))
    return Loop(parser.parse_args()).run()


sys.exit(main())
