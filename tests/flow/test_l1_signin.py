# SPDX-License-Identifier: GPL-3.0-or-later
"""L1: several devices for codes, recovery codes and password policies, as people meet them."""
import base64
import html
import json
import re
import urllib.parse

from proxy import PORT as PROXY_PORT, Proxy
from sekisho_client import Api, totp
from world import *  # noqa: F403


class Device:
    """A second app with a key of its own."""

    def __init__(self, uri):
        self.seed = urllib.parse.parse_qs(urllib.parse.urlparse(uri).query)["secret"][0]

    def code(self):
        return totp(self.seed)


def add_device(api, label):
    device = Device(api.post("/api/v1/me/factors/totp", form={"label": label}).decode())
    api.post("/api/v1/me/factors/totp/confirm", form={"code": device.code()})
    return device


def recover(api, login, password, code):
    return api.post("/api/v1/sign-in/recovery", form={"login": login, "password": password, "recovery_code": code})


class Plain:
    """A browser without scripts, from before it had Origin or Sec-Fetch-Site."""

    def __init__(self, cookies=()):
        self.api = browser()
        self.api.cookies.update(cookies)

    def open(self, path):
        status, headers, page = self.api.raw("GET", path, headers={"Accept-Language": "en"})
        while status == 303:
            status, headers, page = self.api.raw("GET", headers["location"], headers={"Accept-Language": "en"})
        self.page = html.unescape(page.decode())
        return self.page

    def send(self, path, **form):
        """Where that leads."""
        hidden = re.search(r'name="form" value="([^"]*)"', self.page)[1]
        status, headers, _ = self.api.raw("POST", path, urllib.parse.urlencode({**form, "form": hidden}).encode(),
                                          {"Content-Type": "application/x-www-form-urlencoded"})
        assert status == 303, status
        return headers["location"]


