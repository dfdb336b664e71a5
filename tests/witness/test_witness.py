# SPDX-License-Identifier: GPL-3.0-or-later
"""Gateways are witnesses of the audit log: data folder and keeper's memory put back together are found out at the next start."""
import os
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../support"), os.path.join(HERE, "../peers"), os.path.join(HERE, "../flow")]
from own_api import OwnApi  # noqa: E402
from own_server import OwnServer, until  # noqa: E402
from sekisho_client import ApiError  # noqa: E402
import tlog  # noqa: E402

BIN = os.environ["SEKISHO_BIN"]
PASSWORD = "quiet-mountain-gate-7"


class Witness(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = OwnServer(BIN, ["gateway_beat_seconds = 1"])
        cls.addClassCleanup(cls.server.remove)
        cls.server.settings += ['public_url = "https://localhost:8443"', f'server_names = {{"localhost", "{cls.server.address}"}}']
        cls.server.start()
        cls.state = os.path.join(cls.server.folder, "gateway")
        group = cls.server.op("gateway_groups.create", name="site")["id"]
        cls.gateway_id = cls.server.op("gateways.create", name="gw", group_id=group)["id"]
        token = cls.server.op("gateways.token", id=cls.gateway_id)
        enrol = [os.path.join(BIN, "sekisho-gateway"), "enrol", "--server", f"{cls.server.address}:8443", "--ca-sha256",
                 token["ca_sha256"], "--token-stdin", "--state", cls.state]
        enrolled = until(lambda: (lambda run: run if run.returncode == 0 else None)(
            subprocess.run(enrol, input=token["token"], text=True, check=False, capture_output=True)), "enrolment (until edge has its certificate)")
        assert enrolled
        cls.run_gateway()
        cls.addClassCleanup(cls.end_gateway)

    @classmethod
    def run_gateway(cls):
        with open(os.path.join(cls.server.folder, "gateway.log"), "ab") as log:
            cls.gateway = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", os.path.join(BIN, "sekisho-gateway"), "run", "--state",
                                            cls.state], stdout=log, stderr=log)

    @classmethod
    def end_gateway(cls):
        cls.gateway.terminate()
        cls.gateway.wait(60)

    def held(self, name="witness"):
        """Size of the checkpoint in the gateway's file, as a second verifier reads it; 0: none."""
        path = os.path.join(self.state, name)
        if not os.path.exists(path):
            return 0
        with open(path, encoding="utf-8") as f:
            vkey, note = f.read().split("\n", 1)
        return tlog.open_checkpoint(note, vkey)[0]

    def signed(self):
        with open(os.path.join(self.server.data, "checkpoints/vkey"), encoding="ascii") as key, \
                open(os.path.join(self.server.data, "checkpoints/latest"), encoding="utf-8") as note:
            return tlog.open_checkpoint(note.read(), key.read().strip())[0]

    def administrator(self):
        ca = os.path.join(self.server.folder, "ca.pem")
        with open(ca, "w", encoding="ascii") as f:
            f.write(self.server.ctl("ca").stdout)
        link = next(word for word in self.server.ctl("bootstrap", "root").stdout.split() if "#" in word)
        api = OwnApi(self.server.address, port=8443, ca=ca)
        api.enrol(link, PASSWORD)
        return api

    def test_a_restored_older_copy_is_reported_until_somebody_acknowledges_it(self):
        server, kept = self.server, os.path.join(self.server.folder, "kept")
        api = self.administrator()
        until(lambda: self.held() > 0, "the gateway holds a checkpoint")
        refused = server.ctl("op", "witnesses.acknowledge", check=False)
        self.assertIn("witness.no_alarm", refused.stdout + refused.stderr)

        server.stop()
        shutil.copytree(server.data, kept, symlinks=True, copy_function=copy_with_owner, ignore=sockets)
        own_like(server.data, kept)
        server.start()
        before = self.signed()
        for i in range(20):
            server.op("gateway_groups.create", name=f"lost {i}")
        until(lambda: self.held() >= before + 20, "the gateway was handed what is signed since")
        server.stop()
        self.end_gateway()
        newest = self.held()  # whatever was still on its way when it held that much
        shutil.rmtree(server.data)
        os.rename(kept, server.data)
        server.start()
        self.run_gateway()

        until(lambda: "todo.rolled_back" in todo(api), "it is reported")
        events = api.get("/api/v1/audit", event="audit.rolled_back")["items"]
        self.assertEqual([e["object"]["id"] for e in events], [self.gateway_id])
        self.assertIn(str(newest), str(events[0]["leaf"]))
        for i in range(newest):  # a new history grows beyond the old one: it is not taken for it
            server.op("gateway_groups.create", name=f"new {i}")
        until(lambda: self.signed() > newest, "the new history is the longer one")
        self.assertEqual(self.held(), newest, "a witness never goes back")
        self.assertEqual(len(api.get("/api/v1/audit", event="audit.rolled_back")["items"]), 1, "reported once")

        api.post("/api/v1/witnesses/acknowledge")
        # Its chain value is newer than the restored one: the gateway is held as a copy until somebody decides, too.
        server.op("gateways.release", id=self.gateway_id)
        self.end_gateway()
        self.run_gateway()
        self.assertNotIn("todo.rolled_back", api.get("/api/v1/overview")["todo"])
        until(lambda: self.held("witness.superseded") == newest, "the evidence is kept aside")
        until(lambda: self.held() >= self.signed(), "the gateway follows the new history")
        self.assertNotIn("todo.rolled_back", api.get("/api/v1/overview")["todo"])
        self.assertEqual(len(api.get("/api/v1/audit", event="audit.rollback_acknowledged")["items"]), 1)


def todo(api):
    try:
        return api.get("/api/v1/overview")["todo"]
    except (OSError, ApiError):
        return []  # just started: it has no certificate yet, or not all of its processes


def sockets(folder, names):
    return [name for name in names if name.endswith(".sock")]


def copy_with_owner(source, target):
    shutil.copy2(source, target)
    own_one(source, target)


def own_one(source, target):
    found = os.stat(source)
    os.chown(target, found.st_uid, found.st_gid)
    os.chmod(target, found.st_mode & 0o7777)


def own_like(source, target):
    for folder, _, _ in os.walk(source):
        own_one(folder, target + folder[len(source):])


if __name__ == "__main__":
    unittest.main()
