# SPDX-License-Identifier: GPL-3.0-or-later
"""Troubles of the machine below a working day: full and read-only disks, a database that is frozen, restarted, locked or
deadlocked, a clock that jumps. Started by trouble.sh, which lists the disks.

While a trouble lasts the load goes on. A refusal must say "broken", never "denied" (a worker that meets 401 or 403 is a
fault); a session that cannot be recorded must end; when it is over a whole lending must work again without a restart, and
everything confirmed before, during and after is compared."""
import argparse
import errno
import os
import random
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "load"))
import load as loads  # noqa: E402
from load import LOST, Judge, Load, sql, world  # noqa: E402
from sekisho_client import ApiError  # noqa: E402

loads.TRY_AGAIN.add(500)  # a disk that fails is ours to answer for, and may be asked again


class Disk:
    """A folder of the data on a file system of its own."""

    def __init__(self, name):
        self.folder = os.path.join(world.VAR, "data", name)
        self.filler = os.path.join(self.folder, "filler")

    def fill(self):
        with open(self.filler, "wb", buffering=0) as f:
            for size in (1 << 20, 4096):
                try:
                    while f.write(bytes(size)) == size:
                        pass
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def free(self):
        os.unlink(self.filler)

    def remount(self, how):
        return subprocess.run(["mount", "-o", f"remount,{how}", self.folder], capture_output=True, text=True)


class Trouble:
    """begin, what must hold meanwhile, end. `stops`: whether sessions cannot start while it lasts."""
    stops = False

    def __init__(self, play):
        self.play, self.load = play, play.load

    def during(self):
        time.sleep(self.play.options.seconds)


class FullDisk(Trouble):
    disk, stops = None, False

    def begin(self):
        self.disk = Disk(type(self).disk)
        self.disk.fill()

    def end(self):
        self.disk.free()


class RecordingsFull(FullDisk):
    """A session that prints ends with its recording; the next one does not start."""
    disk, stops = "recordings", True

    def begin(self):
        self.terminal = self.play.lend()[1]
        self.terminal.type("i=0; while :; do i=$((i+1)); echo line-$i-0123456789-0123456789; done\r")
        self.terminal.wait_for("line-100-")
        super().begin()

    def during(self):
        self.play.expect(self.terminal.wait_end(), "recording.failed", "a session on a full disk")
        super().during()


class RecordingsReadOnly(Trouble):
    stops = True

    def begin(self):
        """No file may be open for writing at that moment."""
        self.disk = Disk("recordings")
        self.load.pause()
        world.until(lambda: self.disk.remount("ro").returncode == 0, "read-only")
        self.load.resume()

    def during(self):
        self.play.refused("recording.file")
        super().during()

    def end(self):
        world.until(lambda: self.disk.remount("rw").returncode == 0, "writable again")


class CheckpointsFull(FullDisk):
    disk = "checkpoints"


class CheckpointsReadOnly(Trouble):
    def begin(self):
        self.disk = Disk("checkpoints")
        world.until(lambda: self.disk.remount("ro").returncode == 0, "read-only")

    def end(self):
        world.until(lambda: self.disk.remount("rw").returncode == 0, "writable again")


class DatabaseFull(FullDisk):
    disk = "db"


class Frozen(Trouble):
    def begin(self):
        self.pid = world.pids("mariadbd")[0]
        os.kill(self.pid, signal.SIGSTOP)

    def during(self):
        started = time.monotonic()
        try:
            self.load.people["admin"].get("/api/v1/requests", scope="all")
            self.load.journal.fault("a frozen database answered")
        except ApiError as error:
            if error.status != 503:
                self.load.journal.fault(f"a frozen database: {error}")
        print(f"    refused with 503 after {time.monotonic() - started:.2f} s")
        super().during()

    def end(self):
        os.kill(self.pid, signal.SIGCONT)


class Restarted(Trouble):
    def begin(self):
        pid = world.pids("mariadbd")[0]
        os.kill(pid, signal.SIGTERM)
        world.until(lambda: [p for p in world.pids("mariadbd") if p != pid], "another mariadbd")

    def end(self):
        pass


