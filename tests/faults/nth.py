# SPDX-License-Identifier: GPL-3.0-or-later
"""Every Nth write, sync, rename, send, receive, allocation and opening of a working day fails once. Started by nth.sh.

One role and one class of calls at a time. A first day counts its calls and the places (call stacks) they come from. Up to
--every calls, each N gets a day of its own. More than that (allocations) are the same places again and again: then each
place fails once, until a day has no new one, and --every days more fail N in even steps. Each day must come to its end
(asked again where no answer came), nothing confirmed may be lost, nothing half done, no process may end by a signal, and
recordings verify."""
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
from service import Gateway  # noqa: E402

CLASSES = {"write": 1, "sync": 2, "rename": 3, "send": 4, "recv": 5, "alloc": 6, "open": 7}
ROLES = ("supervisor", "authority", "keeper", "broker", "worker", "web", "edge", "replay", "gateway")
PROGRAMS = {role: "sekisho-" + role for role in ROLES} | {"supervisor": "sekishod"}
NTH, PLACE, SURVEY = range(3)
PLACES_AT, SLOW = 64, 6
CRASHES_AT, CRASHES = PLACES_AT + (8 << 16), 1 << 12
# Libraries that read through NULL where they find no memory: in a process that serves one session and touches no other, and
# the connector while it connects.
NOT_OURS = {"session_process_ended": ("libwslay.so", "libcrypto.so", "libssh.so"), "child=web": ("libmariadb.so",)}
COMPARE = 25  # days between two comparisons
loads.TRY_AGAIN.add(500)  # a failing disk is ours to answer for, and may be asked again


class Control:
    """The file that nth.so maps: class, mode, nth, calls, fired, new places, role; then the places."""

    def __init__(self, path):
        self.file, self.crashed = open(path, "r+b", buffering=0), 0

    def put(self, at, data):
        self.file.seek(at)
        self.file.write(data)

    def arm(self, role, kind, mode, nth=0):
        self.disarm()
        self.put(4, struct.pack("<5I40s", mode, nth, 0, 0, 0, PROGRAMS[role].encode()))
        self.put(0, struct.pack("<I", CLASSES[kind]))

    def disarm(self):
        """Calls, whether one failed, new places."""
        self.put(0, struct.pack("<I", 0))
        self.file.seek(12)
        calls, fired, places = struct.unpack("<3I", self.file.read(12))
        return calls, bool(fired), places

    def crashes(self):
        """(file, where, sandbox complete) of each since the last look."""
        self.file.seek(CRASHES_AT)
        count, = struct.unpack("<I", self.file.read(4))
        found = []
        for i in range(self.crashed, min(count, CRASHES)):
            self.file.seek(CRASHES_AT + 8 + 88 * i)
            offset, *own, _, sandboxed, name = struct.unpack("<5QII40s", self.file.read(88))
            found.append((name.split(b"\0")[0].decode(), f"+{offset:#x} from {' '.join(map(hex, own))}", bool(sandboxed)))
        self.crashed = count
        return found

    def forget_places(self):
        self.put(PLACES_AT, bytes(8 << 16))


