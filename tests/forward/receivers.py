# SPDX-License-Identifier: GPL-3.0-or-later
"""rsyslog and syslog-ng as they come from Debian, each on TLS (RFC 5425) with a file that shows how it parsed a message."""
import base64
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time

PEERS = os.environ.get("SEKISHO_SYSLOG_PEERS", "/nowhere")
PORT = 6514

RSYSLOG = """
global(workDirectory="{folder}" maxMessageSize="256k" DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="{ca}"
  DefaultNetstreamDriverCertFile="{certificate}.pem" DefaultNetstreamDriverKeyFile="{certificate}.key"
  parser.escapeControlCharactersOnReceive="off")
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
template(name="line" type="string" string="%msgid%|%pri%|%structured-data%|%msg%\\n")
input(type="imtcp" address="{address}" port="6514")
action(type="omfile" file="{out}" template="line")
"""
SYSLOG_NG = """@version: 3.38
options {{ log-msg-size(262144); flush-lines(1); stats-freq(0); }};
source s {{ syslog(ip("{address}") port(6514) transport("tls")
  tls(key-file("{certificate}.key") cert-file("{certificate}.pem") ca-file("{ca}") peer-verify(required-trusted))); }};
destination d {{ file("{out}" template("${{MSGID}}|${{PRI}}|${{SDATA}}|${{MSG}}\\n")); }};
log {{ source(s); destination(d); }};
"""


class Receiver:
    """Started and stopped as often as wished; what it wrote stays."""

    def __init__(self, server, kind):
        self.kind, self.folder, self.process = kind, server.folder, None
        self.address, self.out = server.address, os.path.join(server.folder, f"{kind}.out")

    def command(self, certificate):
        values = {"folder": self.folder, "ca": f"{self.folder}/ca.pem", "certificate": f"{self.folder}/{certificate}",
                  "address": self.address, "out": self.out}
        conf = os.path.join(self.folder, f"{self.kind}.conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write((RSYSLOG if self.kind == "rsyslog" else SYSLOG_NG).format(**values))
        at = os.path.join(self.folder, self.kind)
        if self.kind == "rsyslog":
            return [f"{PEERS}/usr/sbin/rsyslogd", "-n", "-f", conf, "-i", f"{at}.pid", "-M", f"{PEERS}/usr/lib/x86_64-linux-gnu/rsyslog"]
        return [f"{PEERS}/usr/sbin/syslog-ng", "-F", "--no-caps", "-f", conf, "-p", f"{at}.pid", "-R", f"{at}.persist", "-c", f"{at}.ctl",
                "--module-path", f"{PEERS}/usr/lib/syslog-ng/3.38"]

    def start(self, certificate="receiver"):
        with open(os.path.join(self.folder, f"{self.kind}.log"), "ab") as log:
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *self.command(certificate)], stdout=log, stderr=log,
                                            env={**os.environ, "LD_LIBRARY_PATH": f"{PEERS}/usr/lib:{PEERS}/usr/lib/syslog-ng"})
        deadline = time.monotonic() + 90
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > deadline:
                with open(os.path.join(self.folder, f"{self.kind}.log"), encoding="utf-8") as f:
                    raise AssertionError(f"{self.kind} did not start: {f.read()}")
            time.sleep(0.02)

    def listens(self):
        listening = subprocess.run(["ss", "-Hltn", f"src {self.address}:{PORT}"], capture_output=True, text=True, check=True)
        return bool(listening.stdout.strip())

    def stop(self, how=signal.SIGTERM):
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(90)
            self.process = None

    def messages(self):
        """(message id, parameters of the structured data, text) of each whole line."""
        if not os.path.exists(self.out):
            return []
        with open(self.out, encoding="utf-8-sig", newline="\n") as f:
            lines = f.read().split("\n")[:-1]
        found = []
        for line in lines:
            name, _, data, text = line.split("|", 3)
            values = dict(re.findall(r'([a-zA-Z]+)="((?:[^"\\]|\\.)*)"', data))
            found.append((name, {key: re.sub(r"\\(.)", r"\1", value) for key, value in values.items()}, text.removeprefix("\ufeff")))
        return found

    def events(self):
        """n → the set of its leaves, and how often an event came beyond its first time."""
        leaves, doubled = {}, 0
        for name, values, text in self.messages():
            if name != "checkpoint":
                doubled += int(values["n"]) in leaves
                leaves.setdefault(int(values["n"]), set()).add((values["leafHash"], text))
        return leaves, doubled

    def checkpoints(self):
        return [base64.b64decode(values["note"]).decode() for name, values, _ in self.messages() if name == "checkpoint"]


class LastMile:
    """Between sender and receiver. While it swallows, it takes what comes after a handshake and passes nothing on:
    to the sender a receiver whose kernel takes events that its process will never read. It does not tell how much of
    what it passed on was read: a receiver is stopped behind it only while it swallows."""
    HANDSHAKE = 6000  # bytes of the sender that always pass; more than its certificate needs

    def __init__(self, listen, target):
        self.target, self.swallowing, self.open = target, False, []
        self.swallowed, self.swallowed_ends = 0, 0
        self.listener = socket.create_server(listen)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            far = socket.socket()
            try:
                far.connect(self.target)
            except OSError:
                self._reset(near)
                continue
            self.open += [near, far]
            for pump in (self._up, self._down):
                threading.Thread(target=pump, args=(near, far), daemon=True).start()

    @staticmethod
    def _reset(end):
        try:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.shutdown(socket.SHUT_RD)  # wakes the thread that reads it
        except OSError:
            pass
        end.close()

    def _up(self, near, far):
        passed = 0
        try:
            while data := near.recv(65536):
                if self.swallowing and passed >= self.HANDSHAKE:
                    self.swallowed += len(data)
                else:
                    far.sendall(data)
                    passed += len(data)
            if self.swallowing and passed >= self.HANDSHAKE:
                self.swallowed_ends += 1
            else:
                far.shutdown(socket.SHUT_WR)
        except OSError:
            self._reset(far)

    def _down(self, near, far):
        try:
            while data := far.recv(65536):
                near.sendall(data)
            if not self.swallowing:
                near.shutdown(socket.SHUT_WR)
                return
        except OSError:
            pass
        self._reset(near)

    def reset(self):
        """As the kernel of a killed receiver does with a connection it holds unread bytes of."""
        while self.open:
            self._reset(self.open.pop())

    def close(self):
        self._reset(self.listener)
        self.reset()
