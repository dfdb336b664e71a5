# SPDX-License-Identifier: GPL-3.0-or-later
"""H1: what leaves the server as evidence cannot be changed unnoticed. Recordings and exports of real sessions, changed at random.
SEKISHO_TAMPER_COUNT and SEKISHO_TAMPER_SEED make it a long run."""
import json
import shutil
import sys
import tempfile

from world import *  # noqa: F403
import world

COUNT = os.environ.get("SEKISHO_TAMPER_COUNT", "400")
SEED = os.environ.get("SEKISHO_TAMPER_SEED", "20261122")
HERE = os.path.dirname(os.path.abspath(__file__))
TAMPER = os.path.join(HERE, "../tamper/tamper.py")
PEER = os.path.join(HERE, "../peers/tlog.py")
VERIFY = os.path.join(world.BIN, "sekisho-verify")


def settled(api):
    state = api.get("/api/v1/audit/state")
    return state["pending"] == 0 and state["checkpoint"] and state["checkpoint"]["size"] == state["size"]


def record(lease, commands):
    """A session of a few commands, to its end; returns its id."""
    session, terminal = open_terminal("tanaka", lease)
    shell_ready(terminal)
    for i in range(commands):
        terminal.type(f"seq {i} {i + 200}; echo do''ne-{i}\r")
        terminal.wait_for(f"done-{i}")
    terminal.type("exit\r")
    terminal.wait_end()
    until(lambda: person("sato").get(f"/api/v1/sessions/{session['id']}")["state"] == "ended", "session ended")
    return session["id"]


class Tamper(Flow):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        sato = person("sato")
        _, lease = borrow()
        cls.sessions = [record(lease, commands) for commands in (5, 9)]
        until(lambda: settled(sato), "checkpoint")
        cls.vkey = sato.get("/api/v1/audit/state")["vkey"]
        cls.save("audit.jsonl", sato.get("/api/v1/audit/export"))
        for i, session in enumerate(cls.sessions):
            cls.save(f"{i}.skr", sato.get(f"/api/v1/recordings/{session}/raw"))
        until(lambda: settled(sato), "checkpoint of the downloads")
        cls.save("later.jsonl", sato.get("/api/v1/audit/export"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def save(cls, name, data):
        with open(cls.path(name), "wb") as f:
            f.write(data)

    def subjects(self):
        export = [VERIFY, "export", "{file}", "--vkey", self.vkey]
        rows = [{"name": "export", "file": self.path("audit.jsonl"), "others": [self.path("later.jsonl")], "unit": "line",
                 "place": "line", "verify": export, "found": [1]}]
        for i, session in enumerate(self.sessions):
            verify = [VERIFY, "recording", "{file}", "--export", self.path("audit.jsonl"), "--vkey", self.vkey, "--session", session]
            rows.append({"name": f"recording {i}", "file": self.path(f"{i}.skr"), "others": [self.path(f"{1 - i}.skr")],
                         "unit": "chunk", "place": "chunk", "foreign": True, "verify": verify, "found": [1, 3]})
        return rows

    def test_every_random_change_is_found_and_placed(self):
        self.save("subjects.json", json.dumps(self.subjects()).encode())
        run = subprocess.run([sys.executable, TAMPER, self.path("subjects.json"), "--count", COUNT, "--seed", SEED],
                             capture_output=True, text=True, check=False)
        print(run.stdout)
        self.assertEqual(run.returncode, 0, run.stdout[-2000:] + run.stderr)

    def test_a_finished_recording_without_its_last_chunks_is_found(self):
        with open(self.path("0.skr"), "rb") as f:
            data = f.read()
        sys.path.insert(0, os.path.dirname(TAMPER))
        from tamper import chunks
        units = chunks(data)
        for missing in range(1, len(units)):
            self.save("short.skr", b"".join(units[:-missing]))
            run = subprocess.run([VERIFY, "recording", self.path("short.skr"), "--export", self.path("audit.jsonl")],
                                 capture_output=True, text=True, check=False)
            self.assertEqual(run.returncode, 3, run.stdout)
            self.assertIn("the end is missing", run.stdout)

    def test_a_second_verifier_in_another_language_agrees(self):
        for name in ("audit.jsonl", "later.jsonl"):
            run = subprocess.run(["/usr/bin/python3", PEER, "export", self.path(name), "--vkey", self.vkey],
                                 capture_output=True, text=True, check=False)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        with open(self.path("audit.jsonl"), "rb") as f:
            data = f.read()
        for at in range(0, len(data) - 1, max(1, len(data) // 30)):
            bad = bytearray(data)
            bad[at] ^= 1
            self.save("bad.jsonl", bytes(bad))
            run = subprocess.run(["/usr/bin/python3", PEER, "export", self.path("bad.jsonl"), "--vkey", self.vkey],
                                 capture_output=True, text=True, check=False)
            self.assertEqual(run.returncode, 1, f"byte {at}: {run.stdout}{run.stderr}")


if __name__ == "__main__":
    import unittest
    unittest.main()
