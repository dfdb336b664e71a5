# SPDX-License-Identifier: GPL-3.0-or-later
"""Many idle gateways: what they cost, and how long until all are admitted again after edge or the server died.

The gateways are simulated (tests/bench/storm): each has a certificate the server issued by EST against a join token,
holds both of its connections, beats and takes policies. SEKISHO_STORM names how many, default 1000.
"""
import http.client
import json
import os
import signal
import subprocess
import threading
import time

import bench_world as world
from measure import cpu, emit, private_kib, settled, sized

PROGRAM = os.path.join(os.environ["SEKISHO_BENCH_BIN"], "bench_storm")
SERVER = f"localhost:{world.world.PORT}"
FOLDER = os.path.join(world.world.VAR, "storm")
COUNT = int(os.environ.get("SEKISHO_STORM", sized(1000, 100)))
PER_SOURCE, ENROLLERS, LIMIT_S = 100, 3, max(300, COUNT // 10)


def asked(connection, api, path, body=None):
    headers = {"Host": SERVER, "Accept": "application/json", "X-Sekisho": "1", "Origin": f"https://{SERVER}",
               "Cookie": "; ".join(f"{k}={v}" for k, v in api.cookies.items())}
    data = None if body is None else json.dumps(body)
    if data:
        headers["Content-Type"] = "application/json"
    connection.request("POST", path, body=data, headers=headers)
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status < 300, (path, answer.status, text)
    return json.loads(text)


def tokens(count):
    """As the portal makes them, from as many addresses as the rate limit of one asks for."""
    api, found = world.world.person("admin"), []
    group = api.post("/api/v1/gateway-groups", {"name": "storm"})["id"]
    for first in range(0, count, PER_SOURCE):
        n = first // PER_SOURCE
        connection = http.client.HTTPSConnection("localhost", world.world.PORT, context=api.tls, timeout=30,
                                                 source_address=(f"127.2.{n // 250}.{n % 250 + 1}", 0))
        for i in range(first, min(first + PER_SOURCE, count)):
            made = asked(connection, api, "/api/v1/gateways", {"name": f"storm-{i:05}", "group_id": group})
            found.append(asked(connection, api, f"/api/v1/gateways/{made['id']}/token")["token"])
        connection.close()
    return found


def enrol(count):
    os.makedirs(FOLDER)
    subprocess.run([PROGRAM, "key", FOLDER], check=True)
    text = "".join(token + "\n" for token in tokens(count))
    running = [subprocess.Popen([PROGRAM, "enrol", SERVER, world.world.CA, FOLDER, str(part), str(ENROLLERS)],
                                stdin=subprocess.PIPE, text=True) for part in range(ENROLLERS)]
    for process in running:
        process.stdin.write(text)
        process.stdin.close()
    for process in running:
        assert process.wait() == 0, "enrolling failed"


class Storm:
    """The gateways, and what they last said of themselves."""

    def __init__(self, count):
        self.count, self.seen, self.news = count, [(0.0, 0, 0)], threading.Condition()
        self.log = open(os.path.join(FOLDER, "refused.log"), "w", encoding="utf-8")
        self.process = subprocess.Popen([PROGRAM, "run", SERVER, world.world.CA, FOLDER, str(count)],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            at, controls, others = line.split()
            with self.news:
                self.seen.append((float(at), int(controls), int(others)))
                self.news.notify()

    def admitted(self, since):
        """When the last control connection, and the last of all, came back after all had gone: seconds after since."""
        def times():
            after = [row for row in self.seen if row[0] >= since]
            gone = next((i for i, row in enumerate(after) if row[1] < self.count), None)
            after = after[gone:] if gone is not None else []
            controls = next((row[0] - since for row in after if row[1] == self.count), None)
            return (controls, next((row[0] - since for row in after if row[1:] == (self.count, self.count)), None))

        deadline = time.monotonic() + LIMIT_S
        with self.news:
            while None in times():
                left = deadline - time.monotonic()
                assert left > 0, f"after {LIMIT_S} s {self.seen[-1][1:]} of {self.count} gateways are admitted"
                self.news.wait(left)
            return times()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


def used():
    pids = world.server_pids()
    return {role: cpu(pid) for role, pid in pids.items()}


def report(what, storm, since, before):
    controls, everything = storm.admitted(since)
    after = used()
    spent = {role: round(after[role] - (before.get(role, 0) if after[role] >= before.get(role, 0) else 0), 2) for role in after}
    emit(f"storm_{what}_{storm.count}", everything, "s", controls=controls, cpu_s=spent,
         gateways_cpu_s=cpu(storm.process.pid))
    emit(f"storm_{what}_{storm.count}_cpu", sum(spent.values()) / storm.count * 1000, "ms/gateway")


def memory(storm, empty):
    pids = world.server_pids()
    grown = {role: settled(lambda p=pid: private_kib(p)) - empty[role] for role, pid in pids.items()}
    emit(f"storm_memory_{storm.count}", sum(v for k, v in grown.items() if k != "mariadbd") / storm.count, "KiB/gateway",
         grown_kib=grown)


def killed(role):
    pid = world.server_pids()[role]
    since = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    return since


def main():
    enrol(COUNT)
    empty = world.memory(world.server_pids())
    before, since = used(), time.monotonic()
    storm = Storm(COUNT)
    try:
        report("first", storm, since, before)
        memory(storm, empty)
        for role in ("edge", "authority"):
            before = used()
            since = killed("sekisho-" + role)
            before["sekisho-" + role] = 0
            report(role, storm, since, before)
    finally:
        storm.close()
