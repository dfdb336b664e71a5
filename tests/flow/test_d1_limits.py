# SPDX-License-Identifier: GPL-3.0-or-later
"""D1: windows, cuts, refusals, sign-in rules, as a person meets them."""
from world import *  # noqa: F403


class Limits(Flow):
    def test_early_return_and_revocation_cut_the_live_session(self):
        for how in ("return", "revoke"):
            _, lease = borrow("tanaka")
            _, terminal = open_terminal("tanaka", lease)
            shell_ready(terminal)
            if how == "return":
                person("tanaka").post(f"/api/v1/leases/{lease['id']}/return")
            else:
                person("admin").post(f"/api/v1/leases/{lease['id']}/revoke", {"reason": "緊急停止"})
            ended = terminal.wait_end()
            self.assertIn({"return": "lease_returned", "revoke": "lease_revoked"}[how], ended)

    def test_a_session_is_held_when_its_person_signs_out_and_kept_by_a_new_sign_in(self):
        tanaka = person("tanaka")
        _, lease = borrow("tanaka")
        session, terminal = open_terminal("tanaka", lease)
        shell_ready(terminal)
        keep = f"/api/v1/sessions/{session['id']}/keep"
        self.refused(409, tanaka.post, keep)
        tanaka.post("/api/v1/sign-out")
        terminal.wait_held(60)
        terminal.type("echo whi''le\r")
        self.refused(401, tanaka.post, keep)
        self.refused(404, person("suzuki").post, keep)
        tanaka.sign_in()
        tanaka.post(keep)
        terminal.wait_held(0)
        terminal.type("echo aft''er\r")
        self.assertNotIn("whi", terminal.wait_for("after"))
        events = [e["event"] for e in person("admin").get("/api/v1/audit", limit=50)["items"]]
        self.assertIn("session.held", events)
        self.assertIn("session.kept", events)
        tanaka.post(f"/api/v1/leases/{lease['id']}/return")
        self.assertIn("lease_returned", terminal.wait_end())

    def test_an_exclusive_account_is_lent_once(self):
        _, lease = borrow("tanaka", "root")
        try:
            with self.assertRaises(ApiError) as caught:
                borrow("yamada", "root")
            self.assertEqual(caught.exception.status, 409)
        finally:
            person("tanaka").post(f"/api/v1/leases/{lease['id']}/return")

    def test_wrong_sign_ins_answer_alike_and_a_code_works_once(self):
        tanaka = person("tanaka")
        stranger = browser()
        wrong = []
        for login, password in (("tanaka", "not the password"), ("nobody-here", "not the password")):
            error = self.refused(401, stranger.post, "/api/v1/sign-in", form={"login": login, "password": password, "code": "000000"})
            problem = dict(error.problem)
            problem.pop("trace")
            wrong.append(problem)
        self.assertEqual(wrong[0], wrong[1])
        again = browser()
        self.refused(401, again.sign_in, tanaka.login, tanaka.password, "123456")

    def test_bad_input_names_its_fields(self):
        api = person("tanaka")
        error = self.refused(422, api.post, "/api/v1/requests", {"account_ids": [], "purpose": "", "minutes": 0})
        self.assertTrue(error.problem["fields"])
        self.refused(415, api.call, "POST", "/api/v1/requests", octets=b"{}", headers={"Content-Type": "text/plain"})
        self.refused(400, api.call, "POST", "/api/v1/requests", octets=b"{", headers={"Content-Type": "application/json"})
        self.refused(404, api.get, "/api/v1/no-such-thing")
        self.refused(405, api.call, "DELETE", "/api/v1/me")
        self.refused(403, api.call, "POST", "/api/v1/requests", body={}, headers={"Origin": "https://evil.example"})

    @unittest.skipIf(sanitized(), "programs with sanitizers are not confined")
    def test_every_process_is_confined_leaves_no_core_and_the_overview_says_so(self):
        roles = ("authority", "edge", "keeper", "mail", "web", "worker")
        shown = until(lambda: [s for s in [person("admin").get("/api/v1/overview")["sandbox"]] if len(s) == len(roles)], "all reports")[0]
        self.assertEqual([one["role"] for one in shown], sorted(roles))
        for one in shown:
            self.assertTrue(one["seccomp"] and one["identity"], one)
            self.assertGreaterEqual(one["landlock_abi"], 0)
        for role in ("sekishod", *("sekisho-" + role for role in roles)):
            for pid in pids(role):
                with self.subTest(role=role):
                    with open(f"/proc/{pid}/limits", encoding="ascii") as f:
                        limits = {line[:26].strip(): line[26:].split()[:2] for line in f}
                    self.assertEqual(limits["Max core file size"], ["0", "0"])
                    soft, hard = limits["Max locked memory"]
                    self.assertEqual(soft, hard)  # 64 MiB, or what this machine allows
                    self.assertTrue(soft == "unlimited" or 1 << 20 <= int(soft) <= 64 << 20, soft)
                    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
                        status = dict(line.split(":", 1) for line in f)
                    if role != "sekishod":
                        self.assertEqual(status["Seccomp"].strip(), "2")
                    if role in ("sekishod", "sekisho-keeper", "sekisho-authority"):
                        self.assertGreater(int(status["VmLck"].split()[0]), 0)
        self.assertNotIn("memory_not_locked", log())

    def test_a_test_message_says_what_the_mail_server_answered(self):
        api = person("admin")
        self.refused(409, api.post, "/api/v1/mail/test")  # none is set
        me, mail = api.get("/api/v1/users/" + api.get("/api/v1/me")["id"]), api.get("/api/v1/mail")

        def change(path, version, **body):
            api.call("PATCH", path, body=body, headers={"If-Match": f'"{version}"'})
        change("/api/v1/mail", mail["version"], host="127.0.0.1", port=9, security="loopback", sender="sekisho@example.org")
        self.refused(409, api.post, "/api/v1/mail/test")  # no address of one's own
        change("/api/v1/users/" + me["id"], me["version"], email="admin@example.org")
        api.post("/api/v1/mail/test")
        test = until(lambda: [t for t in [api.get("/api/v1/mail")["test"]] if t["state"] == "failed"], "one attempt")[0]
        self.assertIn("127.0.0.1 port 9", test["error"])
        change("/api/v1/mail", api.get("/api/v1/mail")["version"], host="")
        self.assertIn("enrolled", [notice["kind"] for notice in api.get("/api/v1/me/notices")["items"]])

    def test_a_user_sees_only_what_is_theirs(self):
        api = person("yamada")
        for path in ("/api/v1/users", "/api/v1/audit", "/api/v1/targets", "/api/v1/gateways", "/api/v1/overview"):
            self.refused(403, api.get, path)
        until(lambda: person("sato").get("/api/v1/audit", event="access.refused")["items"], "refusals are audited")


if __name__ == "__main__":
    import unittest
    unittest.main()
