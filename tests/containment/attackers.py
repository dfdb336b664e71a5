# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the attackers that tests/containment links into the programs: plan, signal, results."""
import collections
import ctypes
import os
import re
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../flow"))
from world import *  # noqa: E402,F401,F403

PID_BITS = 22
ROLES = ["edge", "web", "worker", "forward", "mail", "broker", "replay", "saml", "oidc", "gateway"]
Attempt = collections.namedtuple("Attempt", "number name alone plain closes opens_below")
Result = collections.namedtuple("Result", "name result by")
LIBC = ctypes.CDLL(None, use_errno=True)


def attempts(role):
    """What the attacker in that program knows, as it says itself."""
    listed = subprocess.run([os.path.join(BIN, f"sekisho-{role}")], env={"SEKISHO_ATTACK_LIST": "1"},
                            capture_output=True, text=True, check=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    return [Attempt(int(n), name, when == "alone", kind == "plain", by == "channel_closed", int(opens))
            for n, name, when, kind, by, opens in rows]


def landlock():
    """What the kernel has: LANDLOCK_CREATE_RULESET_VERSION of landlock_create_ruleset(2)."""
    return max(0, LIBC.syscall(ctypes.c_long(444), None, ctypes.c_size_t(0), ctypes.c_uint(1)))


def yama():
    """Whether this kernel lets only parents trace."""
    try:
        with open("/proc/sys/kernel/yama/ptrace_scope", encoding="ascii") as f:
            return int(f.read()) > 0
    except FileNotFoundError:
        return False


class Outside:
    """Somebody who may not be reached: sockets that take anything."""

    def __init__(self):
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.paths = [os.path.join(VAR, name) for name in ("outside.stream", "outside.datagram")]
        self.unix = [socket.socket(socket.AF_UNIX, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
        for sock, path in zip(self.unix, self.paths):
            sock.bind(path)
            os.chmod(path, 0o777)
        self.unix[0].listen(1000)
        self.abstract = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.abstract.bind(f"\0sekisho-outside-{os.getpid()}")
        self.abstract.listen(1000)

    def plan(self):
        return {"outside": "127.0.0.1", "outside_port": self.port, "unix": self.paths[0],
                "unix_datagram": self.paths[1], "abstract": f"sekisho-outside-{os.getpid()}"}


def write_plan(outside, **more):
    lines = {"data": os.path.join(VAR, "data"), **outside.plan(), **more}
    path = os.path.join(VAR, "attack.plan")
    with open(path + ".new", "w", encoding="ascii") as f:
        f.writelines(f"{k}={v}\n" for k, v in lines.items())
    os.chmod(path + ".new", 0o644)
    os.rename(path + ".new", path)


def logs():
    text = log()
    gateway = os.path.join(VAR, "site/gateway.log")
    if os.path.exists(gateway):
        with open(gateway, encoding="utf-8", errors="replace") as f:
            text += f.read()
    return text


def attack(pid, sibling, number=0):
    """Results of one signal; of an attempt that cost the process its life before it could tell: none."""
    row = re.compile(rf"event=attempt pid={pid} name=(\S+) result=(\S+) by=(\S+)")
    over = f"event=attempts_over pid={pid}"
    rows_before, overs_before = len(row.findall(logs())), logs().count(over)
    value = ctypes.c_void_p(sibling | number << PID_BITS)
    if LIBC.sigqueue(pid, int(signal.SIGUSR2), value) != 0:
        raise OSError(ctypes.get_errno(), "sigqueue")
    # The supervisor says so after it has passed on what the process said last.
    ended = re.compile(rf"event=child_ended child=\S+ pid={pid} ")
    until(lambda: logs().count(over) > overs_before or ended.search(logs()), f"attempts in {pid}", 180)
    return [Result(*found) for found in row.findall(logs())[rows_before:]]


class Neighbour:
    """A process of the gateway's user that the gateway must leave alone."""

    def __enter__(self):
        owner = os.stat(f"/proc/{pids('sekisho-gateway')[0]}").st_uid
        self.process = subprocess.Popen(["setpriv", f"--reuid={owner}", f"--regid={owner}", "--clear-groups", "cat"], stdin=subprocess.PIPE)
        return self.process.pid

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