class SignIn(Flow):
    def test_pages_without_scripts_sign_in_and_out(self):
        api, admin = person("suzuki"), person("admin")
        # Somebody has planted a session and a form's cookie of their own.
        sato, elsewhere = person("sato"), browser()
        elsewhere.post("/api/v1/sign-in", form={"login": "sato", "password": sato.password, "code": sato.next_code()})
        planted = {"__Host-sekisho": elsewhere.cookies["__Host-sekisho"], "__Host-sekisho-form": "A" * 43}
        plain = Plain(planted)
        plain.open("/plain?told=left")
        wrong = {plain.send("/plain", login=login, password=word, code="000000")
                 for login, word in (("suzuki", "not the password"), ("suzuki", api.password), ("nobody", "x"))}
        self.assertEqual(wrong, {"/plain?told=wrong"})
        reasons = [one["leaf"]["reason"] for one in admin.get("/api/v1/audit", event="auth.sign_in_refused", limit=3)["items"]]
        self.assertEqual(sorted(reasons), ["sign_in.code", "sign_in.password", "sign_in.unknown_login"])
        self.assertEqual(plain.api.get("/api/v1/me")["login"], "sato")
        self.assertEqual(plain.send("/plain", login="suzuki", password=api.password, code=api.next_code()), "/plain/session")
        self.assertNotEqual(plain.api.cookies["__Host-sekisho"], planted["__Host-sekisho"])
        self.assertNotIn("__Host-sekisho-form", plain.api.cookies)
        self.assertEqual(plain.api.get("/api/v1/me")["login"], "suzuki")
        admin.post(f"/api/v1/users/{api.get('/api/v1/me')['id']}/require-password-change")
        page = plain.open("/plain")
        for words in ("(suzuki)", "(this browser)", "Your password must be changed."):
            self.assertIn(words, page)
        self.assertEqual(plain.api.get("/api/v1/me")["permissions"], [])
        cookie = plain.api.cookies["__Host-sekisho"]
        self.assertEqual(plain.send("/plain/session"), "/plain?told=left")
        self.assertNotIn("__Host-sekisho", plain.api.cookies)
        plain.api.cookies["__Host-sekisho"] = cookie
        self.refused(401, plain.api.get, "/api/v1/me")
        self.assertIn("You are not signed in", plain.open("/plain/session"))

    def test_a_second_device_and_the_end_of_the_first(self):
        api = person("tanaka")
        add_device(api, "電話")
        devices = api.get("/api/v1/me/factors")["totp"]
        self.assertEqual([one["label"] for one in devices], ["", "電話"])
        api.call("PATCH", f"/api/v1/me/factors/totp/{devices[1]['id']}", body={"label": "会社の電話"})
        api.call("DELETE", f"/api/v1/me/factors/totp/{devices[0]['id']}")
        last = self.refused(409, api.call, "DELETE", f"/api/v1/me/factors/totp/{devices[1]['id']}")
        self.assertEqual(last.reason, "factor.last")
        self.refused(401, browser().post, "/api/v1/sign-in",
                     form={"login": "tanaka", "password": api.password, "code": api.next_code()})
        events = [one["event"] for one in person("admin").get("/api/v1/audit", limit=50)["items"]]
        for event in ("auth.factor_added", "auth.factor_changed", "auth.factor_removed", "secret.released"):
            self.assertIn(event, events)

    def test_recovery_codes_sign_in_once_and_their_owner_is_told(self):
        api = person("yamada")
        self.assertIsNone(api.get("/api/v1/me/factors")["recovery"])
        codes = api.post("/api/v1/me/recovery-codes").decode().split()
        self.assertEqual(len(set(codes)), 10)
        other = browser()
        recover(other, "yamada", api.password, codes[0].lower())
        told = other.get("/api/v1/me/factors")["recovery"]
        self.assertEqual((told["left"], told["total"]), (9, 10))
        self.assertTrue(told["last_used_at"] and told["last_used_from"])
        self.refused(401, recover, browser(), "yamada", api.password, codes[0])
        self.refused(401, recover, browser(), "yamada", "not the password", codes[1])
        renewed = api.post("/api/v1/me/recovery-codes").decode().split()
        self.refused(401, recover, browser(), "yamada", api.password, codes[1])
        recover(browser(), "yamada", api.password, renewed[9])
        used = [one for one in person("admin").get("/api/v1/audit", event="auth.recovery_code_used")["items"]]
        self.assertEqual(len(used), 2)

    def test_a_program_with_a_token_does_what_its_scopes_say_until_it_is_revoked(self):
        admin, program = person("admin"), browser()
        token = admin.post("/api/v1/me/tokens", {"name": "棚卸し", "scopes": ["user.view", "user.manage"], "days": 30,
                                                 "networks": ["127.0.0.0/8", "::1/128"]}).decode()
        self.assertRegex(token, r"^sekisho_pat_[A-Za-z0-9_-]{48}$")
        mine = admin.get("/api/v1/me/tokens")["items"][0]
        self.assertEqual((mine["name"], mine["last_used_at"]), ("棚卸し", None))

        def ask(method, path, body=None, **headers):
            status, _, answer = program.raw(method, path, json.dumps(body).encode() if body else None,
                                            {"Authorization": "Bearer " + token, "Content-Type": "application/json", **headers})
            return status, json.loads(answer) if answer else None

        status, current = ask("GET", "/api/v1/token")
        self.assertEqual((status, current["login"], sorted(current["permissions"])), (200, "admin", ["user.manage", "user.view"]))
        status, made = ask("POST", "/api/v1/users", {"login": "from.program", "display_name": "プログラム"})
        self.assertEqual((status, made["state"]), (201, "invited"))
        self.assertEqual(ask("GET", "/api/v1/targets")[1]["reason"], "permission.missing")
        for method, path in (("POST", f"/api/v1/users/{made['id']}/enrolment-link"), ("GET", "/api/v1/me"),
                             ("POST", "/api/v1/me/tokens"), ("GET", "/api/v1/events")):
            self.assertEqual((path, *ask(method, path)[:1], ask(method, path)[1]["reason"]), (path, 403, "token.not_for_this"))
        self.assertEqual(ask("GET", "/api/v1/users", Cookie="__Host-sekisho=x")[0], 400)
        used = admin.get("/api/v1/me/tokens")["items"][0]
        self.assertIsNotNone(used["last_used_at"])
        listed = admin.get("/api/v1/api-tokens")["items"]
        self.assertEqual([one["user"]["login"] for one in listed], ["admin"])
        made_by = admin.get("/api/v1/audit", event="user.created")["items"][0]
        self.assertEqual(made_by["leaf"]["data"]["api_token"], mine["id"])
        admin.call("DELETE", f"/api/v1/me/tokens/{mine['id']}")
        self.assertEqual(ask("GET", "/api/v1/users")[0], 401)
        self.assertNotIn(token[12:], log())

    def test_a_program_signs_in_by_itself_until_it_is_switched_off(self):
        admin, program = person("admin"), browser()
        made = admin.post("/api/v1/programs", {"name": "inventory", "display_name": "棚卸し", "roles": ["auditor"],
                                               "scopes": ["user.view", "audit.view"], "networks": ["127.0.0.0/8", "::1/128"]})
        at = f"/api/v1/programs/{made['id']}"
        secret = admin.post(at + "/secrets", {"days": 30}).decode()
        self.assertRegex(secret, r"^sekisho_cs_[A-Za-z0-9_-]{48}$")
        meta = program.get("/.well-known/oauth-authorization-server")

        def form(path, fields, basic=None):
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": "__Host-sekisho=ignored"}
            if basic:
                headers["Authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
            status, headers, body = program.raw("POST", path, urllib.parse.urlencode(fields).encode(), headers)
            return status, headers, json.loads(body) if body else None

        def token(basic=("inventory", secret), **fields):
            return form(urllib.parse.urlparse(meta["token_endpoint"]).path, {"grant_type": "client_credentials", **fields}, basic)

        status, headers, answer = token(scope="user.view", resource="ignored", audience="")
        self.assertEqual((status, answer["token_type"], answer["expires_in"], answer["scope"]), (200, "Bearer", 600, "user.view"))
        self.assertEqual((headers["cache-control"], headers["pragma"]), ("no-store", "no-cache"))
        ask = lambda path, bearer: program.raw("GET", path, headers={"Authorization": "Bearer " + bearer})
        self.assertEqual(json.loads(ask("/api/v1/token", answer["access_token"])[2])["login"], "program:inventory")
        self.assertEqual(ask("/api/v1/users", answer["access_token"])[0], 200)
        self.assertEqual(json.loads(ask("/api/v1/audit", answer["access_token"])[2])["reason"], "permission.missing")
        self.assertEqual(ask("/api/v1/me", answer["access_token"])[0], 403)
        self.assertEqual(ask("/api/v1/users", secret)[0], 401)
        posted = token(None, client_id="inventory", client_secret=secret)
        self.assertEqual((posted[0], posted[2]["scope"]), (200, "audit.view user.view"))
        for expected, told in (
                ((401, "invalid_client"), token(("inventory", secret[:-9] + "A" * 9))),
                ((401, "invalid_client"), token(("nobody", secret))),
                ((401, "invalid_client"), token(None)),
                ((400, "invalid_scope"), token(scope="user.view user.manage")),
                ((400, "unsupported_grant_type"), token(grant_type="password")),
                ((400, "invalid_request"), token(grant_type="")),
                ((400, "invalid_request"), token(client_secret=secret)),
                ((400, "invalid_request"), form("/api/v1/oauth/token", [("scope", "a"), ("scope", "b")], ("inventory", secret)))):
            self.assertEqual((told[0], told[2]["error"]), expected)
        self.refused(401, browser().post, "/api/v1/sign-in", form={"login": "inventory", "password": secret, "code": "123456"})
        revoke = lambda bearer: form(urllib.parse.urlparse(meta["revocation_endpoint"]).path, {"token": bearer}, ("inventory", secret))
        self.assertEqual(revoke(answer["access_token"])[0], 200)
        self.assertEqual(ask("/api/v1/users", answer["access_token"])[0], 401)
        self.assertEqual(revoke("unknown")[0], 200)
        listed = admin.get("/api/v1/programs", q="vent")["items"][0]
        self.assertTrue(listed["last_used_at"] and listed["secrets"][0]["last_used_from"])
        admin.call("PATCH", at, body={"networks": ["192.0.2.0/24"]}, headers={"If-Match": f'"{listed["version"]}"'})
        self.assertEqual(ask("/api/v1/users", posted[2]["access_token"])[0], 403)
        self.assertEqual((token()[0], token()[2]["error"]), (400, "unauthorized_client"))
        admin.call("PATCH", at, body={"networks": []}, headers={"If-Match": f'"{listed["version"] + 1}"'})
        self.assertEqual(ask("/api/v1/users", posted[2]["access_token"])[0], 200)
        admin.call("PATCH", at, body={"state": "disabled"}, headers={"If-Match": f'"{listed["version"] + 2}"'})
        self.assertEqual(ask("/api/v1/users", posted[2]["access_token"])[0], 401)
        self.assertEqual((token()[0], token()[2]["error"]), (401, "invalid_client"))
        admin.call("DELETE", at, headers={"If-Match": f'"{listed["version"] + 3}"'})
        self.assertEqual(admin.get("/api/v1/programs")["items"], [])
        refused = admin.get("/api/v1/audit", event="auth.program_refused")["items"]
        self.assertIn("program.wrong_secret", {one["leaf"]["reason"] for one in refused})
        self.assertEqual(admin.get("/api/v1/audit", event="auth.program_token_issued")["items"][0]["actor"]["login"], "program:inventory")
        for told in (secret, answer["access_token"], posted[2]["access_token"]):
            self.assertNotIn(told[11:], log())

    def test_network_rules_hold_at_once_and_the_console_takes_them_back(self):
        admin, api = person("admin"), person("tanaka")
        now = admin.get("/api/v1/network-rules")
        rule = {"action": "deny", "entrance": "portal", "role": "user", "networks": [now["your_address"]]}
        trial = admin.post("/api/v1/network-rules/try", {"rules": [rule]})
        self.assertFalse(trial["locks_you_out"])
        self.assertIn("tanaka", [one["login"] for one in trial["people"]])

        def put(rules, version, **more):
            return admin.call("PUT", "/api/v1/network-rules", body={"rules": rules, **more}, headers={"If-Match": f'"{version}"'})

        everybody = {"action": "deny", "entrance": "any", "networks": ["::/0", "0.0.0.0/0"]}
        refused = self.refused(409, put, [everybody], now["version"])
        self.assertEqual(refused.reason, "network.locks_you_out")
        by_country = self.refused(422, put, [{"action": "allow", "entrance": "any", "countries": ["JP"]}], now["version"])
        self.assertEqual(by_country.status, 422)
        put([rule], now["version"])
        self.assertEqual(self.refused(403, api.get, "/api/v1/me").reason, "network.refused")
        self.refused(401, browser().post, "/api/v1/sign-in",
                     form={"login": "tanaka", "password": api.password, "code": api.next_code()})
        put([everybody], now["version"] + 1, lock_me_out=True)
        self.refused(403, admin.get, "/api/v1/me")
        ctl("clear-network-rules")
        self.assertEqual(admin.get("/api/v1/network-rules")["rules"], [])
        self.assertEqual(api.get("/api/v1/me")["login"], "tanaka")

    def test_a_trusted_proxy_says_whose_request_it_is_and_nobody_else_does(self):
        admin, proxy = person("admin"), Proxy()
        self.addCleanup(proxy.close)

        def behind(who, source):
            api = Api(port=PROXY_PORT, ca=proxy.ca)
            api.cookies, api.source, api.origin = who.cookies, (source, 0), f"https://localhost:{PORT}"
            return api

        def seen(source, forwarded=None, through=True):
            api = behind(admin, source)
            if not through:
                api.port, api.tls = PORT, admin.tls
            return api.call("GET", "/api/v1/network-rules", headers={"X-Forwarded-For": forwarded} if forwarded else {})["your_address"]

        # nginx keeps one connection for both
        self.assertEqual([seen("127.0.0.77"), seen("127.0.0.78")], ["127.0.0.77", "127.0.0.78"])
        self.assertEqual(seen("127.0.0.77", "127.0.0.205"), "127.0.0.77")
        self.assertEqual(seen("127.0.0.77", "127.0.0.205", through=False), "127.0.0.77")
        self.assertEqual(seen("127.0.0.9", "127.0.0.205", through=False), "127.0.0.205")
        refused = self.refused(400, seen, "127.0.0.9", "unknown", through=False)
        self.assertEqual(refused.reason, "header.forwarded")

        _, lease = borrow()
        api = behind(person("tanaka"), "127.0.0.79")
        session = api.post("/api/v1/sessions", {"lease_id": lease["id"]})
        terminal = api.terminal(session["id"])
        shell_ready(terminal)
        terminal.type("exit\r")
        terminal.wait_end()
        begun = admin.get("/api/v1/audit", event="session.requested")["items"][0]
        self.assertEqual(begun["leaf"]["peer"], "127.0.0.79")

    def test_what_follows_from_unusual_sign_ins_is_set_and_tried(self):
        admin = person("admin")
        admin.sign_in()
        now = admin.get("/api/v1/sign-in-policy")
        self.assertEqual((now["mode"], now["mode_is_fixed"]), ("audit", False))
        names = ("mode", "thresholds", "challenge_budget", "block_budget", "challenge", "block", "offices", "hosting_asns")
        policy = {name: now[name] for name in names}
        draft = {name: now[name] for name in names[1:6]}
        trial = admin.get("/api/v1/sign-in-policy/preview", **draft)
        self.assertGreater(trial["sign_ins"], 0)
        self.assertEqual(sum(trial["draft"].values()), trial["sign_ins"])
        self.assertEqual(trial["recorded"], trial["draft"])
        self.assertIn("admin", [one["login"] for one in trial["people"]])

        def put(change, version):
            return admin.call("PUT", "/api/v1/sign-in-policy", body={**policy, **change}, headers={"If-Match": f'"{version}"'})

        refused = self.refused(422, put, {"challenge": 4000, "block": 4500}, now["version"])
        self.assertEqual(refused.status, 422)
        put({"offices": ["192.0.2.0/24"]}, now["version"])
        again = admin.get("/api/v1/sign-in-policy")
        self.assertEqual((again["offices"], again["version"]), (["192.0.2.0/24"], now["version"] + 1))
        self.refused(403, person("tanaka").get, "/api/v1/sign-in-policy")
        decided = admin.get("/api/v1/audit", event="auth.sign_in")["items"][0]["leaf"]["data"]
        self.assertTrue(decided["risk"].startswith("risk=4 "))

    def test_a_policy_for_a_group_and_a_required_change(self):
        admin, api = person("admin"), person("sato")
        self.assertEqual(api.get("/api/v1/me/password-rules")["min_length"], 12)
        group = admin.post("/api/v1/groups", {"name": "厳格"})
        admin.call("PUT", f"/api/v1/groups/{group['id']}/members", body={"user_ids": [api.get("/api/v1/me")["id"]]},
                   headers={"If-Match": '"1"'})
        policies = {one["profile"]: one for one in admin.get("/api/v1/password-policies")["items"]}
        classic = policies["classic"]
        admin.call("PATCH", f"/api/v1/password-policies/{classic['id']}", body={"group_ids": [group["id"]], "words": "Kanda-Seiki"},
                   headers={"If-Match": f'"{classic["version"]}"'})
        self.refused(403, api.call, "PATCH", f"/api/v1/password-policies/{classic['id']}", body={"min_length": 8},
                     headers={"If-Match": '"2"'})

        def change(password):
            api.post("/api/v1/me/password", form={"current_password": api.password, "password": password})

        for weak, reason in (("River-7", "too_short"), ("river-71-ock", "no_upper"), ("Welcome1", "common"),
                             ("My-Seiki-71", "contains_company"), ("x-Sato-River-71", "contains_login")):
            error = self.refused(422, change, weak)
            self.assertEqual(error.problem["fields"][0]["reason"], "password." + reason)
        admin.post(f"/api/v1/users/{api.get('/api/v1/me')['id']}/require-password-change")
        me = api.get("/api/v1/me")
        self.assertEqual((me["password_due"], me["permissions"]), (True, []))
        self.refused(403, api.get, "/api/v1/my/targets")
        change("River-71-ock")
        api.password = "River-71-ock"
        self.assertFalse(api.get("/api/v1/me")["password_due"])
        self.assertEqual(self.refused(422, change, "River-71-ock").problem["fields"][0]["reason"], "password.reused")

    def test_the_reset_of_an_administrator_takes_another_one(self):
        admin = person("admin")
        own = admin.get("/api/v1/me")["id"]
        self.assertEqual(self.refused(409, admin.post, f"/api/v1/users/{own}/enrolment-link").reason, "user.second_needed")
        # Nobody here is an administrator since yesterday: until then it is the owner of the server who issues the link.
        self.assertEqual(self.refused(409, admin.post, f"/api/v1/users/{own}/reset-request").reason, "user.second_too_new")


if __name__ == "__main__":
    unittest.main()
