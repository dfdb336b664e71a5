# SPDX-License-Identifier: GPL-3.0-or-later
"""From the browser's opened socket to the shell's prompt, recorded, beside `ssh -J` to the same account."""
import os
import pty
import select
import subprocess
import time

import bench_world as world
from measure import compare, cpu, emit, middle, sized


def ssh_round(jump, config):
    ours, theirs = pty.openpty()
    started = time.monotonic()
    process = subprocess.Popen(jump.command(config), stdin=theirs, stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    seen = b""
    while b"$ " not in seen:
        if not select.select([ours], [], [], 30)[0]:
            raise AssertionError(f"ssh -J printed no prompt: {seen!r}")
        try:
            seen += os.read(ours, 4096)
        except OSError as error:  # nobody holds the other end any more
            raise AssertionError(f"ssh -J ended: {seen!r} {process.stderr.read()!r}") from error
    took = time.monotonic() - started
    os.write(ours, b"exit\r")
    process.stderr.read()
    process.wait()
    os.close(ours)
    return took


def rounds(jump, count):
    leases = world.Leases()
    wish, socket, default, quick = [], [], [], []
    for _ in range(count):
        total, dialled, terminal = world.open_session(leases)
        world.end_session(terminal)
        leases.closed()
        wish.append(total)
        socket.append(dialled)
        default.append(ssh_round(jump, "default"))
        quick.append(ssh_round(jump, "x25519"))
    return wish, socket, default, quick


def whole_sessions(count):
    """Processor time of opening and ending, without the grain of a clock tick in each."""
    leases, pids = world.Leases(), world.server_pids()
    gateway = world.site_pids("sekisho-gateway")[0]
    before, far = world.core_cpu(pids), cpu(gateway)
    for _ in range(count):
        world.end_session(world.open_session(leases)[2])
        leases.closed()
    after = world.core_cpu(pids)
    emit("session_core_cpu", 1000 * (after[0] - before[0]) / count, "ms", sessions=count)
    emit("session_database_cpu", 1000 * (after[1] - before[1]) / count, "ms")
    emit("session_gateway_cpu", 1000 * (cpu(gateway) - far) / count, "ms")


def main():
    jump = world.Jump()
    try:
        ssh_round(jump, "default")  # its files are read once
        wish, socket, default, quick = rounds(jump, sized(40, 2))
    finally:
        jump.close()
    milli = [[1000 * v for v in values] for values in (wish, socket, default, quick)]
    compare("session_start_socket_to_prompt", "ms", milli[1], "ssh_-J", milli[2])
    compare("session_start_socket_to_prompt_x25519", "ms", milli[1], "ssh_-J_with_curve25519", milli[3])
    compare("session_start_wish_to_prompt", "ms", milli[0], "ssh_-J", milli[2])
    emit("ssh_-J_to_prompt", middle(milli[2]), "ms")
    whole_sessions(sized(60, 2))
