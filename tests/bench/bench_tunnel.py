# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes from a target through gateway, tunnel and edge, beside stunnel and bare TCP over the same link.

Everything is the product but the broker: broker_pipe hands its end of the stream out, so that no SSH is measured.
"""
import os
import re
import signal
import socket
import subprocess

import bench_world as world
from measure import compare, cpu, emit, middle, sized, spread

PROGRAMS = os.environ["SEKISHO_BENCH_BIN"]
TARGET, SITE, HERE, PORT, TLS_PORT, NEAR_PORT = "198.51.100.10", "192.0.2.2", "192.0.2.1", 9000, 9443, 9444
MIB = 1024 * 1024


def site_command():
    return ["nsenter", "-t", str(world.site_pids("sekisho-gateway")[0]), "-n"]


def started(*command):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n", command
    return process


class Site:
    """A source and sink of bytes at the site, registered as a target."""

    def __init__(self):
        inside = site_command()
        self.serve = started(*inside, os.path.join(PROGRAMS, "bench_bytes"), "serve", "0.0.0.0", str(PORT))
        subprocess.run([*inside, "nft", "add", "rule", "inet", "site", "input", "tcp", "dport",
                        f"{{ {PORT}, {TLS_PORT} }}", "accept"], check=True)
        admin = world.world.person("admin")
        ids = {kind: admin.get(f"/api/v1/{kind}")["items"][0]["id"] for kind in ("target-groups", "gateway-groups")}
        target = world.operation("targets.create", "name=bulk", "kind=linux_ssh", f"port={PORT}", f"addresses={TARGET}",
                                 f"group_id={ids['target-groups']}", f"gateway_group_id={ids['gateway-groups']}")
        account = world.operation("accounts.create", f"id={target}", "name=bulk", "lendable=true", "concurrent=true")
        world.operation("accounts.secret", f"id={account}", "kind=password", "--secret-stdin", stdin="nothing-signs-in")
        self.leases = world.Leases(name="bulk")
        self.collector = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.collector.bind("\0sekisho-bench")
        self.collector.listen(100)
        self.collector.settimeout(30)
        self.kept = []

    def stream(self):
        """A session's way to the target: the descriptor a broker would use."""
        api = world.world.person("tanaka")
        session = api.post("/api/v1/sessions", {"lease_id": self.leases.next()["id"]})
        terminal = api.terminal(session["id"])
        broker, _ = self.collector.accept()
        _, fds, _, _ = socket.recv_fds(broker, 1, 1)
        self.kept.append((terminal, broker))
        return socket.socket(fileno=fds[0])