class Rivals(Trouble):
    """Somebody else's transactions on the rows that ours need."""
    script = ""

    def begin(self):
        self.over, self.before = threading.Event(), self.deadlocks()
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(2)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        pick = random.Random(number)
        while not self.over.is_set():
            sql(self.transaction(number, pick), check=False)

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        print(f"    deadlocks InnoDB broke: {self.deadlocks() - self.before}")

    @staticmethod
    def deadlocks():
        return int(sql("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")[0][1])


class Locked(Rivals):
    """Longer than anybody waits for a lock."""

    def transaction(self, number, pick):
        return ("BEGIN; SELECT * FROM request_counter FOR UPDATE; SELECT id FROM account FOR UPDATE; SELECT id FROM lease WHERE "
                "state IN ('scheduled', 'active') FOR UPDATE; SELECT SLEEP(3); ROLLBACK;" if number == 0 else "SELECT SLEEP(0.2);")


class Deadlocked(Rivals):
    """The same rows in the opposite orders."""
    steps = ("SELECT * FROM request_counter FOR UPDATE", "SELECT id FROM account FOR UPDATE", "SELECT id FROM user FOR UPDATE",
             "SELECT id FROM request WHERE state IN ('pending', 'approved') FOR UPDATE",
             "SELECT id FROM lease WHERE state IN ('scheduled', 'active') FOR UPDATE",
             "SELECT id FROM session WHERE state IN ('waiting', 'connecting', 'live') FOR UPDATE")

    def transaction(self, number, pick):
        steps = list(self.steps)
        pick.shuffle(steps)
        return "SET innodb_lock_wait_timeout = 1; BEGIN; " + "; SELECT SLEEP(0.02); ".join(steps) + "; ROLLBACK; SELECT SLEEP(0.05);"


TROUBLES = {"recordings-full": RecordingsFull, "recordings-read-only": RecordingsReadOnly, "checkpoints-full": CheckpointsFull,
            "checkpoints-read-only": CheckpointsReadOnly, "database-full": DatabaseFull, "database-frozen": Frozen,
            "database-restarted": Restarted, "database-locked": Locked, "database-deadlocked": Deadlocked}


class Play:
    def __init__(self, options):
        self.options, self.load = options, Load(seed=options.seed)
        self.judge = Judge(self.load)

    def expect(self, ended, reason, what):
        if not ended or ended[1] != reason:
            self.load.journal.fault(f"{what}: ended with {ended}, not {reason}")

    def lend(self):
        """A whole lending up to a shell that answers."""
        _, lease = world.borrow("tanaka")
        session, terminal = world.open_terminal("tanaka", lease)
        world.shell_ready(terminal)
        return session, terminal

    def refused(self, reason):
        """A session does not start, and says why."""
        _, lease = world.borrow("tanaka")
        session, terminal = world.open_terminal("tanaka", lease)
        terminal.wait_end()
        told = world.until(lambda: self.load.people["tanaka"].get(f"/api/v1/sessions/{session['id']}")["end_reason"], "the session's end")
        if told != reason or terminal.output:
            self.load.journal.fault(f"a session that cannot start: {told}, not {reason}; {terminal.output!r}")

    def works(self):
        try:
            self.lend()[1].close()
            return True
        except (AssertionError, ApiError, *LOST):
            return False

    def one(self, name):
        trouble, faults, confirmed = TROUBLES[name](self), len(self.load.journal.faults), len(self.load.journal.rows)
        trouble.begin()
        try:
            trouble.during()
        finally:
            trouble.end()
        held, started = len(self.load.journal.rows), time.monotonic()
        world.until(self.works, f"a lending works again after {name}")
        back = time.monotonic() - started
        self.load.pause()
        self.judge.compare()
        self.judge.recordings()
        self.load.resume()
        print(f"  {name:22} {held - confirmed:4} confirmed meanwhile; a lending works again {back:5.1f} s after it; "
              f"{len(self.load.journal.faults) - faults} faults", flush=True)

    def run(self):
        self.load.start()
        for name in self.options.troubles * self.options.rounds:
            self.one(name)
        self.load.stop()
        print(f"recordings verified: {self.judge.verified}; faults: {len(self.load.journal.faults)}", flush=True)
        return 1 if self.load.journal.faults else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5, help="how long each lasts")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--troubles", type=lambda t: t.split(","), default=list(TROUBLES))
    return Play(parser.parse_args()).run()


sys.exit(main())
