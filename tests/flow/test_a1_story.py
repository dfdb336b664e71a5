# SPDX-License-Identifier: GPL-3.0-or-later
"""A1: ask, approve, open a recorded session through the gateway, check it afterwards."""
import json
import tempfile

from world import *  # noqa: F403
import world


def save(path, data):
    with open(path, "wb") as f:
        f.write(data)


class Story(Flow):
    def test_the_whole_story(self):
        tanaka, suzuki, sato = person("tanaka"), person("suzuki"), person("sato")
        root = account(tanaka, "root")
        self.assertIsNone(root["lease"])

        request = tanaka.post("/api/v1/requests", {"account_ids": [root["id"]], "purpose": "障害対応", "ticket": "INC-7", "minutes": 60})
        self.assertEqual(request["state"], "pending")
        self.assertIn(request["id"], [r["id"] for r in suzuki.get("/api/v1/requests", scope="approvals")["items"]])
        self.refused(403, tanaka.post, f"/api/v1/requests/{request['id']}/approve", {})
        suzuki.post(f"/api/v1/requests/{request['id']}/approve", {})
        request = tanaka.get(f"/api/v1/requests/{request['id']}")
        self.assertEqual(request["state"], "approved")

        session, terminal = open_terminal("tanaka", request["leases"][0])
        shell_ready(terminal)
        terminal.type("echo '関所 テスト'; id\r")
        output = terminal.wait_for("uid=0(root)")
        self.assertIn("関所", output)
        terminal.type("exit\r")
        ended = terminal.wait_end()
        self.assertIsNotNone(ended)

        until(lambda: sato.get(f"/api/v1/sessions/{session['id']}")["state"] == "ended", "session ended")
        sato.post(f"/api/v1/recordings/{session['id']}/views")
        index = sato.get(f"/api/v1/recordings/{session['id']}/index")
        self.assertTrue(any("; id" in command for _, command in index["commands"]), index)
        lines = sato.get(f"/api/v1/recordings/{session['id']}/events", first=0, count=1000).decode().splitlines()
        events = [json.loads(line) for line in lines]
        self.assertIn("関所", "".join(e[2] for e in events if e[1] == "o"))
        self.assertTrue(sato.get(f"/api/v1/recordings/{session['id']}/integrity")["ok"])
        self.refused(403, tanaka.get, f"/api/v1/recordings/{session['id']}/index")

        cast = sato.get(f"/api/v1/recordings/{session['id']}/cast")
        with tempfile.NamedTemporaryFile(suffix=".cast") as f:
            f.write(cast)
            f.flush()
            played = subprocess.run(["script", "-qec", f"stty -opost; asciinema cat {f.name}", "/dev/null"],
                                    capture_output=True, timeout=60, stdin=subprocess.DEVNULL,
                                    env={**os.environ, "LC_ALL": "C.UTF-8"})
            self.assertEqual(played.returncode, 0, played.stderr)
            self.assertIn("関所".encode(), played.stdout)

        now = time.time()
        when = {name: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + by)) for name, by in (("from", -3600), ("to", 3600))}
        report = sato.get("/api/v1/reports/privileged-use", format="csv", bom="1", **when).decode("utf-8")
        self.assertTrue(report.startswith("\ufeff"))
        self.assertIn("INC-7", report)
        self.assertIn(request["number"], report)
        html = sato.get("/api/v1/reports/privileged-use", format="html", **when).decode()
        self.assertIn(request["number"], html)
        self.assertNotIn("style=", html)

    def test_an_export_verifies_offline_and_one_changed_byte_does_not(self):
        sato = person("sato")
        sato.sign_in()  # an enrolment is not judged
        session, terminal = open_terminal("tanaka")
        shell_ready(terminal)
        terminal.type("exit\r")
        terminal.wait_end()
        until(lambda: sato.get(f"/api/v1/sessions/{session['id']}")["state"] == "ended", "session ended")
        until(lambda: sato.get("/api/v1/audit/state")["pending"] == 0, "sequenced")
        state = sato.get("/api/v1/audit/state")
        until(lambda: (lambda s: s["checkpoint"] and s["checkpoint"]["size"] == s["size"])(sato.get("/api/v1/audit/state")), "checkpoint")
        export = sato.get("/api/v1/audit/export")
        raw = sato.get(f"/api/v1/recordings/{session['id']}/raw")
        verify = os.path.join(world.BIN, "sekisho-verify")
        with tempfile.TemporaryDirectory() as folder:
            path, skr = os.path.join(folder, "audit.jsonl"), os.path.join(folder, "session.skr")
            save(path, export)
            save(skr, raw)
            good = subprocess.run([verify, "export", path, "--vkey", state["vkey"]], capture_output=True, text=True)
            self.assertEqual(good.returncode, 0, good.stdout + good.stderr)
            self.assertRegex(good.stdout, r"[1-9][0-9]* decisions about sign-ins made again \([0-9]+ allow, [1-9][0-9]* step up, 0 block\), 0 of another model")
            good = subprocess.run([verify, "recording", skr, "--export", path], capture_output=True, text=True)
            self.assertEqual(good.returncode, 0, good.stdout + good.stderr)
            for at in range(len(export) // 3, len(export) - 2, max(1, len(export) // 40)):
                bad = bytearray(export)
                bad[at] ^= 1
                save(path, bad)
                answer = subprocess.run([verify, "export", path, "--vkey", state["vkey"]], capture_output=True, text=True)
                self.assertEqual(answer.returncode, 1, f"byte {at}: {answer.stdout}{answer.stderr}")
            save(path, export)
            for at in range(0, len(raw), max(1, len(raw) // 60)):
                bad = bytearray(raw)
                bad[at] ^= 1
                save(skr, bad)
                answer = subprocess.run([verify, "recording", skr, "--export", path], capture_output=True, text=True)
                self.assertEqual(answer.returncode, 1, f"byte {at}: {answer.stdout}{answer.stderr}")


if __name__ == "__main__":
    import unittest
    unittest.main()
