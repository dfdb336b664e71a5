# SPDX-License-Identifier: GPL-3.0-or-later
"""A sekishod of the test's own: new folder, own address on the loopback, operations through the console."""
import os
import shutil
import signal
import subprocess
import tempfile
import time


def until(condition, what, seconds=180):
    """Polls a condition that must come true; the limit only bounds a failure."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"did not happen in {seconds} s: {what}")


def own_address():
    """Of this process alone, so that tests may run side by side."""
    pid = os.getpid()
    return f"127.{64 + (pid >> 16 & 63)}.{pid >> 8 & 255}.{pid & 255}"


def make_ca(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem"],
                   check=True, capture_output=True)


def make_certificate(folder, name, ca, alternative):
    """alternative: "IP:…" or "DNS:…"."""
    subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                    "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.csr"], check=True, capture_output=True)
    with open(f"{folder}/{name}.ext", "w", encoding="ascii") as f:
        f.write(f"subjectAltName={alternative}\n")
    subprocess.run(["openssl", "x509", "-req", "-in", f"{folder}/{name}.csr", "-CA", f"{folder}/{ca}.pem", "-CAkey",
                    f"{folder}/{ca}.key", "-CAcreateserial", "-days", "2", "-extfile", f"{folder}/{name}.ext", "-out",
                    f"{folder}/{name}.pem"], check=True, capture_output=True)


class OwnServer:
    def __init__(self, programs, settings=()):
        self.programs, self.folder, self.process = programs, tempfile.mkdtemp(prefix="sekisho-own."), None
        os.chmod(self.folder, 0o755)
        self.data, self.log = os.path.join(self.folder, "data"), os.path.join(self.folder, "log")
        self.address = own_address()
        self.settings = [f'data_dir = "{self.data}"', f'listen_address = "{self.address}"',
                         *settings]

    def start(self):
        with open(os.path.join(self.folder, "sekisho.conf"), "w", encoding="utf-8") as f:
            f.write("\n".join(self.settings) + "\n")
        with open(self.log, "ab") as log:
            # It ends with the test, however the test ends.
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", os.path.join(self.programs, "sekishod"), "--config", f.name],
                                            stdout=log, stderr=log)
        until(lambda: self.process.poll() is None and self.ctl("status", check=False).returncode == 0, "the server answers")

    def ctl(self, *arguments, check=True):
        return subprocess.run([os.path.join(self.programs, "sekishoctl"), "--socket", os.path.join(self.data, "run/ctl.sock"),
                               *arguments], capture_output=True, text=True, check=check, timeout=60)

    def op(self, operation, **fields):
        answer = self.ctl("op", operation, *(f"{key}={value}" for key, value in fields.items()))
        return dict(line.split("=", 1) for line in answer.stdout.splitlines() if "=" in line)

    def pid_of(self, role):
        found = subprocess.run(["pgrep", "-P", str(self.process.pid), "-f", f"sekisho-{role}"], capture_output=True, text=True,
                               check=False).stdout.split()
        return int(found[0]) if found else None

    def logged(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def stop(self, how=signal.SIGTERM):
        if self.process is not None:
            self.process.send_signal(how)
            try:
                self.process.wait(60)
            finally:
                self.process.kill()
                self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder)