class Stunnel:
    """One process at each end, the nearest thing to a tunnel for one service."""

    def __init__(self):
        folder = os.path.join(world.world.VAR, "stunnel")
        os.makedirs(folder)
        pem = os.path.join(folder, "cert.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                        "-subj", "/CN=peer", "-keyout", pem, "-out", pem + ".crt"], check=True, stderr=subprocess.DEVNULL)
        with open(pem, "a", encoding="ascii") as f, open(pem + ".crt", encoding="ascii") as crt:
            f.write(crt.read())
        self.far = self._start(site_command(), folder, "far", f"cert = {pem}\n[bulk]\naccept = {SITE}:{TLS_PORT}\n"
                               f"connect = 127.0.0.1:{PORT}\n")
        self.near = self._start([], folder, "near", f"client = yes\n[bulk]\naccept = 127.0.0.1:{NEAR_PORT}\n"
                                f"connect = {SITE}:{TLS_PORT}\nCAfile = {pem}.crt\nverifyPeer = yes\n")

    @staticmethod
    def _start(prefix, folder, name, text):
        path = os.path.join(folder, name + ".conf")
        with open(path, "w", encoding="ascii") as f:
            f.write(f"foreground = quiet\nsyslog = no\npid =\noutput = {folder}/{name}.log\n{text}")
        return subprocess.Popen([*prefix, "stunnel4", path])

    def stream(self):
        return connected("127.0.0.1", NEAR_PORT)

    def pids(self):
        return [self.near.pid, self.far.pid]

    def close(self):
        for process in (self.near, self.far):
            process.terminate()
            process.wait()


def connected(address, port):
    def attempt():
        try:
            return socket.create_connection((address, port), timeout=30)
        except ConnectionRefusedError:
            return None
    made = world.world.until(attempt, f"{address}:{port} listens")
    made.settimeout(None)
    return made


def move(direction, total, streams):
    """Seconds to move total bytes over all streams at once."""
    fds = [s.fileno() for s in streams]
    done = subprocess.run([os.path.join(PROGRAMS, "bench_bytes"), "run", direction, str(total // len(fds)), *map(str, fds)],
                          pass_fds=fds, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


class Delay:
    """The link between server and site, through a relay that holds every packet."""

    def __init__(self, round_trip_ms):
        gateway = world.site_pids("sekisho-gateway")[0]
        self.process = started(os.path.join(PROGRAMS, "bench_delay"), str(round_trip_ms / 2), str(gateway), "near0", "far0")
        for prefix, old, new, address in (([], "sk-wan0", "near0", HERE), (site_command(), "wan", "far0", SITE)):
            for step in (["addr", "flush", "dev", old], ["addr", "add", f"{address}/30", "dev", new],
                         ["link", "set", new, "mtu", "1500", "txqueuelen", "10000", "up"]):
                subprocess.run([*prefix, "ip", *step], check=True)

    def close(self):
        self.process.terminate()
        self.process.wait()


def figure(name, direction, total, rounds, ways, pids):
    """ways: name -> streams."""
    rates, used = {w: [] for w in ways}, {w: 0.0 for w in ways}
    for streams in ways.values():  # windows and congestion control find their size
        move(direction, total // 4, streams)
    for _ in range(rounds):
        for way, streams in ways.items():
            before = sum(cpu(p) for p in pids.get(way, []))
            rates[way].append(total / MIB / move(direction, total, streams))
            used[way] += sum(cpu(p) for p in pids.get(way, [])) - before
    compare(name, "MiB/s", rates["ours"], "stunnel", rates["stunnel"])
    compare(name, "MiB/s", rates["ours"], "tcp", rates["tcp"])
    moved = rounds * total / MIB / 1024
    emit(name + "_cpu", used["ours"] / moved, "s/GiB", used["ours"] / used["stunnel"] if used["stunnel"] else None, "stunnel")
    for way in ("stunnel", "tcp"):
        emit(f"{name}_{way}", middle(rates[way]), "MiB/s", spread=spread(rates[way]))


def online():
    return re.search(r"gateways.*online=[1-9]", world.world.ctl("status", check=False).stdout)


def reconnected():
    """New connections of the gateway: what TCP learned about the old link would count against us."""
    old = world.server_pids()["sekisho-edge"]
    os.kill(old, signal.SIGKILL)
    world.world.until(lambda: world.world.pids("sekisho-edge") not in ([], [old]), "edge starts again")
    world.world.until(online, "the gateway is back")


def ways_of(site, stunnel, many):
    """Streams of each way, opened on the link that is measured."""
    return {"ours": [site.stream() for _ in range(many)], "stunnel": [stunnel.stream() for _ in range(many)],
            "tcp": [connected(SITE, PORT) for _ in range(many)]}


def measured(site, stunnel, ms, many):
    every, total, rounds = ways_of(site, stunnel, many), sized(64 if ms else 384, 4) * MIB, sized(5, 1)
    pids = {"ours": [world.server_pids()["sekisho-edge"], world.site_pids("sekisho-gateway")[0]], "stunnel": stunnel.pids()}
    for count in (1, many):
        for direction, word in (("d", "down"), ("u", "up")):
            ways = {way: streams[:count] for way, streams in every.items()}
            figure(f"tunnel_{word}_{ms}ms_{count}", direction, total, rounds, ways, pids)


def main():
    site, stunnel, many = Site(), Stunnel(), sized(64, 3)
    delay = None
    try:
        measured(site, stunnel, 0, many)
        delay = Delay(40)
        reconnected()
        site.leases = world.Leases(name="bulk")
        measured(site, stunnel, 40, many)
    finally:
        stunnel.close()
        site.serve.terminate()
        if delay:
            delay.close()
