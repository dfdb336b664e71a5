# SPDX-License-Identifier: GPL-3.0-or-later
"""The running demo as the flow tests see it: its people, its folder, its processes."""
import os
import re
import subprocess
import time
import unittest

from sekisho_client import PATIENCE, Api, ApiError  # noqa: F401  (re-exported to the tests)

VAR = os.environ["SEKISHO_VAR"]
BIN = os.environ["SEKISHO_BIN"]
PORT = int(os.environ.get("SEKISHO_PORT", "8443"))
SITE = os.environ["SEKISHO_SITE_NS"]
CA = os.path.join(VAR, "ca.pem")
SOCKET = os.path.join(VAR, "data/run/ctl.sock")
PASSWORD = "quiet-mountain-gate-7"
_people = {}


def links():
    found = {}
    with open(os.path.join(VAR, "links.txt"), encoding="utf-8") as f:
        for line in f:
            parts = line.split()
            if parts:
                found[parts[0]] = parts[-1]
    return found


def browser():
    return Api(port=PORT, ca=CA)


def person(login):
    """Signed in; enrols at first use."""
    if login not in _people:
        api = browser()
        api.enrol(links()[login], PASSWORD)
        _people[login] = api
    return _people[login]


def ctl(*arguments, stdin=None, check=True):
    return subprocess.run([os.path.join(BIN, "sekishoctl"), "--socket", SOCKET, *arguments], input=stdin,
                          capture_output=True, text=True, check=check, timeout=60)


def pids(role):
    """Processes of this installation with that executable name: those of this network namespace,
    and those of the site, which name the installation's folder in their arguments."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                arguments = f.read().decode(errors="replace").split("\0")
            namespace = os.readlink(f"/proc/{pid}/ns/net")
        except OSError:
            continue
        ours = namespace == os.readlink("/proc/self/ns/net") or any(VAR in a for a in arguments[1:])
        if os.path.basename(arguments[0].split(" ")[0].rstrip(":")) == role and ours:
            found.append(int(pid))
    return found


def sanitized():
    """Programs with a sanitizer's run-time, which are not confined."""
    with open(os.path.join(BIN, "sekishod"), "rb") as f:
        program = f.read()
    return b"__asan_init" in program or b"__tsan_init" in program


def in_site(*command):
    """Runs a command in the site's network namespace."""
    return subprocess.run(["nsenter", "-t", str(pids("sekisho-gateway")[0]), "-n", *command], capture_output=True, text=True)


def until(condition, what, seconds=PATIENCE):
    """Polls a condition that must come true; the limit only bounds a failure."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"did not happen in {seconds} s: {what}")


def account(api, name):
    for target in api.get("/api/v1/my/targets")["items"]:
        for one in target["accounts"]:
            if one["name"] == name:
                return one
    raise AssertionError(f"no account {name}")


def borrow(user="tanaka", name="ops", minutes=60, approver="suzuki"):
    """Request and approval; returns (request, lease)."""
    asking = person(user)
    request = asking.post("/api/v1/requests", {"account_ids": [account(asking, name)["id"]], "purpose": "定期点検",
                                               "ticket": "INC-1234", "minutes": minutes})
    person(approver).post(f"/api/v1/requests/{request['id']}/approve", {})
    request = asking.get(f"/api/v1/requests/{request['id']}")
    return request, request["leases"][0]


def open_terminal(user="tanaka", lease=None, name="ops"):
    api = person(user)
    if lease is None:
        _, lease = borrow(user, name)
    session = api.post("/api/v1/sessions", {"lease_id": lease["id"]})
    return session, api.terminal(session["id"])


def shell_ready(terminal):
    """Past banner and prompt: what is typed next reaches a shell. Typing before "live" is dropped by design."""
    terminal.wait_stage(5, 1)
    terminal.type("echo rea''dy-$((40+2))\r")
    terminal.wait_for("ready-42")


def log():
    with open(os.path.join(VAR, "sekisho.log"), encoding="utf-8", errors="replace") as f:
        return f.read()


def age(api):
    """The last proof in that session is an hour old."""
    session = next(one["id"] for one in api.get("/api/v1/me/sessions")["items"] if one["current"]).replace("-", "")
    subprocess.run(["mariadb", "--no-defaults", "-S", os.path.join(VAR, "data/run/db/db.sock"), "-u", "root", "sekisho", "-e",
                    "UPDATE auth_session SET authenticated_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR WHERE id = "
                    f"UNHEX('{session}')"], check=True, capture_output=True)


class Flow(unittest.TestCase):
    maxDiff = None

    def refused(self, status, call, *arguments, reason=None, **named):
        with self.assertRaises(ApiError) as caught:
            call(*arguments, **named)
        self.assertEqual(caught.exception.status, status, caught.exception)
        if reason:
            self.assertEqual(caught.exception.reason, reason)
        return caught.exception


__all__ = [n for n in dir() if not n.startswith("_")] + ["re", "subprocess", "os", "time"]
