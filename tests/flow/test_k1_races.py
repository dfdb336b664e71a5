# SPDX-License-Identifier: GPL-3.0-or-later
"""K1: two at the same moment, over the network and through all processes: exactly one wins, and nothing is half done.
SEKISHO_RACES=N: so many rounds of each. Two approvers and two loans are raced in test_access, codes in test_signin."""
import tempfile
import threading

from world import *  # noqa: F403
import world

ROUNDS = int(os.environ.get("SEKISHO_RACES", "4"))


def at_once(*calls):
    """Each in a thread of its own, let go together; the answer or the ApiError of each."""
    start, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def one(i):
        start.wait()
        try:
            answers[i] = calls[i]()
        except ApiError as error:
            answers[i] = error
    threads = [threading.Thread(target=one, args=(i,)) for i in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def ask(login="tanaka"):
    api = person(login)
    return api.post("/api/v1/requests", {"account_ids": [account(api, "ops")["id"]], "purpose": "同時", "ticket": "K-1", "minutes": 30})


class Races(Flow):
    def rounds(self):
        for number in range(ROUNDS):
            with self.subTest(number):
                yield number

    def one_of(self, answers, *refusals):
        """The place of the one that won; the others were refused like that."""
        won = [i for i, answer in enumerate(answers) if not isinstance(answer, ApiError)]
        self.assertEqual(len(won), 1, answers)
        for answer in answers:
            if isinstance(answer, ApiError):
                self.assertIn((answer.status, answer.reason), refusals)
        return won[0]

    def test_revoke_against_connect(self):
        outcomes = set()
        for number in self.rounds():
            request, lease = borrow("tanaka")
            session = person("tanaka").post("/api/v1/sessions", {"lease_id": lease["id"]})
            ended, _ = at_once(lambda: self.connect(session),
                               lambda: self.revoke(lease, 0.06 * (number % 8)))
            outcomes.add(str(ended))
            state = until(lambda: self.over(session), "the session is over")
            self.assertIn(state, ("ended", "failed"))
            self.assertEqual(person("tanaka").get(f"/api/v1/requests/{request['id']}")["leases"][0]["state"], "revoked")
            self.refused(409, person("tanaka").post, "/api/v1/sessions", {"lease_id": lease["id"]}, reason="lease.not_active")
        print("ended with", outcomes)

    def revoke(self, lease, later):
        time.sleep(later)  # so that it comes before, during and after the other's way to a shell
        person("admin").post(f"/api/v1/leases/{lease['id']}/revoke", {"reason": "緊急停止"})

    def connect(self, session):
        terminal = person("tanaka").terminal(session["id"])
        try:
            return (terminal.wait_end() or [None, None])[1]
        finally:
            terminal.close()

    def over(self, session):
        state = person("tanaka").get(f"/api/v1/sessions/{session['id']}")["state"]
        return state not in ("waiting", "connecting", "live") and state

    def test_one_link_used_twice(self):
        for number in self.rounds():
            user = person("admin").post("/api/v1/users", {"login": f"k1-{os.getpid()}-{number}", "display_name": "k1", "roles": ["user"]})
            token = person("admin").post(f"/api/v1/users/{user['id']}/enrolment-link")["url"].split("#")[1]
            browsers = first, _ = browser(), browser()
            for api in browsers:
                api.source = (f"127.0.13.{1 + number % 250}", 0)  # an address may ask so often only
            uri = first.post("/api/v1/enrolment/totp", form={"token": token}).decode()
            first.seed = re.search("secret=([A-Z2-7]+)", uri).group(1)
            form = {"token": token, "password": world.PASSWORD, "code": first.next_code()}
            answers = at_once(*[lambda api=api: api.post("/api/v1/enrolment/complete", form=form) for api in browsers])
            won = self.one_of(answers, (404, "enrolment.invalid"))
            self.assertEqual(browsers[won].get("/api/v1/me")["id"], user["id"])
            self.refused(401, browsers[1 - won].get, "/api/v1/me")

    def test_one_gateway_token_used_twice(self):
        group = person("admin").get("/api/v1/gateway-groups")["items"][0]
        for number in self.rounds():
            gateway = person("admin").post("/api/v1/gateways", {"name": f"k1-{os.getpid()}-{number}", "group_id": group["id"]})
            made = person("admin").post(f"/api/v1/gateways/{gateway['id']}/token")
            with tempfile.TemporaryDirectory() as folder:
                answers = until(lambda: self.both_enrol(made, folder), "the address may enrol again")
                self.assertEqual(sorted(done.returncode == 0 for done in answers), [False, True], answers)
                for i, done in enumerate(answers):
                    self.assertEqual(os.path.exists(os.path.join(folder, str(i), "identity.pem")), done.returncode == 0)
            events = person("sato").get("/api/v1/audit", event="gateway.enrolled")["items"]
            self.assertEqual(sum(one["object"]["id"] == gateway["id"] for one in events), 1)

    def both_enrol(self, made, folder):
        """Nothing when both were told that this address asks too often: many rounds do."""
        answers = at_once(*[lambda i=i: self.enrol(made, os.path.join(folder, str(i))) for i in range(2)])
        return None if all("answered 429" in done.stderr for done in answers) else answers

    def enrol(self, made, folder):
        return subprocess.run([os.path.join(world.BIN, "sekisho-gateway"), "enrol", "--server", f"127.0.0.1:{world.PORT}", "--token-stdin",
                               "--ca-sha256", made["ca_sha256"], "--state", folder], input=made["token"], capture_output=True, text=True,
                              timeout=60)

    def test_approve_against_withdraw(self):
        for _ in self.rounds():
            path = f"/api/v1/requests/{ask()['id']}"
            won = self.one_of(at_once(lambda: person("suzuki").post(f"{path}/approve", {}), lambda: person("tanaka").post(f"{path}/withdraw")),
                              (409, "request.already_decided"))
            state = person("tanaka").get(path)
            self.assertEqual((state["state"], len(state["leases"])), ("approved", 1) if won == 0 else ("withdrawn", 0))
            for lease in state["leases"]:
                person("tanaka").post(f"/api/v1/leases/{lease['id']}/return")

    def test_one_approver_twice(self):
        for _ in self.rounds():
            path = f"/api/v1/requests/{ask()['id']}"
            self.one_of(at_once(*[lambda: person("suzuki").post(f"{path}/approve", {})] * 3), (409, "request.already_decided"))
            leases = person("tanaka").get(path)["leases"]
            self.assertEqual(len(leases), 1)
            person("tanaka").post(f"/api/v1/leases/{leases[0]['id']}/return")


if __name__ == "__main__":
    import unittest
    unittest.main()
