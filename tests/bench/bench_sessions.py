# SPDX-License-Identifier: GPL-3.0-or-later
"""Many live recorded sessions at once: whether all stay and echo, and what one costs among 10, 100, 1,000 and more.

SEKISHO_SESSIONS names how many, default 1000. Their browsers live in this process and answer pings.
"""
import os
import queue
import selectors
import threading
import time

import bench_world as world
from measure import cpu, emit, middle, percentile, private_kib, settled, sized, spread

COUNT = int(os.environ.get("SEKISHO_SESSIONS", sized(1000, 4)))
STEPS = [n for n in sized((10, 100, 1000), (2,)) if n < COUNT] + [COUNT]
OPENERS, PER_SOURCE, QUIET_S = 4, 200, sized(10, 1)


class Browsers:
    """Holds the terminals: a thread of its own reads what comes, so that pings are answered."""

    def __init__(self):
        self.selector, self.fresh, self.all, self.lost = selectors.DefaultSelector(), queue.SimpleQueue(), [], 0
        self.ours, theirs = os.pipe()
        self.said = theirs
        self.selector.register(self.ours, selectors.EVENT_READ, None)
        self.paused, self.quiet, self.go = threading.Event(), threading.Event(), threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def add(self, terminal):
        self.fresh.put(terminal)
        os.write(self.said, b"n")

    def _read(self):
        while True:
            for key, _ in self.selector.select():
                if key.data is None:
                    os.read(self.ours, 1)
                    self._order()
                elif take(key.data):
                    key.data.output = key.data.output[-200:]
                else:
                    self.selector.unregister(key.fileobj)
                    self.all.remove(key.data)
                    self.lost += 1

    def _order(self):
        while not self.fresh.empty():
            terminal = self.fresh.get()
            self.all.append(terminal)
            self.selector.register(terminal.sock, selectors.EVENT_READ, terminal)
        if self.paused.is_set():
            self.quiet.set()
            self.go.wait()

    def echoes(self):
        """Milliseconds of one key in each session, one after the other; the reader stands aside."""
        self.paused.set()
        os.write(self.said, b"p")
        self.quiet.wait()
        took = [t for t in map(echo, list(self.all)) if t is not None]
        self.paused.clear()
        self.quiet.clear()
        self.go.set()
        self.go = threading.Event()
        return took


def take(terminal):
    """Everything that has come; False when the session is over."""
    alive = terminal.step()
    while alive and (terminal.data or terminal.sock.pending()):
        alive = terminal.step()
    return alive


def echo(terminal):
    started, seen = time.monotonic(), len(terminal.output)
    terminal.type("x")
    while b"x" not in terminal.output[seen:]:
        if not terminal.step():
            return None
    took = 1000 * (time.monotonic() - started)
    terminal.type("\x15")
    return took


class Opener:
    """Opens sessions from changing source addresses: edge and web bound what one may have and ask."""

    def __init__(self, browsers):
        self.browsers, self.leases, self.lock, self.opened = browsers, world.Leases(), threading.Lock(), 0
        self.failed = []
        world.world.person(self.leases.user)  # signs in once, not in each thread

    def _next(self):
        with self.lock:
            self.opened += 1
            lease = self.leases.next()
            n = self.opened // PER_SOURCE
            return lease, (f"127.3.{n // 250}.{n % 250 + 1}", 0)

    def _work(self, share, took):
        api = world.clone(self.leases.user)
        for _ in range(share):
            try:
                lease, api.source = self._next()
                seconds, _, terminal = world.open_leased(api, lease)
                took.append(1000 * seconds)
                self.browsers.add(terminal)
            except Exception as error:  # noqa: BLE001  what stops it is the figure
                self.failed.append(f"{type(error).__name__}: {error}"[:300])

    def open(self, count):
        took, threads = [], []
        for i in range(OPENERS):
            share = count // OPENERS + (i < count % OPENERS)
            threads.append(threading.Thread(target=self._work, args=(share, took)))
            threads[-1].start()
        for thread in threads:
            thread.join()
        return took


def quiet_cpu(pids, gateway):
    """Processor time a second of everything of ours while nobody types."""
    before, database = world.core_cpu(pids)
    far, started = cpu(gateway), time.monotonic()
    time.sleep(QUIET_S)
    after, database_after = world.core_cpu(pids)
    seconds = time.monotonic() - started
    return 100 * (after - before + cpu(gateway) - far) / seconds, 100 * (database_after - database) / seconds


def step(count, opener, browsers, pids, base):
    gateway = world.site_pids("sekisho-gateway")[0]
    new = count - len(browsers.all)
    before, (ours, database) = time.monotonic(), world.core_cpu(pids)
    took = opener.open(new)
    after = world.core_cpu(pids)
    settled(lambda: len(browsers.all))
    live = len(browsers.all)
    emit(f"sessions_live_{count}", live, "sessions", live / count, "asked", failed=opener.failed[:5], lost=browsers.lost)
    if not took:
        return False
    emit(f"sessions_start_{count}", middle(took), "ms", spread=spread(took), each_s=(time.monotonic() - before) / new, openers=OPENERS)
    emit(f"sessions_cpu_{count}", 1000 * (after[0] - ours) / new, "ms", database_ms=1000 * (after[1] - database) / new)
    own = [private_kib(pid) for pid in world.brokers()]
    roles = world.memory(pids)
    grown = {role: (roles[role] - base[role]) / live for role in roles}
    shared = sum(kib for role, kib in grown.items() if role != "mariadbd")
    emit(f"sessions_memory_{count}", (middle(own) + shared) / 1024, "MiB", process_kib=middle(own), process_spread=spread(own),
         grown_kib=grown, gateway_kib=private_kib(gateway) / live)
    echoed = browsers.echoes()
    emit(f"sessions_echo_{count}", middle(echoed), "ms", len(echoed) / count, "asked", p99=percentile(echoed, 0.99), spread=spread(echoed))
    ours_quiet, database_quiet = quiet_cpu(pids, gateway)
    emit(f"sessions_quiet_cpu_{count}", ours_quiet, "% of a core", database=database_quiet)
    return live == count


def main():
    pids, browsers = world.server_pids(), Browsers()
    opener = Opener(browsers)
    base = world.memory(pids)
    for count in STEPS:
        if not step(count, opener, browsers, pids, base):
            break
    started = time.monotonic()
    for terminal in list(browsers.all):
        terminal.send(b"\x02")
    world.world.until(lambda: not world.brokers(), "all brokers have ended", 300)
    emit("sessions_all_end", time.monotonic() - started, "s", sessions=len(browsers.all) + browsers.lost)
