# SPDX-License-Identifier: GPL-3.0-or-later
"""M1: sign-in with OpenID providers: one that does as told here, lies included, and two that others have made."""
import json
import os
import re
import subprocess
import sys
import time
import unittest
import urllib.parse

from world import PASSWORD, CA, PORT, VAR, Flow, age, browser, person  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [f"{ROOT}/tests/support", f"{ROOT}/tests/peers/oidc"]
from openid_provider import SLOW, Authority, Provider, rsa  # noqa: E402
from providers import Glewlwyd, OidcProvider  # noqa: E402

CALLBACK = "/api/v1/sign-in/oidc/callback"
LISTED = "127.0.0.1 ::1"


def go(api, path):
    """A browser's navigation: where it is sent."""
    status, headers, _ = api.raw("GET", path, headers={"Sec-Fetch-Site": "cross-site" if path.startswith(CALLBACK) else "same-origin",
                                                       "Accept": "text/html"})
    assert status == 303, (status, headers)
    return headers["location"]


def path_of(answer):
    return CALLBACK + "?" + urllib.parse.urlencode(answer)


class Providers(Flow):
    """What is done with a provider; op and row are the one that is meant where none is named."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = Authority(VAR)
        cls.admin = person("admin")

    @classmethod
    def change(cls, row, **body):
        version = cls.admin.get(f"/api/v1/identity-providers/{row['id']}")["version"]
        return cls.admin.call("PATCH", f"/api/v1/identity-providers/{row['id']}", body=body,
                              headers={"If-Match": f'"{version}"'})

    @classmethod
    def make(cls, name, op, **settings):
        row = cls.admin.post("/api/v1/identity-providers", {"kind": "oidc", "name": name, "issuer": op.issuer,
                                                           "client_id": op.client})
        cls.admin.call("PUT", f"/api/v1/identity-providers/{row['id']}/secret", octets=op.secret.encode())
        cls.change(row, addresses=LISTED, trust=cls.authority.pem, **settings)
        fetched = cls.admin.post(f"/api/v1/identity-providers/{row['id']}/fetch")
        assert fetched["problem"] is None and fetched["fetched_at"], fetched
        return cls.change(row, enabled=True)

    def archive(self, row):
        version = self.admin.get(f"/api/v1/identity-providers/{row['id']}")["version"]
        self.admin.call("DELETE", f"/api/v1/identity-providers/{row['id']}", headers={"If-Match": f'"{version}"'})

    def visit(self, api, row=None, op=None, change=None, **who):
        """To the provider and back: the address the browser comes back to. change: of what it is asked."""
        location = go(api, f"/api/v1/sign-in/with/{(row or self.row)['id']}")
        self.assertTrue(location.startswith((op or self.op).entrance + "?"), location)
        redirect, answer = (op or self.op).authorize(change(location) if change else location, **who)
        self.assertEqual(redirect, f"https://localhost:{PORT}{CALLBACK}")
        return answer

    def sign_in(self, api, *arguments, **named):
        return go(api, path_of(self.visit(api, *arguments, **named)))

    def refusals(self):
        return [one["leaf"]["reason"] for one in self.admin.get("/api/v1/audit", event="auth.sign_in_refused", limit=50)["items"]]

    def releases(self):
        """Of the client's secret, recorded."""
        found = self.admin.get("/api/v1/audit", event="secret.released", limit=100)["items"]
        return [one["leaf"]["data"]["kind"] for one in found].count("oidc")

    def assert_refused(self, reason, place="/signin?failed=provider", **named):
        """With the provider as it is set now."""
        before = self.refusals().count(reason)
        self.assertEqual(self.sign_in(browser(), **named), place)
        self.assertEqual(self.refusals().count(reason), before + 1, self.refusals()[:3])

    def enrolled(self, login, roles=("auditor",)):
        """Somebody new, signed in."""
        api = browser()
        user = self.admin.post("/api/v1/users", {"login": login, "display_name": login, "roles": list(roles)})
        api.enrol(self.admin.post(f"/api/v1/users/{user['id']}/enrolment-link")["url"], PASSWORD)
        return api

    def link(self, api, row=None, op=None):
        begun = api.post(f"/api/v1/me/identities/link/{(row or self.row)['id']}")
        _, answer = (op or self.op).authorize(begun["location"])
        return go(api, path_of(answer))


