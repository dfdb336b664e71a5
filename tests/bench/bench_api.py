# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests of the API and new TLS connections beside nginx answering with the same bytes; audited writes."""
import json
import os
import subprocess

import bench_audit
import bench_world as world
from measure import SMOKE, compare, cpu, emit, middle, sized

PROGRAMS, PORT = os.environ["SEKISHO_BENCH_BIN"], 9445
FRONT = ("sekisho-edge", "sekisho-web", "sekisho-authority", "mariadbd")


class Nginx:
    """Workers that answer from memory, with a P-256 certificate and no session tickets, as edge has."""

    def __init__(self, answer, workers, port=PORT):
        self.port, self.folder = port, os.path.join(world.world.VAR, f"nginx-{workers}")
        os.makedirs(self.folder)
        self.ca = os.path.join(self.folder, "cert.pem")
        key = os.path.join(self.folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", self.ca],
                       check=True, stderr=subprocess.DEVNULL)
        with open(os.path.join(self.folder, "answer.json"), "wb") as f:
            f.write(answer)
        os.chmod(self.folder, 0o755)
        config = os.path.join(self.folder, "nginx.conf")
        with open(config, "w", encoding="ascii") as f:
            f.write(f"""daemon off; worker_processes {workers}; pid {self.folder}/pid; error_log {self.folder}/error.log;
events {{ worker_connections 2048; }}
http {{ access_log off; default_type application/json; keepalive_requests 1000000;
  client_body_temp_path {self.folder}/a; proxy_temp_path {self.folder}/b; fastcgi_temp_path {self.folder}/c;
  uwsgi_temp_path {self.folder}/d; scgi_temp_path {self.folder}/e; open_file_cache max=10;
  server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {self.ca}; ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3; ssl_session_tickets off; ssl_session_cache off;
    location / {{ root {self.folder}; try_files /answer.json =404; }} }} }}
""")
        self.process = subprocess.Popen(["nginx", "-c", config])
        world.world.until(lambda: os.path.exists(os.path.join(self.folder, "pid")), "nginx runs")

    def pids(self):
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True,
                                  check=True).stdout
        return [self.process.pid, *map(int, children.split())]

    def close(self):
        self.process.terminate()
        self.process.wait()


def request_file(name, method, path, body=b"", user="tanaka", **headers):
    api = world.world.person(user)
    lines = {"Host": f"localhost:{api.port}", "Accept": "application/json",
             "Cookie": "; ".join(f"{k}={v}" for k, v in api.cookies.items()), **headers}
    if method != "GET":
        lines |= {"X-Sekisho": "1", "Origin": f"https://localhost:{api.port}", "Content-Type": "application/json",
                  "Content-Length": str(len(body))}
    path_of = os.path.join(world.world.VAR, name)
    with open(path_of, "wb") as f:
        f.write(f"{method} {path} HTTP/1.1\r\n".encode() + "".join(f"{k}: {v}\r\n" for k, v in lines.items()).encode() +
                b"\r\n" + body)
    os.chmod(path_of, 0o600)
    return path_of


def load(mode, port, ca, connections, request, pids):
    """(requests a second, processor time of each in microseconds, p50 ms, p99 ms)."""
    *figures, bad = tried(mode, port, ca, connections, request, pids)
    # Web's patience ends after 0.9 s: on a machine that stands still for so long an answer may be 503.
    assert figures[0] > 0 and (SMOKE or bad == 0), f"{bad} answers were not 2xx ({mode} {request})"
    return figures


def tried(mode, port, ca, connections, request, pids):
    """The same, and how many answers were not 2xx: what takes longer than web's patience is told so."""
    seconds = sized(3.0, 0.3)
    before = sum(cpu(p) for p in pids)
    said = subprocess.run([os.path.join(PROGRAMS, "bench_load"), mode, str(port), ca, str(seconds), str(connections), request],
                          capture_output=True, text=True, check=True).stdout.split()
    rate, p50, p99, bad = float(said[0]), float(said[1]), float(said[2]), int(said[3])
    return rate, 1e6 * (sum(cpu(p) for p in pids) - before) / max(rate * seconds, 1), p50, p99, bad


def beside(name, mode, connections, request, ours, peers):
    """peers: name -> nginx; the rounds alternate among all."""
    rows = {who: [] for who in ("ours", *peers)}
    for _ in range(sized(5, 1)):
        rows["ours"].append(load(mode, world.world.PORT, world.world.CA, connections, request, ours))
        for who, nginx in peers.items():
            rows[who].append(load(mode, nginx.port, nginx.ca, connections, request, nginx.pids()))
    for at, (word, unit) in enumerate((("", "1/s"), ("_cpu", "us"), ("_p50", "ms"), ("_p99", "ms"))):
        column = {who: [max(row[at], 1e-9) for row in rows[who]] for who in rows}
        for who in peers:
            compare(name + word, unit, column["ours"], who, column[who])


def writes(pids):
    """Requests for an account: each a transaction with its audit event, answered when it is on the disk."""
    api = world.world.person("tanaka")
    wish = {"account_ids": [world.world.account(api, "ops")["id"]], "purpose": "load", "ticket": "INC-1", "minutes": 60}
    request = request_file("write", "POST", "/api/v1/requests", json.dumps(wish).encode())
    for connections in (4, 40):
        rows, bare = [], []
        for _ in range(sized(3, 1)):
            rows.append(load("kept", world.world.PORT, world.world.CA, connections, request, [pids[r] for r in FRONT]))
            bare.append(bench_audit.run("bench_audit", connections)[3])
        rates, used, p50, p99 = zip(*rows)
        compare(f"audited_writes_{connections}", "1/s", rates, "bare_insert", bare)
        emit(f"audited_write_{connections}_cpu", middle(used), "us")
        emit(f"audited_write_{connections}_p99", middle(p99), "ms", p50=middle(p50))


def main():
    api = world.world.person("tanaka")
    status, _, answer = api.raw("GET", "/api/v1/me")
    assert status == 200
    request = request_file("me", "GET", "/api/v1/me")
    health = request_file("health", "GET", "/api/v1/health", Connection="close")
    pids = world.server_pids()
    peers = {"nginx": Nginx(answer, 2), "nginx_of_one_process": Nginx(answer, 1, PORT + 1)}
    try:
        ours, edge = [pids[role] for role in FRONT], [pids["sekisho-edge"]]
        for connections in (4, 40):
            beside(f"api_me_{connections}", "kept", connections, request, ours, {"nginx": peers["nginx"]})
        beside("tls_new", "new", 16, health, edge, peers)
        beside("tls_handshake", "handshake", 16, health, edge, peers)
    finally:
        for nginx in peers.values():
            nginx.close()
    writes(pids)
    emit("api_answer", len(answer), "bytes")