class Day:
    def __init__(self, load):
        self.load, self.tanaka, self.suzuki, self.sato, self.admin = load, *(load.people[p] for p in ("tanaka", "suzuki", "sato", "admin"))
        self.checkpoints = False  # worker's work is seen only there
        self.spare = world.account(self.tanaka, "root")["id"]

    def run(self):
        load, number = self.load, self.load.number()
        purpose = f"load {load.seed} {number}"
        request = load.create(self.tanaka, "/api/v1/requests", {"account_ids": [load.account], "purpose": purpose, "ticket": "N-1",
                                                                "minutes": 30}, "request", who="tanaka", purpose=purpose)
        path = f"/api/v1/requests/{request['id']}"
        state = lambda: load.ask(self.tanaka.get, path)  # noqa: E731
        if load.settle(self.suzuki.post, f"{path}/approve", {}, lambda: state()["state"] == "approved"):
            load.journal.add("approved", id=request["id"])
        leases = state()["leases"]
        if not leases:
            raise AssertionError(f"the approval of {request['number']} was refused")
        lease = leases[0]
        session = load.create(self.tanaka, "/api/v1/sessions", {"lease_id": lease["id"]}, "session", who="tanaka", lease=lease["id"])
        seen = self.terminal(session, number)
        if seen:
            load.journal.add("seen", id=session["id"], who="tanaka", text=seen)
        over = lambda: lease["id"] not in [one["id"] for one in load.ask(self.tanaka.get, "/api/v1/my/leases")["items"]]  # noqa: E731
        if load.settle(self.tanaka.post, f"/api/v1/leases/{lease['id']}/return", None, over):
            load.journal.add("returned", id=lease["id"])
        self.secret(number)
        self.look(session if seen else None)
        if self.checkpoints:
            self.signed()

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

    def secret(self, number):
        """Of an account nobody uses meanwhile."""
        store = lambda: self.load.ask(self.admin.call, "PUT", f"/api/v1/accounts/{self.spare}/secret?kind=password",  # noqa: E731
                                      octets=b"nth %d" % number)
        try:
            store()
        except ApiError as error:
            if error.reason != "auth.not_fresh":
                raise
            self.admin.sign_in()
            store()

    def signed(self):
        def whole():
            state = self.load.ask(self.sato.get, "/api/v1/audit/state")
            return state["pending"] == 0 and state["checkpoint"] and state["checkpoint"]["size"] == state["size"]
        world.until(whole, "all is under a signed checkpoint")

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
        self.log_at, self.days, self.slowest, self.table, self.elsewhere = 0, 0, 0, [], {}
        self.gateway = Gateway()
        for pid in world.pids("sekisho-gateway"):  # ours instead, so that its status is known
            os.kill(pid, 15)
        world.until(lambda: not world.pids("sekisho-gateway"), "the gateway has ended")
        self.gateway.start()

    def ready(self):
        """The gateway is there for the next day, by its service manager if need be."""
        if self.gateway.started[-1].poll() is not None:
            status = self.gateway.started[-1].returncode
            print(f"  the gateway ended with {status}", flush=True)
            if status < 0:
                self.load.journal.fault(f"the gateway ended by signal {-status}")
            self.gateway.start()
        patience = 1.5
        while not self.online(patience):  # it may wait up to a minute before it tries again
            if patience > 90:
                raise AssertionError("no gateway is online")
            self.gateway.restart()
            patience *= 2

    @staticmethod
    def online(seconds):
        try:
            return world.until(lambda: re.search(r"gateways.*online=[1-9]", world.ctl("status", check=False).stdout), "online", seconds)
        except AssertionError:
            return False

    def crashes(self):
        """Ends by a signal, or by the sandbox, since the last look."""
        text = world.log()
        found = re.findall(r'event=child_ended.*status="?(?:signal|killed)[^\n]*', text[self.log_at:])
        found += re.findall(r'event=session_process_ended.*status="?(?:signal|killed)[^\n]*', text[self.log_at:])
        found += re.findall(r"service=sekishod status=1[3-9][0-9]", text[self.log_at:])
        self.log_at = len(text)
        # The others are stopped with SIGKILL when keeper or authority ended.
        return [line for line in found if "SIGKILL" not in line]

    def not_ours(self, line, where):
        libraries = next((files for what, files in NOT_OURS.items() if what in line and "SIGSYS" not in line), ())
        known = where and libraries and all(file.startswith(libraries) for file, _, _ in where)
        if known:
            for file, offset, _ in where:
                self.elsewhere[file + offset] = self.elsewhere.get(file + offset, 0) + 1
        return known

    def one(self, role, kind, mode, nth=0):
        name = f"{role} {kind} " + ("place" if mode == PLACE else str(nth))
        started = time.monotonic()
        try:
            self.ready()
            self.control.arm(role, kind, mode, nth)
            self.day.run()
        except (AssertionError, ApiError) as error:
            self.load.journal.fault(f"{name}: the day did not end: {error}")
        calls, fired, places = self.control.disarm()
        self.days += 1
        if fired and role in ("gateway", "edge"):  # else it waits longer after each broken connection, up to a minute
            self.gateway.restart()
        where = self.control.crashes()
        for line in self.crashes():
            if not self.not_ours(line, where):
                self.load.journal.fault(f"{name}: {line[:200]} {where}")
        seconds = time.monotonic() - started
        self.slowest = max(self.slowest, seconds)
        if seconds > SLOW:
            print(f"  slow: {name}, day {self.days}, {self.load.count}: {seconds:.1f} s", flush=True)
        if self.days % COMPARE == 0:
            self.compare(name)
        return calls, fired, places

    def each_call(self, role, kind, calls, stride):
        """N in steps until the day has no such call left; how many failed."""
        nth, failed, fired = stride, 0, True
        while (nth <= calls or fired) and not self.over():
            _, fired, _ = self.one(role, kind, NTH, nth)
            failed += fired
            nth += stride
        return failed

    def each_place(self, role, kind):
        """Until a day has no new place left; how many failed."""
        self.control.forget_places()
        failed, fired = 0, True
        while fired and not self.over():
            _, fired, _ = self.one(role, kind, PLACE)
            failed += fired
        return failed

    def all_of(self, role, kind):
        self.day.checkpoints = role in ("worker", "keeper")
        self.control.forget_places()
        calls, _, places = self.one(role, kind, SURVEY)
        started, days, stride = time.monotonic(), self.days, -(-calls // self.options.every)
        failed_places = self.each_place(role, kind) if stride > 1 and not self.options.survey else 0
        failed = self.each_call(role, kind, calls, stride) if calls and not self.options.survey else 0
        self.compare(f"{role} {kind}")
        self.table.append(f"  {role:10} {kind:7} {calls:6} calls from {places:5} places; failed: {failed:4} (each {stride}.)"
                          f"{f' and {failed_places} places' if stride > 1 else ''}; {self.days - days} days, "
                          f"{time.monotonic() - started:.0f} s{' CUT SHORT' if self.over() else ''}")
        print(self.table[-1], flush=True)

    def some(self):
        """A short share: days picked by the seed, among all roles and classes."""
        pick = random.Random(self.options.seed)
        for _ in range(self.options.sample):
            role, kind, nth = pick.choice(self.options.roles), pick.choice(self.options.classes), int(300 ** pick.random())
            calls, fired, _ = self.one(role, kind, NTH, nth)
            print(f"  {role:10} {kind:7} {nth:4} of {calls} {'failed' if fired else 'was not reached'}", flush=True)
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
        held = time.monotonic()
        self.judge.recordings()
        print(f"days: {self.days}, {time.monotonic() - self.started:.0f} s, slowest {self.slowest:.1f} s; recordings verified: "
              f"{self.judge.verified} in {time.monotonic() - held:.0f} s\nfaults: {len(self.load.journal.faults)}", flush=True)
        if self.elsewhere:
            print("ended in a library:", ", ".join(f"{place} {count} times" for place, count in sorted(self.elsewhere.items())))
        self.gateway.end()
        return 1 if self.load.journal.faults else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=300, help="so many calls of a class, and each has a day of its own")
    parser.add_argument("--survey", action="store_true", help="only count calls and places")
    parser.add_argument("--seconds", type=int, default=0, help="begin nothing after so many (0: to the end)")
    parser.add_argument("--sample", type=int, default=0, help="instead: so many days picked by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--roles", type=lambda t: t.split(","), default=ROLES)
    parser.add_argument("--classes", type=lambda t: t.split(","), default=tuple(CLASSES))
    return Loop(parser.parse_args()).run()


sys.exit(main())