class OpenId(Providers):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.op = Provider(cls.authority, 9443)
        cls.row = cls.make("Example", cls.op)

    @classmethod
    def tearDownClass(cls):
        cls.op.close()

    def setUp(self):
        self.op.claims, self.op.header, self.op.document, self.op.answers = {}, {}, {}, {}
        self.op.says_issuer, self.op.signs = True, "k1"

    def test_who_is_linked_signs_in_with_the_own_second_factor(self):
        api = person("tanaka")
        self.op.claims = {"sub": "s-tanaka", "preferred_username": "tanaka"}
        self.assertEqual(self.link(api), "/profile")
        own = api.get("/api/v1/me/identities")["items"]
        self.assertEqual([(one["provider"], one["display"]) for one in own], [("Example", "tanaka")])
        shown = browser().get("/api/v1/sign-in/providers")["items"]
        self.assertEqual([one["name"] for one in shown], ["Example"])
        other = browser()
        before = self.releases()
        self.assertEqual(self.sign_in(other), "/signin/second")
        self.assertEqual(self.releases(), before + 1)
        self.refused(401, other.get, "/api/v1/me")
        wrong = self.refused(401, other.post, "/api/v1/sign-in/second", form={"code": "000000"})
        self.assertEqual(wrong.problem["reason"], "sign_in.failed")
        code = api.next_code()
        never = self.refused(401, browser().post, "/api/v1/sign-in/second", form={"code": code})
        self.assertEqual(never.problem["reason"], "federation.expired")
        me = other.post("/api/v1/sign-in/second", form={"code": code})
        self.assertEqual(me["login"], "tanaka")
        over = self.refused(401, other.post, "/api/v1/sign-in/second", form={"code": code})
        self.assertEqual(over.problem["reason"], "federation.expired")
        events = [one["event"] for one in self.admin.get("/api/v1/audit", limit=50)["items"]]
        for event in ("auth.identity_linked", "auth.provider_asked", "auth.provider_answered", "auth.sign_in"):
            self.assertIn(event, events)
        api.call("DELETE", f"/api/v1/me/identities/{own[0]['id']}")
        self.assert_refused("federation.not_linked")

    def test_a_sign_in_from_a_page_without_scripts_comes_back_to_pages(self):
        api = person("suzuki")
        self.op.claims = {"sub": "s-plain", "preferred_username": "suzuki"}
        self.link(api)
        own = api.get("/api/v1/me/identities")["items"]
        other = browser()
        begin = f"/plain/with/{self.row['id']}"
        self.assertIn(f'href="{begin}"', other.get("/plain").decode())
        _, answer = self.op.authorize(go(other, begin))
        self.assertEqual(go(other, path_of(answer)), "/signin/second")
        self.assertEqual(go(other, "/signin/second"), "/plain/second")
        form = re.search(r'name="form" value="([^"]*)"', other.get("/plain/second").decode())[1]

        def second(code):
            _, headers, _ = other.raw("POST", "/plain/second", urllib.parse.urlencode({"code": code, "form": form}).encode(),
                                      {"Content-Type": "application/x-www-form-urlencoded"})
            return headers["location"]

        self.assertEqual(second("000000"), "/plain/second?told=wrong")
        self.refused(401, other.get, "/api/v1/me")
        self.assertEqual(second(api.next_code()), "/plain/session")
        self.assertEqual(other.get("/api/v1/me")["login"], "suzuki")
        self.op.says_issuer = False
        strange = browser()
        _, answer = self.op.authorize(go(strange, begin))
        self.assertEqual(go(strange, go(strange, path_of(answer))), "/plain?told=provider")
        api.call("DELETE", f"/api/v1/me/identities/{own[0]['id']}")

    def test_linking_and_a_test_need_a_sign_in_there_that_is_new(self):
        api = self.enrolled("stale")
        begun = api.post(f"/api/v1/me/identities/link/{self.row['id']}")["location"]
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(begun).query))
        self.assertEqual((asked["max_age"], asked["prompt"]), ("60", "login"))
        for auth_time in (None, int(time.time()) - 90):
            with self.subTest(auth_time):
                self.op.claims = {"sub": "s-stale", "auth_time": auth_time}
                self.assertEqual(self.link(api), "/profile?failed=provider")
                self.assertEqual(self.refusals()[0], "oidc.auth_time")
                begun = self.admin.post(f"/api/v1/identity-providers/{self.row['id']}/test")
                place = go(self.admin, path_of(self.op.authorize(begun["location"])[1]))
                test = self.admin.get(f"/api/v1/identity-providers/{self.row['id']}/tests/{place.split('=')[-1]}")
                self.assertEqual((test["accepted"], test["reason"]), (False, "oidc.auth_time"))
                self.assert_refused("federation.not_linked")  # a sign-in does not ask
        self.assertEqual(api.get("/api/v1/me/identities")["items"], [])

    def test_a_sign_in_is_renewed_at_the_provider_that_it_came_from(self):
        api, other = self.enrolled("renews"), browser()
        place = f"/api/v1/me/step-up/with/{self.row['id']}"
        fresh = f"/api/v1/me/identities/link/{self.row['id']}"
        right = {"sub": "s-renews", "preferred_username": "renews", "amr": ["mfa"]}
        self.op.claims = right
        self.assertEqual(self.link(api), "/profile")
        self.refused(422, self.change, self.row, step_up=True)
        self.change(self.row, second_factor="trust", contexts="mfa")
        self.addCleanup(self.change, self.row, second_factor="ask", step_up=False)
        self.assertEqual(self.sign_in(other), "/")
        age(other)
        age(api)
        self.refused(409, other.post, place)  # not unless it is switched on
        self.change(self.row, step_up=True)
        self.assertEqual([one["name"] for one in other.get("/api/v1/me/step-up/providers")["items"]], ["Example"])
        self.assertEqual(api.get("/api/v1/me/step-up/providers")["items"], [])
        self.refused(409, api.post, place)  # it began here
        for reason, claims in (("oidc.auth_time", {**right, "auth_time": int(time.time()) - 90}), ("oidc.auth_time", {**right, "auth_time": None}),
                               ("federation.other_identity", {**right, "sub": "s-other"}),
                               ("federation.no_second_factor", {**right, "amr": ["pwd"]})):
            with self.subTest(reason):
                self.op.claims = claims
                _, answer = self.op.authorize(other.post(place)["location"])
                self.assertEqual(go(other, path_of(answer)), "/profile?failed=provider")
                self.assertEqual(self.refusals()[0], reason)
                self.refused(401, other.post, fresh, reason="auth.not_fresh")
        self.op.claims = right
        asked = other.post(place)["location"]
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(asked).query))
        self.assertEqual((query["max_age"], query["prompt"]), ("60", "login"))
        _, answer = self.op.authorize(asked)
        self.assertEqual(go(browser(), path_of(answer)), "/signin?failed=expired")  # another browser has it, and it is spent
        self.refused(401, other.post, fresh, reason="auth.not_fresh")
        _, answer = self.op.authorize(other.post(place)["location"])
        self.assertEqual(go(other, path_of(answer)), "/?stepped_up=1")
        self.assertIn("location", other.post(fresh))
        self.refused(401, api.post, fresh, reason="auth.not_fresh")  # that session alone
        self.assertEqual(go(other, path_of(answer)), "/profile?failed=expired")
        event = self.admin.get("/api/v1/audit", event="auth.stepped_up", limit=1)["items"][0]["leaf"]["data"]
        self.assertEqual((event["factor"], event["provider"]), ("oidc", "Example"))
        begun = other.post(place)["location"]
        self.change(self.row, enabled=False)
        self.addCleanup(self.change, self.row, enabled=True)
        age(other)
        self.assertEqual(go(other, path_of(self.op.authorize(begun)[1])), "/profile?failed=provider")
        self.assertEqual(self.refusals()[0], "federation.disabled")
        self.refused(401, other.post, fresh, reason="auth.not_fresh")

    def test_an_administrator_sees_and_unlinks_somebodys_identity(self):
        api, watcher = person("suzuki"), person("tanaka")
        self.op.claims = {"sub": "s-suzuki", "preferred_username": "suzuki"}
        self.assertEqual(self.link(api), "/profile")
        me = api.get("/api/v1/me")
        place = f"/api/v1/users/{me['id']}/identities"
        seen = self.admin.get(place)["items"]
        self.assertEqual([(one["provider"], one["display"]) for one in seen], [("Example", "suzuki")])
        gone = f"{place}/{seen[0]['id']}"
        self.refused(403, watcher.get, place)
        self.refused(403, watcher.call, "DELETE", gone)
        other = self.admin.get("/api/v1/me")["id"]
        self.refused(404, self.admin.call, "DELETE", f"/api/v1/users/{other}/identities/{seen[0]['id']}")
        self.assertEqual(api.get("/api/v1/me")["login"], "suzuki")
        self.admin.call("DELETE", gone)
        self.assertEqual(self.admin.get(place)["items"], [])
        self.refused(401, api.get, "/api/v1/me")
        self.assert_refused("federation.not_linked")

    def test_a_trusted_second_factor_and_somebody_new(self):
        self.change(self.row, second_factor="trust", contexts="mfa", provision=True, login_attribute="preferred_username",
                    display_attribute="name", mapping=[{"attribute": "groups", "value": "ops", "role": "user"}])
        self.op.claims = {"sub": "s-new", "preferred_username": "newcomer", "name": "新人", "groups": ["ops"], "amr": ["pwd"]}
        self.assert_refused("federation.no_second_factor")
        self.op.claims["amr"] = ["pwd", "mfa"]
        api = browser()
        self.assertEqual(self.sign_in(api), "/")
        me = api.get("/api/v1/me")
        self.assertEqual((me["login"], me["display_name"], me["roles"]), ("newcomer", "新人", ["user"]))
        self.change(self.row, second_factor="ask", provision=False, mapping=[])

    def test_groups_and_roles_follow_the_provider_once_the_sign_in_is_complete(self):
        api, other = self.enrolled("follows", ["user"]), browser()
        self.assertEqual(self.admin.get(f"/api/v1/identity-providers/{self.row['id']}")["mapping_applies"], "sign_in")
        self.op.claims = {"sub": "s-follows", "preferred_username": "follows", "groups": ["auditors"], "amr": ["mfa"]}
        self.assertEqual(self.link(api), "/profile")
        before = api.get("/api/v1/me")["roles"]
        self.assertNotIn("auditor", before)
        self.change(self.row, mapping=[{"attribute": "groups", "value": "auditors", "role": "auditor", "privileged": True}])
        self.addCleanup(self.change, self.row, second_factor="ask", mapping=[])
        self.assertEqual(self.sign_in(other), "/signin/second")
        self.refused(401, other.post, "/api/v1/sign-in/second", form={"code": "000000"})
        self.assertEqual(api.get("/api/v1/me")["roles"], before)
        self.assertIn("auditor", other.post("/api/v1/sign-in/second", form={"code": api.next_code()})["roles"])
        self.assertIn("auditor", api.get("/api/v1/me")["roles"])
        self.assertGreaterEqual(self.admin.get(f"/api/v1/identity-providers/{self.row['id']}")["given_people"], 1)
        self.change(self.row, enabled=False)
        self.assertEqual(api.get("/api/v1/me")["roles"], before, "it rests")
        self.change(self.row, enabled=True)
        self.assertIn("auditor", api.get("/api/v1/me")["roles"])
        self.op.claims["groups"] = []
        self.change(self.row, second_factor="trust", contexts="mfa")
        self.assertEqual(self.sign_in(browser()), "/")
        self.assertEqual(api.get("/api/v1/me")["roles"], before)
        events = [one["leaf"]["data"] for one in self.admin.get("/api/v1/audit", event="auth.mapping_applied", limit=10)["items"]]
        self.assertEqual([(one.get("roles"), one.get("roles_taken")) for one in events[:2]], [(None, "auditor"), ("auditor", None)])
        for own in api.get("/api/v1/me/identities")["items"]:
            api.call("DELETE", f"/api/v1/me/identities/{own['id']}")

    def test_answers_that_are_not_this_browsers_or_not_new(self):
        api = browser()
        answer = self.visit(api)
        self.assertEqual(go(browser(), path_of(answer)), "/signin?failed=expired")
        self.assertIn("federation.browser", self.refusals())
        self.assertEqual(go(api, path_of(answer)), "/signin?failed=expired")
        self.assertIn("federation.replayed", self.refusals())
        self.assertEqual(go(api, path_of({**self.visit(api), "state": "A" * 43})), "/signin?failed=expired")
        self.assertIn("federation.state", self.refusals())
        self.assertEqual(go(api, CALLBACK + "?code=x"), "/signin?failed=provider")
        answer = self.visit(api)
        go(api, path_of(answer))
        stolen = self.visit(api)
        stolen["code"] = answer["code"]
        self.assertEqual(go(api, path_of(stolen)), "/signin?failed=provider")
        self.assertIn("oidc.code_refused", self.refusals())
        self.assertEqual(go(api, path_of({"state": self.visit(api)["state"], "iss": self.op.issuer, "error": "access_denied"})),
                         "/signin?failed=provider")
        self.assertIn("oidc.provider_refused", self.refusals())

    def test_an_answer_of_one_provider_is_not_taken_to_another(self):
        evil = Provider(self.authority, 9444)
        try:
            row = self.make("Other", evil)
            api = browser()
            for change in (lambda answer: answer.update(iss=self.op.issuer), lambda answer: answer.pop("iss")):
                wrong = self.visit(api, row, evil)
                change(wrong)
                before = len(self.op.seen) + len([path for path in evil.seen if path.endswith("/token")])
                self.assertEqual(go(api, path_of(wrong)), "/signin?failed=provider")
                self.assertEqual(len(self.op.seen) + len([path for path in evil.seen if path.endswith("/token")]), before)
            self.assertEqual(self.refusals()[:2], ["oidc.mix_up"] * 2)
            self.archive(row)
            self.assertEqual(go(api, f"/api/v1/sign-in/with/{row['id']}"), "/signin?failed=provider")
        finally:
            evil.close()

    def test_tokens_that_are_not_for_us_are_refused_and_recorded(self):
        for changes, reason in (({"claims": {"nonce": "x"}}, "oidc.nonce"), ({"claims": {"aud": "other"}}, "oidc.audience"),
                                ({"claims": {"iss": self.op.issuer + "/"}}, "oidc.issuer"),
                                ({"claims": {"exp": 1}}, "oidc.expired"), ({"header": {"alg": "none"}}, "oidc.algorithm"),
                                ({"header": {"jku": "https://localhost:9443/realm/keys"}}, "oidc.header"),
                                ({"claims": {"at_hash": "AAAA"}}, "oidc.at_hash")):
            self.setUp()
            for name, value in changes.items():
                setattr(self.op, name, value)
            with self.subTest(reason):
                self.assert_refused(reason)

    def test_new_keys_are_fetched_once_and_the_old_ones_stay_in_force(self):
        self.op.claims = {"sub": "s-keys"}
        with self.subTest("a name nobody knows, soon after the last fetch"):
            self.op.keys["hidden"] = rsa.generate_private_key(65537, 2048)
            self.op.signs = "hidden"
            asked = self.op.seen.count("/realm/keys")
            self.assert_refused("oidc.key_unknown")
            self.assertEqual(self.op.seen.count("/realm/keys"), asked)
        with self.subTest("a fetch that fails changes nothing"):
            self.op.signs = "k1"
            self.op.answers = {"/realm/keys": (500, (), b"{}")}
            row = self.admin.post(f"/api/v1/identity-providers/{self.row['id']}/fetch")
            self.assertEqual(row["problem"], "oidc.status")
            self.op.answers = {}
            self.assert_refused("federation.not_linked")  # so the token was accepted
        with self.subTest("a new key"):
            self.op.keys["k2"] = rsa.generate_private_key(65537, 2048)
            self.op.signs = "k2"
            self.assertIsNone(self.admin.post(f"/api/v1/identity-providers/{self.row['id']}/fetch")["problem"])
            self.assert_refused("federation.not_linked")

    def test_hostile_metadata_is_refused_and_the_old_one_stays(self):
        path = "/realm/.well-known/openid-configuration"
        fetch = f"/api/v1/identity-providers/{self.row['id']}/fetch"
        known = self.admin.get(f"/api/v1/identity-providers/{self.row['id']}")["fetched_at"]
        for answers, document, problem in (
                ({path: (302, (("Location", "https://localhost:9443/elsewhere"),), b"")}, {}, "oidc.redirect"),
                ({path: (200, (), b"x" * 400000)}, {}, "oidc.too_large"), ({path: (200, (), b'{"issuer":1,"issuer":2}')}, {}, "oidc.document"),
                ({path: (404, (), b"{}")}, {}, "oidc.status"), ({}, {"issuer": self.op.issuer + "/"}, "oidc.other_issuer"),
                ({}, {"jwks_uri": "http://localhost:9443/realm/keys"}, "oidc.document"),
                ({}, {"token_endpoint": "https://user@localhost:9443/realm/token"}, "oidc.document"),
                ({}, {"jwks_uri": "https://169.254.169.254/keys"}, "oidc.address"),
                ({"/realm/keys": (302, (("Location", "https://localhost:9443/realm/elsewhere"),), b"")}, {}, "oidc.redirect"),
                ({"/realm/keys": (200, (), b"x" * 400000)}, {}, "oidc.too_large"), ({"/realm/keys": (200, (), b"[]")}, {}, "oidc.document"),
                ({"/realm/keys": (SLOW, (), b"")}, {}, "oidc.slow"),
                ({}, {"code_challenge_methods_supported": ["plain"]}, "oidc.no_pkce"),
                ({}, {"id_token_signing_alg_values_supported": ["HS256"]}, "oidc.algorithm")):
            self.op.answers, self.op.document = answers, document
            with self.subTest(problem):
                row = self.admin.post(fetch)
                self.assertEqual((row["problem"], row["fetched_at"]), (problem, known))
        self.setUp()
        with self.subTest("an address nobody listed"):
            self.change(self.row, addresses="")
            self.assertEqual(self.admin.post(fetch)["problem"], "oidc.address")
            self.assert_refused("oidc.address", "/signin?failed=unavailable")
            self.change(self.row, addresses=LISTED)
        with self.subTest("a certificate nobody trusts"):
            self.change(self.row, trust="")
            self.assertEqual(self.admin.post(fetch)["problem"], "oidc.tls")
            self.change(self.row, trust=self.authority.pem)
        self.assertIsNone(self.admin.post(fetch)["problem"])

    def notice(self, token, row=None):
        """As the provider sends it: no browser, no header of ours."""
        status, _, body = browser().raw("POST", f"/api/v1/sign-in/with/{(row or self.row)['id']}/logout",
                                        "logout_token=" + urllib.parse.quote(token) + "&more=1",
                                        {"Content-Type": "application/x-www-form-urlencoded"})
        return status, body

    def notices(self):
        return [one["leaf"].get("reason") or one["leaf"]["data"].get("ended", "ended")
                for one in self.admin.get("/api/v1/audit", event="auth.provider_signed_out", limit=50)["items"]]

    def trusted(self, subject, session):
        """Somebody signed in with nothing but the provider's word."""
        self.op.claims = {"sub": subject, "amr": ["mfa"], "sid": session}
        api = browser()
        self.assertEqual(self.sign_in(api), "/")
        return api

    def test_a_logout_at_the_provider_ends_the_sessions_that_it_names(self):
        self.op.claims = {"sub": "s-sato", "preferred_username": "sato"}
        sato = person("sato")
        self.assertEqual(self.link(sato), "/profile")
        self.change(self.row, second_factor="trust", contexts="mfa")
        first, second = self.trusted("s-sato", "x-1"), self.trusted("s-sato", "x-2")
        token = self.op.logout_token(sub="s-sato", sid="x-1")
        for wrong, reason in ((self.op.logout_token(sub="s-sato", aud="other"), "oidc.audience"),
                              (self.op.logout_token(sub="s-sato", iss="https://localhost:9999/realm"), "oidc.issuer"),
                              (self.op.logout_token(sub="s-sato", iat=int(time.time()) - 3600), "oidc.issued"),
                              (self.op.logout_token(sub="s-sato", exp=int(time.time()) - 300), "oidc.expired"),
                              (self.op.logout_token(sub="s-sato", nonce="n"), "oidc.nonce"),
                              (self.op.logout_token(sub="s-sato", events={}), "oidc.event"),
                              (self.op.logout_token(sub="s-sato", jti=None), "oidc.token_id"), (self.op.logout_token(), "oidc.subject"),
                              (self.op.logout_token({"alg": "none"}, sub="s-sato"), "oidc.algorithm"),
                              (self.op.token({"nonce": "n"}), "oidc.event"), (token[:-8] + "AAAAAAAA", "oidc.signature"), ("x", "oidc.token_form")):
            with self.subTest(reason):
                self.assertEqual(self.notice(wrong)[0], 400)
                self.assertEqual(self.notices()[0], reason)
        self.assertEqual([first.get("/api/v1/me")["login"], second.get("/api/v1/me")["login"]], ["sato", "sato"])
        self.assertEqual(self.notice(token)[0], 200)
        self.assertEqual(self.notices()[0], "ended")
        self.refused(401, first.get, "/api/v1/me")
        self.assertEqual(second.get("/api/v1/me")["login"], "sato")
        third = self.trusted("s-sato", "x-1")
        self.assertEqual(self.notice(token)[0], 400)
        self.assertEqual(self.notices()[0], "oidc.replayed")
        self.assertEqual(third.get("/api/v1/me")["login"], "sato")
        self.assertEqual(self.notice(self.op.logout_token(sub="s-sato"))[0], 200)
        self.refused(401, second.get, "/api/v1/me")
        self.refused(401, third.get, "/api/v1/me")
        self.assertEqual(sato.get("/api/v1/me")["login"], "sato")  # signed in here, not there
        self.assertEqual(self.notice(self.op.logout_token(sub="s-nobody"))[0], 200)
        self.assertEqual(self.notices()[0], "none")
        with self.subTest("a key that is new soon after the last fetch: not now, and then accepted"):
            self.addCleanup(setattr, self.op, "signs", self.op.signs)
            self.addCleanup(self.op.keys.pop, "k-new")
            self.addCleanup(self.op.keys.pop, "hidden-new")
            self.assertIsNone(self.admin.post(f"/api/v1/identity-providers/{self.row['id']}/fetch")["problem"])
            self.op.keys["k-new"], self.op.keys["hidden-new"] = (rsa.generate_private_key(65537, 2048) for _ in range(2))
            self.op.signs = "k-new"
            token = self.op.logout_token(sub="s-nobody")
            asked = self.op.seen.count("/realm/keys")
            self.assertEqual(self.notice(token)[0], 503)
            self.assertEqual((self.notices()[0], self.op.seen.count("/realm/keys")), ("oidc.key_unknown", asked))
            self.a_minute_later()
            self.assertEqual(self.notice(token)[0], 200)
            self.assertEqual((self.notices()[0], self.op.seen.count("/realm/keys")), ("none", asked + 1))
            self.a_minute_later()
            self.op.signs = "hidden-new"  # the provider itself does not name it
            self.assertEqual(self.notice(self.op.logout_token(sub="s-nobody"))[0], 400)
        self.change(self.row, second_factor="ask")

    @staticmethod
    def a_minute_later():
        """Since the providers were asked for their keys."""
        subprocess.run(["mariadb", "--no-defaults", "-S", f"{VAR}/data/run/db/db.sock", "-u", "root", "-e",
                        "UPDATE identity_provider_metadata SET tried_at = tried_at - INTERVAL 61 SECOND", "sekisho"], check=True)

    def leave(self, api):
        """Signs out here: what is asked of the provider, or None."""
        status, _, body = api.raw("POST", "/api/v1/sign-out", headers={"X-Sekisho": "1", "Origin": f"https://localhost:{PORT}"})
        self.refused(401, api.get, "/api/v1/me")
        if status == 204:
            return None
        location = urllib.parse.urlparse(json.loads(body)["location"])
        self.assertEqual(f"{location.scheme}://{location.netloc}{location.path}", self.op.issuer + "/logout")
        return dict(urllib.parse.parse_qsl(location.query, strict_parsing=True))

    def test_a_sign_out_here_goes_on_to_the_provider_where_that_is_set(self):
        yamada = person("yamada")
        self.op.claims = {"sub": "s-leaves", "preferred_username": "yamada"}
        self.assertEqual(self.link(yamada), "/profile")
        self.change(self.row, second_factor="trust", contexts="mfa")
        self.op.claims = {"sub": "s-leaves", "preferred_username": "yamada", "amr": ["mfa"]}

        def signed_in():
            api = browser()
            self.assertEqual(self.sign_in(api), "/")
            return api

        self.assertIsNone(self.leave(signed_in()))
        self.change(self.row, sign_out="provider")
        api = signed_in()
        asked = self.leave(api)
        self.assertEqual({name: asked[name] for name in asked if name != "state"}, {
            "tenant": "1", "client_id": self.op.client, "logout_hint": "yamada",
            "post_logout_redirect_uri": f"https://localhost:{PORT}/api/v1/sign-in/signed-out"})
        back = "/api/v1/sign-in/signed-out?" + urllib.parse.urlencode({"state": asked["state"], "more": "1"})
        with self.subTest("it is no sign-in"):
            self.assertEqual(go(api, path_of({"state": asked["state"], "code": "x", "iss": self.op.issuer})), "/signin?failed=expired")
            self.assertEqual(self.refusals()[0], "federation.state")
        with self.subTest("in another browser, and then in its own, too late"):
            for one, reason in ((browser(), "federation.browser"), (api, "federation.replayed")):
                self.assertEqual(go(one, back), "/signin")
                self.assertEqual(self.notices()[0], reason)
        api = signed_in()
        state = self.leave(api)["state"]
        self.assertEqual(go(api, f"/api/v1/sign-in/signed-out?state={state}"), "/signin")
        self.assertEqual(self.notices()[0], "confirmed")
        for path in ("?state=" + "A" * 43, ""):
            self.assertEqual(go(api, "/api/v1/sign-in/signed-out" + path), "/signin")
            self.assertEqual(self.notices()[0], "federation.state")
        with self.subTest("a state of a sign-in"):
            answer = self.visit(api)
            self.assertEqual(go(api, "/api/v1/sign-in/signed-out?state=" + answer["state"]), "/signin")
            self.assertEqual(self.notices()[0], "federation.state")
        with self.subTest("who signed in here"):
            self.assertIsNone(self.leave(yamada))
        with self.subTest("a provider that takes nobody"):
            self.op.document = {"end_session_endpoint": None}
            self.assertIsNone(self.admin.post(f"/api/v1/identity-providers/{self.row['id']}/fetch")["problem"])
            self.assertIsNone(self.leave(signed_in()))
        self.setUp()
        self.assertIsNone(self.admin.post(f"/api/v1/identity-providers/{self.row['id']}/fetch")["problem"])
        self.change(self.row, second_factor="ask", sign_out="here")

    def test_settings_are_for_administrators_and_a_test_signs_nobody_in(self):
        user = person("tanaka")
        self.refused(403, user.get, "/api/v1/identity-providers")
        self.refused(403, user.post, f"/api/v1/identity-providers/{self.row['id']}/test")
        self.op.claims = {"sub": "s-seen", "groups": ["ops"]}
        begun = self.admin.post(f"/api/v1/identity-providers/{self.row['id']}/test")
        _, answer = self.op.authorize(begun["location"])
        place = go(self.admin, path_of(answer))
        self.assertTrue(place.startswith(f"/admin/identity-providers?provider={self.row['id']}&test="), place)
        test = self.admin.get(f"/api/v1/identity-providers/{self.row['id']}/tests/{place.split('=')[-1]}")
        self.assertEqual((test["accepted"], test["subject"], test["next"], test["reason"]),
                         (True, "s-seen", "refused", "federation.not_linked"))
        self.assertEqual(self.admin.get("/api/v1/me")["login"], "admin")
        for body, field in (({"addresses": "intranet"}, "addresses"), ({"second_factor": "trust", "contexts": ""}, "contexts"),
                            ({"provision": True, "login_attribute": ""}, "login_attribute"), ({"trust": "x"}, "trust"),
                            ({"mapping": [{"attribute": "a", "value": "b"}]}, "mapping")):
            error = self.refused(422, self.change, self.row, **body)
            self.assertEqual(error.problem["fields"][0]["name"], field)


