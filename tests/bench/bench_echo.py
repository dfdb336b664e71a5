# SPDX-License-Identifier: GPL-3.0-or-later
"""A key's echo in a recorded session, alone and beside another session that prints as fast as it can."""
import os
import select
import time

import bench_world as world
from measure import compare, emit, middle, percentile, sized


class Flood:
    """The other session, drained by a process of its own; printing while told to."""

    def __init__(self, leases):
        terminal = world.open_session(leases)[2]
        ours, self.orders = os.pipe()
        self.said, theirs = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.orders)
            self._child(terminal, ours, theirs)
            os._exit(0)
        os.close(ours)
        os.close(theirs)

    @staticmethod
    def _child(terminal, orders, said):
        terminal.sock.settimeout(None)
        while True:
            ready = [terminal.sock] if terminal.sock.pending() or terminal.data else select.select([terminal.sock, orders], [], [])[0]
            if orders in ready:
                order = os.read(orders, 1)
                if not order:
                    return
                terminal.type("yes '0123456789012345678901234567890123456789'\r" if order == b"y" else "\x03")
            if terminal.sock in ready:
                if not terminal.step():
                    return
                if len(terminal.output) > 1 << 20:
                    os.write(said, b"M")
                    terminal.output = b""

    def on(self):
        os.write(self.orders, b"y")
        os.read(self.said, 1)  # a megabyte has come

    def off(self):
        os.write(self.orders, b"n")
        time.sleep(0.3)  # what is on its way; only the figure would suffer

    def close(self):
        os.close(self.orders)
        os.waitpid(self.pid, 0)


def echoes(terminal, count):
    """Milliseconds until each key came back."""
    took = []
    for at in range(count):
        if at % 40 == 39:
            terminal.type("\x15")  # an empty line again
            time.sleep(0.02)
        seen = len(terminal.output)
        started = time.monotonic()
        terminal.type("x")
        while b"x" not in terminal.output[seen:]:
            assert terminal.step(), terminal.ended
        took.append(1000 * (time.monotonic() - started))
    terminal.type("\x15")
    return took


def main():
    leases = world.Leases()
    terminal, flood = world.open_session(leases)[2], Flood(leases)
    alone, beside, late = [], [], [[], []]
    for _ in range(sized(8, 1)):
        quiet = echoes(terminal, sized(60, 5))
        flood.on()
        loud = echoes(terminal, sized(60, 5))
        flood.off()
        alone.append(middle(quiet))
        beside.append(middle(loud))
        late[0] += quiet
        late[1] += loud
    flood.close()
    world.end_session(terminal)
    compare("echo_beside_bulk", "ms", beside, "alone", alone)
    emit("echo_beside_bulk_p95", percentile(late[1], 0.95), "ms", percentile(late[1], 0.95) / percentile(late[0], 0.95), "alone")
