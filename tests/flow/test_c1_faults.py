# SPDX-License-Identifier: GPL-3.0-or-later
"""C1: a dead process, a frozen or refusing database: nothing confirmed is lost, no secret leaves unaudited."""
import http.client
import json
import signal
import tempfile

from world import *  # noqa: F403
import world


def sql(statement):
    """As the database's owner: the test plays the disk and the administrator."""
    return subprocess.run(["mariadb", "--no-defaults", "--protocol=socket", "-S", os.path.join(world.VAR, "data/run/db.sock"),
                           "-u", "root", "-e", statement, "sekisho"], capture_output=True, text=True)


class Faults(Flow):
    def test_web_and_edge_die_and_a_session_of_theirs_goes_on_or_ends_cleanly(self):
        session, terminal = open_terminal("tanaka")
        shell_ready(terminal)
        for pid in pids("sekisho-web"):
            os.kill(pid, signal.SIGKILL)
        terminal.type("echo still-$((1+1))\r")
        terminal.wait_for("still-2")
        until(lambda: self._answers(), "web is back")
        self.assertEqual(person("tanaka").get(f"/api/v1/sessions/{session['id']}")["state"], "live")
        before = person("tanaka").get("/api/v1/requests", scope="mine")["items"]
        for pid in pids("sekisho-edge"):
            os.kill(pid, signal.SIGKILL)
        until(lambda: self._answers(), "edge is back")
        after = person("tanaka").get("/api/v1/requests", scope="mine")["items"]
        self.assertEqual([r["id"] for r in before], [r["id"] for r in after])
        terminal.close()

    def _answers(self):
        try:
            return person("tanaka").get("/api/v1/me")["login"] == "tanaka"
        except (OSError, ApiError):
            return False

    def _new_broker(self, before):
        new = set(pids("sekisho-broker")) - before
        self.assertEqual(len(new), 1)
        return new.pop()

    def test_a_dead_broker_touches_one_session_and_its_recording_verifies_up_to_the_cut(self):
        sato = person("sato")
        before = set(pids("sekisho-broker"))
        one, first = open_terminal("tanaka")
        shell_ready(first)
        broker = self._new_broker(before)
        _, second = open_terminal("yamada")
        shell_ready(second)
        self._new_broker(before | {broker})
        os.kill(broker, signal.SIGKILL)
        first.wait_end()
        second.type("echo alive-$((2+3))\r")
        second.wait_for("alive-5")
        until(lambda: sato.get(f"/api/v1/sessions/{one['id']}")["state"] == "broken", "session broken")
        until(lambda: sato.get("/api/v1/audit", event="session.broken")["items"], "session.broken event")
        until(lambda: sato.get("/api/v1/audit/state")["pending"] == 0, "sequenced")
        sato.post(f"/api/v1/recordings/{one['id']}/views")
        lines = sato.get(f"/api/v1/recordings/{one['id']}/events", first=0, count=1000).decode()
        self.assertIn("ready-42", lines)
        second.close()

    def test_what_a_person_saw_before_the_cut_is_in_the_recording_and_verifies_offline(self):
        sato = person("sato")
        before = set(pids("sekisho-broker"))
        session, terminal = open_terminal("tanaka")
        shell_ready(terminal)
        broker = self._new_broker(before)
        terminal.type("i=0; while :; do i=$((i+1)); echo line-$i-関所; done\r")
        terminal.wait_for("line-500-")
        os.kill(broker, signal.SIGKILL)  # in the middle of the flood
        terminal.wait_end()
        self.assertGreater(len(terminal.output), 5000)
        recording = f"/api/v1/recordings/{session['id']}"
        until(lambda: sato.get(f"/api/v1/sessions/{session['id']}")["recording"]["state"] == "broken", "head named")
        sato.post(f"{recording}/views")
        text, chunks = "", len(sato.get(f"{recording}/index")["chunks"])
        for first in range(0, chunks, 100):
            for line in sato.get(f"{recording}/events", first=first, count=100).decode().splitlines():
                event = json.loads(line)
                text += event[2] if len(event) == 3 and event[1] == "o" else ""
        seen = terminal.output.decode(errors="ignore")  # the cut may be inside a character
        self.assertIn(seen, text)
        until(lambda: self._signed(sato), "the end is under a signed checkpoint")
        with tempfile.TemporaryDirectory() as folder:
            skr, export = os.path.join(folder, "one.skr"), os.path.join(folder, "audit.jsonl")
            with open(skr, "wb") as f:
                f.write(sato.get(f"{recording}/raw"))
            with open(export, "wb") as f:
                f.write(sato.get("/api/v1/audit/export"))
            vkey = sato.get("/api/v1/audit/state")["vkey"]
            verify = [os.path.join(world.BIN, "sekisho-verify"), "recording", skr, "--export", export, "--vkey", vkey]
            whole = subprocess.run(verify, capture_output=True, text=True)
            self.assertIn(whole.returncode, (0, 3), whole.stdout)
            if whole.returncode == 3:
                self.assertRegex(whole.stdout, r"verified up to chunk \d+")
            else:
                self.assertIn("in the audit log says", whole.stdout)  # session.broken names the head
            with open(skr, "r+b") as f:  # somebody cuts more off: not unnoticed
                f.truncate(os.path.getsize(skr) - 1000)
            less = subprocess.run(verify, capture_output=True, text=True)
            self.assertEqual(less.returncode, 3, less.stdout)
            self.assertRegex(less.stdout, r"verified up to chunk \d+")

    def _signed(self, api):
        state = api.get("/api/v1/audit/state")
        return state["pending"] == 0 and state["checkpoint"] and state["checkpoint"]["size"] == state["size"]

    def test_an_answer_whose_replay_process_dies_does_not_look_whole(self):
        sato = person("sato")
        session, terminal = open_terminal("tanaka")
        shell_ready(terminal)
        terminal.type("head -c 2500000 /dev/urandom | base64; echo '--do''ne--'\r")
        terminal.wait_for("--done--")  # hyphens: random base64 has every word of four letters now and then
        terminal.send(b"\x02")
        terminal.wait_end()
        recording = f"/api/v1/recordings/{session['id']}"
        until(lambda: sato.get(f"/api/v1/sessions/{session['id']}")["recording"]["state"] == "complete", "recorded")
        sato.post(f"{recording}/views")
        for kind in ("cast", "raw", "events?first=0&count=10000"):
            with self.subTest(kind):
                whole = len(sato.raw("GET", f"{recording}/{kind}")[2])
                until(lambda: not pids("sekisho-replay"), "its process is gone")
                connection = sato._connect()
                self.addCleanup(connection.close)
                connection.request("GET", f"{recording}/{kind}", headers=sato._headers({}))
                answer = connection.getresponse()
                self.assertEqual(answer.status, 200)
                got = len(answer.read(1000))
                os.kill(until(lambda: pids("sekisho-replay"), "a replay process")[0], signal.SIGKILL)
                with self.assertRaises(http.client.IncompleteRead) as cut:
                    answer.read()
                self.assertLess(got + len(cut.exception.partial), whole)

    def test_a_frozen_database_gives_503_and_recovers(self):
        api = person("tanaka")
        database = pids("mariadbd")
        self.assertEqual(len(database), 1)
        os.kill(database[0], signal.SIGSTOP)
        try:
            self.refused(503, api.get, "/api/v1/requests", scope="mine")
        finally:
            os.kill(database[0], signal.SIGCONT)
        until(lambda: self._answers(), "recovered without restart")

    def test_a_frozen_authority_or_keeper_gives_503_and_recovers(self):
        admin = person("admin")
        ops = next(a for t in admin.get("/api/v1/targets")["items"] for a in admin.get(f"/api/v1/targets/{t['id']}")["accounts"]
                   if a["name"] == "ops")
        secret = f"/api/v1/accounts/{ops['id']}/secret?kind=password"
        octets = {"octets": b"never stored", "headers": {"Content-Type": "application/octet-stream"}}
        form = {"form": {"login": "tanaka", "password": world.PASSWORD, "code": "000000"}}
        asked = {"sekisho-authority": ((admin.call, ("GET", "/api/v1/users"), {}), (admin.call, ("PUT", secret), octets),
                                       (browser().call, ("POST", "/api/v1/sign-in"), form)),
                 "sekisho-keeper": ((admin.call, ("PUT", secret), octets), (browser().call, ("POST", "/api/v1/sign-in"), form))}
        for role, calls in asked.items():
            frozen = pids(role)
            self.assertEqual(len(frozen), 1)
            os.kill(frozen[0], signal.SIGSTOP)
            try:
                for call, arguments, named in calls:
                    with self.subTest(role=role, call=arguments):
                        self.refused(503, call, *arguments, **named)
            finally:
                os.kill(frozen[0], signal.SIGCONT)
            until(lambda: self._answers(), "recovered without restart")
            self.assertEqual(pids(role), frozen)

    def test_an_unwritable_audit_table_stops_every_release(self):
        _, lease = borrow("tanaka")
        api = person("tanaka")
        session = api.post("/api/v1/sessions", {"lease_id": lease["id"]})
        blocked = sql("REVOKE INSERT ON sekisho.audit_event FROM 'sekisho_authority'@'localhost'")
        self.assertEqual(blocked.returncode, 0, blocked.stderr)
        try:
            terminal = api.terminal(session["id"])
            terminal.wait_end()
            self.assertNotIn(b"$", terminal.output)
            self.refused(503, api.post, "/api/v1/requests", {"account_ids": [account(api, "ops")["id"]], "purpose": "x", "ticket": "T", "minutes": 5})
        finally:
            sql("GRANT INSERT ON sekisho.audit_event TO 'sekisho_authority'@'localhost'")
        until(lambda: self._borrows(), "recovered without restart")

    def _borrows(self):
        try:
            return borrow("yamada")
        except ApiError:
            return None


if __name__ == "__main__":
    import unittest
    unittest.main()