def asked_with(**parameters):
    """A change of an authorization request; None takes the parameter away."""
    def change(location):
        where, _, query = location.partition("?")
        asked = {**dict(urllib.parse.parse_qsl(query)), **parameters}
        return where + "?" + urllib.parse.urlencode({name: value for name, value in asked.items() if value is not None})
    return change


class RealProviders(Providers):
    """Of two makes: one serves RS256 and ES256 as told and puts iss into its answers, the other PS256."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        peers, redirect = f"{ROOT}/build/peers/oidc", f"https://localhost:{PORT}{CALLBACK}"
        node = subprocess.run([f"{ROOT}/portal/build.sh", "--node"], check=True, capture_output=True, text=True).stdout.strip()
        cls.op = OidcProvider(node, peers, cls.authority, 9446, redirect, f"{VAR}/oidc-provider.log", CA)
        cls.addClassCleanup(cls.op.close)
        cls.other = Glewlwyd(peers, cls.authority, 9447, redirect, f"{VAR}/glewlwyd")
        cls.addClassCleanup(lambda: cls.other.close())
        cls.row, cls.other_row = cls.make("Panva", cls.op), cls.make("Glewlwyd", cls.other)
        cls.both = ((cls.row, cls.op), (cls.other_row, cls.other))

    def assert_second_step(self, api, row, op, **who):
        """Signs in with the own second factor, and takes the link away."""
        other, login = browser(), api.get("/api/v1/me")["login"]
        self.assertEqual(self.sign_in(other, row, op, **who), "/signin/second")
        self.assertEqual(other.post("/api/v1/sign-in/second", form={"code": api.next_code()})["login"], login)
        for own in api.get("/api/v1/me/identities")["items"]:
            api.call("DELETE", f"/api/v1/me/identities/{own['id']}")

    def test_a_person_links_themselves_and_signs_in(self):
        api = self.enrolled("with.panva")
        self.assertEqual(self.link(api), "/profile")
        self.assert_second_step(api, self.row, self.op)

    def test_a_sign_in_is_renewed_there(self):
        api, other = self.enrolled("again.panva"), browser()
        self.op.people = {"hanako": {"amr": ["pwd", "otp"]}}
        self.op.set()
        self.assertEqual(self.link(api), "/profile")
        self.change(self.row, second_factor="trust", contexts="otp", step_up=True)
        self.addCleanup(self.change, self.row, second_factor="ask", step_up=False)
        self.assertEqual(self.sign_in(other), "/")
        age(other)
        place, fresh = f"/api/v1/me/step-up/with/{self.row['id']}", f"/api/v1/me/identities/link/{self.row['id']}"
        for login, leads in (("jiro", "/profile?failed=provider"), ("hanako", "/?stepped_up=1")):
            self.refused(401, other.post, fresh, reason="auth.not_fresh")
            _, answer = self.op.authorize(other.post(place)["location"], login=login)
            self.assertEqual(go(other, path_of(answer)), leads)
        self.assertIn("location", other.post(fresh))
        for own in api.get("/api/v1/me/identities")["items"]:
            api.call("DELETE", f"/api/v1/me/identities/{own['id']}")

    def test_a_person_is_linked_by_rule_where_nobody_says_when_they_signed_in(self):
        """Glewlwyd's tokens name 1970 in auth_time."""
        api = self.enrolled("hanako", ["user"])
        self.assertEqual(self.link(api, self.other_row, self.other), "/profile?failed=provider")
        self.assertEqual(self.refusals()[0], "oidc.auth_time")
        self.change(self.other_row, link_attribute="login")
        self.addCleanup(self.change, self.other_row, link_attribute="")
        self.assert_second_step(api, self.other_row, self.other)

    def test_somebody_new_comes_with_groups_and_a_second_factor_and_signs_out_there(self):
        self.op.clients[0].update(backchannel_logout_uri=f"https://localhost:{PORT}/api/v1/sign-in/with/{self.row['id']}/logout",
                                  backchannel_logout_session_required=True)
        self.op.people = {"hana": {"amr": ["pwd", "otp"], "groups": ["ops", "staff"], "preferred_username": "hana.p", "name": "花子"}}
        self.op.set()
        self.change(self.row, second_factor="trust", contexts="otp", provision=True, login_attribute="preferred_username",
                    display_attribute="name", mapping=[{"attribute": "groups", "value": "ops", "role": "user"}])
        self.addCleanup(self.change, self.row, second_factor="ask", provision=False, mapping=[])
        api = browser()
        self.assertEqual(self.sign_in(api, login="hana"), "/")
        me = api.get("/api/v1/me")
        self.assertEqual((me["login"], me["display_name"], me["roles"]), ("hana.p", "花子", ["user"]))
        self.op.sign_out()
        self.refused(401, api.get, "/api/v1/me")

    def test_what_was_changed_on_the_way_is_refused(self):
        for reason, changed in (("oidc.code_refused", {"code_challenge": "A" * 43}), ("oidc.provider_refused", {"code_challenge": None}),
                                ("oidc.nonce", {"nonce": "n" * 43})):
            with self.subTest(changed):
                self.assert_refused(reason, change=asked_with(**changed), login="jiro")
        for row, op in self.both:
            for reason, changed in (("oidc.code_refused", {"code": "c" * 32}), ("oidc.mix_up", {"iss": "https://localhost:9443/realm"})):
                with self.subTest(changed, op=op.issuer):
                    api = browser()
                    answer = {**self.visit(api, row, op), **changed}
                    self.assertEqual(go(api, path_of(answer)), "/signin?failed=provider")
                    self.assertEqual(self.refusals()[0], reason)

    def test_a_person_who_says_no_there(self):
        self.assert_refused("oidc.provider_refused", refuse=True)

    def test_a_wrong_client_secret(self):
        for row, op in self.both:
            with self.subTest(op.issuer):
                path = f"/api/v1/identity-providers/{row['id']}/secret"
                self.admin.call("PUT", path, octets=b"wrong")
                self.assert_refused("oidc.client_refused", row=row, op=op)
                self.admin.call("PUT", path, octets=op.secret.encode())
                self.assert_refused("federation.not_linked", row=row, op=op)

    def test_keys_that_change(self):
        old, new, curve = self.op.keys[0], {"kid": "k2", "alg": "RS256"}, {"kid": "k3", "alg": "ES256"}
        fetch = f"/api/v1/identity-providers/{self.row['id']}/fetch"
        for keys, before, after, client in (([new, old], "oidc.key_unknown", "federation.not_linked", {}),
                                            ([new], "federation.not_linked", "federation.not_linked", {}),
                                            ([curve], "oidc.key_unknown", "federation.not_linked", {"id_token_signed_response_alg": "ES256"})):
            with self.subTest([key["kid"] for key in keys]):
                self.op.keys, self.op.clients = keys, [{**self.op.clients[0], **client}]
                self.op.set()
                self.assert_refused(before, login="jiro")  # keys were fetched less than a minute ago
                self.assertIsNone(self.admin.post(fetch)["problem"])
                self.assert_refused(after, login="jiro")  # so the token was accepted

    def test_one_that_is_down_is_told_apart_and_native_sign_in_remains(self):
        api, sato, native = browser(), person("sato"), browser()
        answer = self.visit(api, self.other_row, self.other)
        self.other.close()
        self.addCleanup(self.other.start)
        self.assertEqual(go(api, path_of(answer)), "/signin?failed=unavailable")
        self.assertEqual(self.refusals()[0], "oidc.unreachable")
        self.assertEqual(self.admin.post(f"/api/v1/identity-providers/{self.other_row['id']}/fetch")["problem"], "oidc.unreachable")
        native.post("/api/v1/sign-in", form={"login": "sato", "password": sato.password, "code": sato.next_code()})
        self.assertEqual(native.get("/api/v1/me")["login"], "sato")


if __name__ == "__main__":
    unittest.main()
