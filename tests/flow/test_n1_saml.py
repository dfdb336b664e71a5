# SPDX-License-Identifier: GPL-3.0-or-later
"""N1: sign-in with SAML: SimpleSAMLphp and pysaml2, a browser between, and what is refused on the way back."""
import base64
import hashlib
import os
import re
import socket
import subprocess
import sys
import time
import unittest
import unittest.mock
import urllib.parse
import zlib

from world import PORT, VAR, ApiError, Flow, age, browser, person, until  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [f"{ROOT}/tests/peers/saml", f"{ROOT}/tests/support"]
from idp import Idp, Person  # noqa: E402
from https_pages import Pages, made  # noqa: E402
from pysaml import TRANSIENT, Pysaml  # noqa: E402

BASE = "/api/v1/sign-in/saml/"
SLO = f"https://localhost:{PORT}{BASE}slo"
ACS, OWN = f"https://localhost:{PORT}{BASE}acs", f"https://localhost:{PORT}{BASE}metadata"
PEERS = os.path.join(ROOT, "build/peers/saml")
X500 = {"uid": "urn:oid:0.9.2342.19200300.100.1.1", "displayName": "urn:oid:2.16.840.1.113730.3.1.241"}
CROSS = {"Sec-Fetch-Site": "cross-site", "Accept": "text/html"}


class Saml(Flow):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.mkdir(f"{VAR}/idp")
        cls.idp = Idp(PEERS, f"{VAR}/idp", 9080)
        cls.addClassCleanup(cls.idp.stop)
        cls.idp.host()
        cls.idp.know(OWN, ACS, "")
        # Behind a proxy that ends TLS it would name these addresses.
        cls.metadata = cls.idp.start().replace("http://127.0.0.1", "https://127.0.0.1")
        cls.admin = person("admin")
        assert browser().raw("GET", BASE + "metadata")[0] == 404
        cls.row = cls.admin.post("/api/v1/identity-providers", {"kind": "saml", "name": "Example", "issuer": cls.idp.entity})
        cls.hand_in(cls.metadata)
        status, _, own = browser().raw("GET", BASE + "metadata")
        assert status == 200 and OWN.encode() in own and ACS.encode() in own, own
        cls.idp.know(OWN, ACS, re.search(rb"<X509Certificate>(.*)</X509Certificate>", own)[1].decode())
        cls.change(enabled=True)

    @classmethod
    def hand_in(cls, metadata, row=None):
        return cls.admin.call("PUT", f"/api/v1/identity-providers/{(row or cls.row)['id']}/metadata", body={"metadata": metadata})

    @classmethod
    def change(cls, row=None, **body):
        path = f"/api/v1/identity-providers/{(row or cls.row)['id']}"
        version = cls.admin.get(path)["version"]
        return cls.admin.call("PATCH", path, body=body, headers={"If-Match": f'"{version}"'})

    def begin(self, api, row=None):
        status, headers, _ = api.raw("GET", f"/api/v1/sign-in/with/{(row or self.row)['id']}",
                                     headers={"Sec-Fetch-Site": "same-origin", "Accept": "text/html"})
        self.assertEqual(status, 303, headers)
        self.assertIn("SameSite=None", headers["set-cookie"], "it must come back with another site's form")
        return headers["location"]

    def at_provider(self, location, **who):
        """What its page posts to us, by somebody's browser."""
        self.assertTrue(location.startswith("https://127.0.0.1:9080/"), location)
        where, form = Person().sign_in(location.replace("https://127.0.0.1", "http://127.0.0.1"), **who)
        self.assertEqual(where, ACS)
        return form

    def come_back(self, api, form):
        """Another site posts it: of our cookies only the one that says SameSite=None comes along."""
        kept = {name: api.cookies.pop(name) for name in [*api.cookies] if name != "__Host-sekisho-flow"}
        status, headers, _ = api.raw("POST", BASE + "acs", urllib.parse.urlencode(form).encode(),
                                     {**CROSS, "Origin": "https://127.0.0.1:9080",
                                      "Content-Type": "application/x-www-form-urlencoded"})
        api.cookies = {**kept, **api.cookies}
        self.assertEqual(status, 303, headers)
        return headers["location"]

    def refusals(self):
        return [one["leaf"]["reason"] for one in self.admin.get("/api/v1/audit", event="auth.sign_in_refused", limit=50)["items"]]

    def releases(self):
        """Of our key, recorded: it signs the request."""
        found = self.admin.get("/api/v1/audit", event="secret.released", limit=100)["items"]
        return [one["leaf"]["data"]["kind"] for one in found].count("saml")

    def assert_refused(self, api, form, reason, failed="provider"):
        before = self.refusals().count(reason)
        self.assertEqual(self.come_back(api, form), "/signin?failed=" + failed)
        self.assertEqual(self.refusals().count(reason), before + 1, self.refusals()[:3])

    def test_who_is_linked_signs_in_with_the_own_second_factor_once(self):
        api = person("tanaka")
        begun = api.post(f"/api/v1/me/identities/link/{self.row['id']}")
        self.assertEqual(self.come_back(api, self.at_provider(begun["location"], login="jiro")), "/profile")
        own = api.get("/api/v1/me/identities")["items"]
        self.assertEqual([(one["provider"], one["display"]) for one in own], [("Example", "jiro")])
        other = browser()
        before = self.releases()
        form = self.at_provider(self.begin(other), login="jiro")
        self.assertEqual(self.releases(), before + 1)
        self.assertEqual(self.come_back(other, form), "/signin/second")
        me = other.post("/api/v1/sign-in/second", form={"code": api.next_code()})
        self.assertEqual(me["login"], "tanaka")
        self.assertIn("federation.replayed", self.refused_again(form))
        api.call("DELETE", f"/api/v1/me/identities/{own[0]['id']}")
        last = browser()
        self.assert_refused(last, self.at_provider(self.begin(last), login="jiro"), "federation.not_linked")

    def refused_again(self, form):
        self.come_back(browser(), form)
        return self.refusals()

    def test_a_trusted_second_factor_and_somebody_new(self):
        context = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
        self.change(second_factor="trust", contexts=context, provision=True, login_attribute="uid", display_attribute="mail",
                    mapping=[{"attribute": "groups", "value": "ops", "role": "user"}])
        self.addCleanup(self.change, second_factor="ask", provision=False, mapping=[])
        api = browser()
        self.assertEqual(self.come_back(api, self.at_provider(self.begin(api))), "/")
        me = api.get("/api/v1/me")
        self.assertEqual((me["login"], me["display_name"], me["roles"]), ("hanako", "hanako@example.net", ["user"]))

    def test_a_sign_in_is_renewed_at_the_provider_that_it_came_from(self):
        api, other = person("tanaka"), browser()
        begun = api.post(f"/api/v1/me/identities/link/{self.row['id']}")
        self.assertEqual(self.come_back(api, self.at_provider(begun["location"], login="jiro")), "/profile")
        context = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
        self.change(second_factor="trust", contexts=context, step_up=True)
        self.addCleanup(self.change, second_factor="ask", step_up=False)
        self.assertEqual(self.come_back(other, self.at_provider(self.begin(other), login="jiro")), "/")
        place, fresh = f"/api/v1/me/step-up/with/{self.row['id']}", f"/api/v1/me/identities/link/{self.row['id']}"
        age(other)
        self.refused(401, other.post, fresh, reason="auth.not_fresh")
        self.assert_refused(other, self.at_provider(other.post(place)["location"]), "federation.other_identity")  # hanako
        self.refused(401, other.post, fresh, reason="auth.not_fresh")
        begun = other.post(place)["location"]
        packed = urllib.parse.parse_qs(urllib.parse.urlparse(begun).query)["SAMLRequest"][0]
        request = zlib.decompress(base64.b64decode(packed), -15).decode()
        self.assertIn('ForceAuthn="true"', request)
        self.assertIn(f"{context}</", request)
        form = self.at_provider(begun, login="jiro")
        self.assertEqual(self.come_back(other, form), "/?stepped_up=1")
        self.assertIn("location", other.post(fresh))
        age(other)
        self.assert_refused(other, form, "federation.replayed", "expired")
        self.refused(401, other.post, fresh, reason="auth.not_fresh")
        self.change(contexts="urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken urn:other")
        form = self.at_provider(other.post(place)["location"], login="jiro")
        self.assert_refused(other, form, "federation.no_second_factor")
        event = self.admin.get("/api/v1/audit", event="auth.stepped_up", limit=1)["items"][0]["leaf"]["data"]
        self.assertEqual((event["factor"], event["provider"]), ("saml", "Example"))
        for own in api.get("/api/v1/me/identities")["items"]:
            api.call("DELETE", f"/api/v1/me/identities/{own['id']}")

    def test_what_was_changed_or_is_not_this_browsers_is_refused(self):
        api = browser()
        form = self.at_provider(self.begin(api))
        changed = base64.b64encode(base64.b64decode(form["SAMLResponse"]).replace(b"hanako", b"admin1")).decode()
        self.assert_refused(browser(), form, "federation.browser", "expired")
        again = browser()
        form = self.at_provider(self.begin(again))
        self.assert_refused(again, {**form, "SAMLResponse": changed}, "saml.signature")
        third, fourth = browser(), browser()
        form, other = self.at_provider(self.begin(third)), self.at_provider(self.begin(fourth))
        self.assert_refused(third, {**form, "SAMLResponse": other["SAMLResponse"]}, "saml.in_response_to")
        fifth = browser()
        form = self.at_provider(self.begin(fifth))
        self.assert_refused(fifth, {**form, "SAMLResponse": "PHg+"}, "saml.xml")
        sixth = browser()
        form = self.at_provider(self.begin(sixth))
        self.assert_refused(sixth, {**form, "RelayState": "https://evil.example/"}, "saml.unsolicited", "unasked")

    def test_a_test_signs_nobody_in_and_a_link_needs_the_session_it_began_in(self):
        begun = self.admin.post(f"/api/v1/identity-providers/{self.row['id']}/test")
        place = self.come_back(self.admin, self.at_provider(begun["location"]))
        self.assertTrue(place.startswith(f"/admin/identity-providers?provider={self.row['id']}&test="), place)
        self.assertEqual(self.admin.get(f"/api/v1/identity-providers/{self.row['id']}/tests/{place.split('=')[-1]}")["next"], "refused")
        api = person("suzuki")
        begun = api.post(f"/api/v1/me/identities/link/{self.row['id']}")
        form = self.at_provider(begun["location"], login="jiro")
        api.post("/api/v1/sign-out")
        before = self.refusals().count("federation.session")
        self.come_back(api, form)
        self.assertEqual(self.refusals().count("federation.session"), before + 1)

    def test_metadata_that_cannot_be_used_changes_nothing(self):
        kept = self.admin.get(f"/api/v1/identity-providers/{self.row['id']}")["fetched_at"]
        self.refused(422, self.hand_in, self.metadata.replace("https://127.0.0.1", "http://127.0.0.1"))
        self.refused(422, self.hand_in, self.metadata.replace(self.idp.entity, "https://other.example.net"))
        self.refused(422, self.hand_in, "<!DOCTYPE x><x/>")
        self.assertEqual(self.admin.get(f"/api/v1/identity-providers/{self.row['id']}")["fetched_at"], kept)
        self.refused(409, self.admin.post, f"/api/v1/identity-providers/{self.row['id']}/fetch")

    def test_another_make_signs_response_assertion_or_both(self):
        where = "https://127.0.0.1:9081/sso"
        idp = Pysaml(PEERS, f"{VAR}/python", where, browser().raw("GET", BASE + "metadata")[2])
        row = self.admin.post("/api/v1/identity-providers", {"kind": "saml", "name": "Other", "issuer": idp.entity})
        self.hand_in(idp.metadata, row)
        self.change(row, second_factor="trust", contexts="urn:oasis:names:tc:SAML:2.0:ac:classes:Password", provision=True,
                    login_attribute=X500["uid"], display_attribute=X500["displayName"], enabled=True)
        people = {"uid": ["noriko"], "displayName": ["典子"]}
        for how in ({}, {"sign_response": False}, {"sign_assertion": False}):
            with self.subTest(how):
                api = browser()
                location = self.begin(api, row)
                self.assertTrue(location.startswith(where + "?"), location)
                to, form = idp.answer(location, "noriko", people, **how)
                self.assertEqual((to, self.come_back(api, form)), (ACS, "/"))
                me = api.get("/api/v1/me")
                self.assertEqual((me["login"], me["display_name"]), ("noriko", "典子"))
        for reason, changes, how in (("saml.signature", (b">noriko<", b">admin<"), {}), ("saml.name_id", (), {"name_format": TRANSIENT}),
                                     ("saml.unsigned", (), {"sign_response": False, "sign_assertion": False})):
            with self.subTest(reason):
                api = browser()
                _, form = idp.answer(self.begin(api, row), "noriko", people, **how)
                if changes:
                    form["SAMLResponse"] = base64.b64encode(base64.b64decode(form["SAMLResponse"]).replace(*changes)).decode()
                self.assert_refused(api, form, reason)
        with self.subTest("an assertion that was used, in an answer to another request"), \
                unittest.mock.patch("saml2.s_utils.sid", lambda: "id-the-same"):
            first, second = browser(), browser()
            forms = [idp.answer(self.begin(api, row), "noriko", people, sign_response=False)[1] for api in (first, second)]
            self.assertTrue(all(b' ID="id-the-same"' in base64.b64decode(form["SAMLResponse"]) for form in forms))
            self.assertEqual(self.come_back(first, forms[0]), "/")
            self.assert_refused(second, forms[1], "saml.replayed")
        with self.subTest("metadata that ended meanwhile"):
            api = browser()
            _, form = idp.answer(self.begin(api, row), "noriko", people)
            end = self.hand_in_until_soon(idp, row)
            until(lambda: time.time() > end, "its time is over")
            self.assert_refused(api, form, "saml.metadata_expired")
            self.hand_in(idp.metadata, row)

    def hand_in_until_soon(self, idp, row):
        """When it is over: soon, but not before it is read, on a machine however busy."""
        entity = f'entityID="{idp.entity}"'
        for seconds in (2, 10, 50):
            end = int(time.time()) + seconds
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end))
            try:
                self.hand_in(idp.metadata.replace(entity, f'{entity} validUntil="{stamp}"'), row)
                return end
            except ApiError:
                continue
        raise AssertionError("it was over each time")

    def of(self, row):
        return self.admin.get(f"/api/v1/identity-providers/{row['id']}")

    def fetched(self, row):
        """The newest record of metadata that was fetched or handed in."""
        found = self.admin.get("/api/v1/audit", event="auth.provider_fetched", limit=20)["items"]
        return next(one["leaf"] for one in found if one["leaf"]["object"]["id"] == row["id"])

    def test_metadata_that_has_an_address_is_fetched_and_what_is_hostile_changes_nothing(self):
        silent = socket.create_server(("127.0.0.1", 9445))
        server = Pages(f"{VAR}/pages", 9444)
        self.addCleanup(silent.close)
        self.addCleanup(server.close)
        idp = Pysaml(PEERS, f"{VAR}/python-address", "https://127.0.0.1:9083/sso", browser().raw("GET", BASE + "metadata")[2])
        slow, row = (self.admin.post("/api/v1/identity-providers", {"kind": "saml", "name": name, "issuer": idp.entity}) for name in ("Slow", "Fetched"))
        listed = {"addresses": "127.0.0.1 ::1", "trust": server.trust}
        self.change(slow, metadata_url="https://127.0.0.1:9445/", **listed)
        fetch = f"/api/v1/identity-providers/{row['id']}/fetch"

        def serve(xml, status=200, headers=()):
            server.answers["/metadata"] = (status, headers, xml)

        with self.subTest("an address"):
            self.refused(409, self.admin.post, fetch, reason="provider.no_address")
            for wrong in ("http://localhost:9444/metadata", "https://", "https://localhost:9444/meta data", "https://localhost/#x"):
                self.refused(422, self.change, row, metadata_url=wrong)
            serve(idp.metadata)
            self.change(row, metadata_url="https://localhost:9444/metadata")
            until(lambda: self.of(row)["problem"] == "oidc.address", "it is asked for without anybody's asking")
            self.assertEqual(server.seen, [])
            self.change(row, addresses=listed["addresses"])
            self.assertEqual(self.admin.post(fetch)["problem"], "oidc.tls")
            self.change(row, trust=server.trust)
            self.refused(422, self.change, row, enabled=True)
            known = self.admin.post(fetch)
            self.assertEqual((known["problem"], known["valid_until"]), (None, None))
            self.assertGreater(known["next_fetch_at"], known["fetched_at"])
        self.change(row, second_factor="trust", contexts="urn:oasis:names:tc:SAML:2.0:ac:classes:Password", provision=True,
                    login_attribute=X500["uid"], enabled=True)

        def signs_in():
            api = browser()
            _, form = idp.answer(self.begin(api, row), "akiko", {"uid": ["akiko"]})
            return self.come_back(api, form)

        entity = f'entityID="{idp.entity}"'
        for problem, served in (("oidc.redirect", ("", 302, (("Location", "https://localhost:9444/elsewhere"),))),
                                ("oidc.too_large", ("<x>" + " " * 140_000 + "</x>",)), ("oidc.status", (idp.metadata, 404)),
                                ("oidc.document", ("",)), ("saml.xml", (idp.metadata[:-9],)),
                                ("saml.markup", ("<!DOCTYPE x>" + idp.metadata,)),
                                ("saml.metadata_expired", (idp.metadata.replace(entity, entity + ' validUntil="2026-01-01T00:00:00Z"'),)),
                                ("saml.metadata_entity", (idp.metadata.replace(idp.entity, "https://other.example.net"),))):
            with self.subTest(problem):
                serve(*served)
                now = self.admin.post(fetch)
                self.assertEqual((now["problem"], now["fetched_at"]), (problem, known["fetched_at"]))
                leaf = self.fetched(row)
                self.assertEqual((leaf["outcome"], leaf["reason"]), ("failed", problem))
        self.assertEqual(signs_in(), "/", "what was known is in force")
        self.assertNotIn("/elsewhere", server.seen)
        with self.subTest("keys that change"):
            old = re.search(r"X509Certificate>([^<]*)<", idp.metadata)[1]
            with open(made(f"{VAR}/pages", "next")[1], encoding="ascii") as file:
                new = "".join(file.read().splitlines()[1:-1])
            prints = [hashlib.sha256(base64.b64decode(one)).hexdigest() for one in (old, new)]
            descriptor = re.search(r"<(\w+):KeyDescriptor.*?</\1:KeyDescriptor>", idp.metadata, re.S)[0]
            soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3 * 3600))
            serve(idp.metadata.replace(descriptor, descriptor + descriptor.replace(old, new)).replace(entity, f'{entity} validUntil="{soon}"'))
            now = self.admin.post(fetch)
            self.assertEqual((now["problem"], now["valid_until"][:19]), (None, soon[:19]))
            self.assertLess(now["next_fetch_at"], now["valid_until"])
            self.assertEqual(self.fetched(row)["data"].get("certificates_added"), prints[1])
            self.assertNotIn("certificates_removed", self.fetched(row)["data"])
            told = [one for one in self.admin.get("/api/v1/me/notices")["items"] if one["kind"] == "provider_keys"]
            self.assertTrue(told and told[0]["detail"].endswith(f"; + {prints[1]}"), told)
            self.assertEqual(signs_in(), "/", "both count")
            serve(idp.metadata.replace(old, new))
            self.due(row)
            until(lambda: self.fetched(row)["data"].get("certificates_removed") == prints[0], "it is fetched when its time has come")
            self.assertIsNone(self.fetched(row)["actor"])
            self.assertEqual(signs_in(), "/signin?failed=provider")
            self.assertEqual(self.refusals()[0], "saml.signature")
            count = len(server.seen)
            self.due(row)
            until(lambda: len(server.seen) > count and self.of(row)["next_fetch_at"] > now["next_fetch_at"], "and again")
            self.assertIn("certificates_removed", self.fetched(row)["data"], "that nothing is new needs no record")
            self.hand_in(idp.metadata, row)
            data = self.fetched(row)["data"]
            self.assertEqual((data["certificates_added"], data["certificates_removed"]), tuple(prints))
        with self.subTest("a server that says nothing"):
            until(lambda: self.of(slow)["problem"] == "oidc.slow", "the wait has an end")
            self.assertEqual(self.change(slow, metadata_url="")["next_fetch_at"], None)

    def test_a_sign_in_that_a_provider_begins_is_refused_unless_it_may(self):
        idp = Pysaml(PEERS, f"{VAR}/python-first", "https://127.0.0.1:9084/sso", browser().raw("GET", BASE + "metadata")[2])
        idp.server.config.entityid = idp.entity = "https://idp.example.net/first"
        row = self.admin.post("/api/v1/identity-providers", {"kind": "saml", "name": "First", "issuer": idp.entity})
        self.hand_in(idp.metadata.replace("https://idp.example.net/python", idp.entity), row)
        self.change(row, second_factor="trust", contexts="urn:oasis:names:tc:SAML:2.0:ac:classes:Password", provision=True,
                    login_attribute=X500["uid"], enabled=True)
        self.addCleanup(self.change, row, enabled=False)

        def form(login="fumiko", request=None, **more):
            return {"SAMLResponse": idp.says(request, ACS, OWN, login, {"uid": [login]}), **more}

        self.refused(422, self.change, self.admin.post("/api/v1/identity-providers", {
            "kind": "oidc", "name": "Other kind", "issuer": "https://id.example.net", "client_id": "x"}), unsolicited=True)
        for more in ({}, {"RelayState": ""}, {"RelayState": "https://elsewhere.example.net/"}):
            self.assert_refused(browser(), form(**more), "saml.unsolicited", "unasked")
        self.change(unsolicited=True)  # another one may
        self.assert_refused(browser(), form(), "saml.unsolicited", "unasked")
        self.change(unsolicited=False)
        self.assertFalse(self.of(row)["unsolicited"])
        self.change(row, unsolicited=True)
        with self.subTest("it may"):
            api = browser()
            first = form(RelayState="https://elsewhere.example.net/")
            self.assertEqual(self.come_back(api, first), "/")
            self.assertEqual(api.get("/api/v1/me")["login"], "fumiko")
            leaf = self.admin.get("/api/v1/audit", event="auth.provider_asked", limit=1)["items"][0]["leaf"]
            self.assertEqual((leaf["object"]["id"], leaf["data"], leaf["actor"]), (row["id"], {"begun_by": "provider"}, None))
        with self.subTest("but not everything"):
            self.assert_refused(browser(), first, "saml.replayed")
            self.assert_refused(browser(), form(request="_ours"), "saml.in_response_to")
            changed = base64.b64encode(base64.b64decode(form()["SAMLResponse"]).replace(b">fumiko<", b">admin<")).decode()
            self.assert_refused(browser(), {"SAMLResponse": changed}, "saml.signature")
            self.assert_refused(browser(), {"SAMLResponse": "PHg+"}, "saml.xml")
            self.assert_refused(browser(), {**form(), "RelayState": "A" * 43}, "federation.state", "expired")
            evil, idp.server.config.entityid = idp.server.config.entityid, "https://idp.example.net/nobody"
            self.assert_refused(browser(), form(), "federation.disabled")
            idp.server.config.entityid = evil
        with self.subTest("with the own second factor"):
            self.change(row, second_factor="ask")
            api, other = person("suzuki"), browser()
            begun = api.post(f"/api/v1/me/identities/link/{row['id']}")
            old = idp.answer(begun["location"], "ichiro", {"uid": ["ichiro"]}, at=time.time() - 3600)[1]
            self.assert_refused(api, old, "saml.not_fresh")  # linking takes a sign-in there that is new
            begun = api.post(f"/api/v1/me/identities/link/{row['id']}")
            self.assertEqual(self.come_back(api, idp.answer(begun["location"], "ichiro", {"uid": ["ichiro"]})[1]), "/profile")
            self.assertEqual(self.come_back(other, form("ichiro")), "/signin/second")
            self.refused(401, other.get, "/api/v1/me")
            self.assertEqual(other.post("/api/v1/sign-in/second", form={"code": api.next_code()})["login"], "suzuki")

    @staticmethod
    def due(row):
        subprocess.run(["mariadb", "--no-defaults", "-S", f"{VAR}/data/run/db/db.sock", "-u", "root", "-e",
                        "UPDATE identity_provider_metadata SET next_at = UTC_TIMESTAMP(6) WHERE provider_id = "
                        f"x'{row['id'].replace('-', '')}'", "sekisho"], check=True)

    def notices(self):
        return [one["leaf"].get("reason") or one["leaf"]["data"].get("ended", "ended")
                for one in self.admin.get("/api/v1/audit", event="auth.provider_signed_out", limit=50)["items"]]

    def arrive(self, api, location):
        """A browser that another site sends to our logout service: where it is sent on."""
        self.assertTrue(location.startswith(SLO + "?"), location)
        status, headers, _ = api.raw("GET", location[location.index("/api/"):], headers=CROSS)
        self.assertEqual(status, 303, headers)
        return headers["location"]

    def leave(self, api):
        """Signs out here: the provider's address that the browser is sent to."""
        left = api.post("/api/v1/sign-out")
        self.refused(401, api.get, "/api/v1/me")
        status, headers, _ = api.raw("GET", left["location"], headers={"Sec-Fetch-Site": "same-origin", "Accept": "text/html"})
        self.assertEqual(status, 303, headers)
        return headers["location"]

    def test_a_logout_at_a_provider_ends_the_sessions_that_it_names(self):
        where = "https://127.0.0.1:9082/sso"
        idp = Pysaml(PEERS, f"{VAR}/python-out", where, browser().raw("GET", BASE + "metadata")[2])
        row = self.admin.post("/api/v1/identity-providers", {"kind": "saml", "name": "Out", "issuer": idp.entity})
        self.hand_in(idp.metadata, row)
        self.change(row, second_factor="trust", contexts="urn:oasis:names:tc:SAML:2.0:ac:classes:Password", provision=True,
                    login_attribute=X500["uid"], enabled=True, sign_out="provider")
        self.addCleanup(self.change, row, enabled=False)

        def signed_in(login):
            api = browser()
            _, form = idp.answer(self.begin(api, row), login, {"uid": [login]})
            self.assertEqual(self.come_back(api, form), "/")
            return api, re.search(rb'SessionIndex="([^"]*)"', base64.b64decode(form["SAMLResponse"]))[1].decode()

        (first, one), (second, _), (other, _) = signed_in("reiko"), signed_in("reiko"), signed_in("shiro")
        with self.subTest("refused"):
            now = time.time()
            stamp = lambda at: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))  # noqa: E731
            honest = idp.leave("reiko", SLO)
            for location, reason in ((idp.leave("reiko", SLO, sign=False), "saml.unsigned"),
                                     (honest.replace("RelayState=r", "RelayState=s"), "saml.signature"),
                                     (idp.leave("reiko", SLO + "/"), "saml.destination"),
                                     (idp.leave("reiko", SLO, name_format=TRANSIENT), "saml.name_id"),
                                     (idp.leave("reiko", SLO, expire=stamp(now - 600)), "saml.expired")):
                self.assertEqual(self.arrive(browser(), location.replace(SLO + "/?", SLO + "?")), "/signin?failed=provider")
                self.assertEqual(self.notices()[0], reason)
            evil, idp.server.config.entityid = idp.server.config.entityid, self.idp.entity
            location = idp.leave("reiko", SLO)
            idp.server.config.entityid = evil
            self.assertEqual(self.arrive(browser(), location), "/signin?failed=provider")
            self.assertEqual(self.notices()[0], "saml.signature")
        self.assertEqual([api.get("/api/v1/me")["login"] for api in (first, second, other)], ["reiko", "reiko", "shiro"])
        for name in ("Reiko", "nobody"):
            self.arrive(browser(), idp.leave(name, SLO, relay="a b"))  # it escapes as forms do
            self.assertEqual(self.notices()[0], "none")
        location = idp.leave("reiko", SLO, indexes=[one])
        text, asked = idp.reads(self.arrive(browser(), location))
        self.assertIn("status:Success", text)
        self.assertEqual(asked["RelayState"], "r/1")
        self.refused(401, first.get, "/api/v1/me")
        self.assertEqual([api.get("/api/v1/me")["login"] for api in (second, other)], ["reiko", "shiro"])
        third, _ = signed_in("reiko")
        self.assertEqual(self.arrive(browser(), location), "/signin?failed=provider")
        self.assertEqual(self.notices()[0], "saml.replayed")
        self.arrive(browser(), idp.leave("reiko", SLO))
        for api in (second, third):
            self.refused(401, api.get, "/api/v1/me")
        with self.subTest("and our own"):
            text, asked = idp.reads(self.leave(other))
            self.assertIn(">shiro</saml:NameID>", text)
            self.assertIn("<samlp:SessionIndex>", text)
            self.assertEqual(self.arrive(other, f"{SLO}?" + urllib.parse.urlencode({"SAMLResponse": "PHg+", "RelayState": asked["RelayState"]})),
                             "/signin")
            self.assertEqual(self.notices()[0], "saml.encoding")

    def test_single_logout_with_simplesamlphp_from_both_sides(self):
        context = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
        self.change(second_factor="trust", contexts=context, provision=True, login_attribute="uid", sign_out="provider")
        self.addCleanup(self.change, second_factor="ask", provision=False, sign_out="here")

        def signed_in():
            api, there = browser(), Person(home=SLO)
            to, form = there.sign_in(self.begin(api).replace("https://127.0.0.1", "http://127.0.0.1"))
            self.assertEqual((to, self.come_back(api, form)), (ACS, "/"))
            return api, there

        with self.subTest("it began here"):
            api, there = signed_in()
            back, _ = there.go(self.leave(api).replace("https://127.0.0.1", "http://127.0.0.1"))
            self.assertEqual(self.arrive(api, back), "/signin")
            self.assertEqual(self.notices()[0], "confirmed")
            self.arrive(api, back)
            self.assertEqual(self.notices()[0], "federation.replayed")
        with self.subTest("it began there"):
            api, there = signed_in()
            asked, _ = there.go(self.idp.url + "/saml2/idp/initSLO.php?RelayState=" + urllib.parse.quote(self.idp.url + "/logout.php"))
            on = self.arrive(browser(), asked)
            self.assertEqual(self.notices()[0], "ended")
            self.refused(401, api.get, "/api/v1/me")
            _, page = there.go(on.replace("https://127.0.0.1", "http://127.0.0.1"))
            self.assertIn("logged out", page)

    @staticmethod
    def certificates(use="signing", query=""):
        """Those in our metadata, in their order."""
        own = browser().raw("GET", BASE + "metadata" + query)[2].decode()
        return re.findall(rf'<KeyDescriptor use="{use}">.*?<X509Certificate>([^<]*)</X509Certificate>', own)

    def keys(self):
        return self.admin.get("/api/v1/saml-keys")["items"]

    def roll(self, what, key=None):
        """One step of the roll-over; the keys afterwards."""
        path = "/api/v1/saml-keys"
        method, path = {"make": ("POST", path), "use": ("POST", f"{path}/{key}/use"), "remove": ("DELETE", f"{path}/{key}")}[what]
        return self.admin.call(method, path)["items"]

    def test_our_own_key_is_rolled_over_while_providers_learn_of_it_one_by_one(self):
        with self.subTest("not by everybody"):
            self.refused(403, person("yamada").post, "/api/v1/saml-keys")
            self.refused(401, browser().get, "/api/v1/saml-keys")
        where = "https://127.0.0.1:9085/sso"
        own = browser().raw("GET", BASE + "metadata")[2]
        idp = Pysaml(PEERS, f"{VAR}/python-keys", where, own)
        idp.server.config.entityid = idp.entity = "https://idp.example.net/keys"
        row = self.admin.post("/api/v1/identity-providers", {"kind": "saml", "name": "Keys", "issuer": idp.entity})
        self.hand_in(idp.metadata.replace("https://idp.example.net/python", idp.entity), row)
        self.change(row, second_factor="trust", contexts="urn:oasis:names:tc:SAML:2.0:ac:classes:Password", provision=True,
                    login_attribute=X500["uid"], enabled=True, sign_out="provider")
        self.addCleanup(self.change, row, enabled=False)

        def released():
            found = self.admin.get("/api/v1/audit", event="secret.released", limit=100)["items"]
            return [one["leaf"]["data"]["kind"] for one in found if one["leaf"]["object"]["id"] == row["id"]]

        def sealed_for(certificate):
            """Somebody signs in there, and it seals for that certificate of ours: the browser, and where it ends."""
            api = browser()
            _, form = idp.answer(self.begin(api, row), "sealed", {"uid": ["sealed"]}, sign_response=False)
            form = idp.seals(form, certificate)
            self.assertIsNone(re.search(rb":Assertion[ >]", base64.b64decode(form["SAMLResponse"])))
            return api, self.come_back(api, form)

        def signer(api=None):
            """Which of the certificates in our metadata verifies what we ask: a sign-in, or the logout of that browser."""
            location = self.leave(api) if api else self.begin(browser(), row)
            asked = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(location).query))
            held = [certificate for certificate in self.certificates() if idp.is_signed(asked, OWN, certificate)]
            self.assertEqual(len(held), 1)
            return held[0]

        first, = self.keys()
        (old,) = self.certificates()
        self.assertEqual((first["state"], first["fingerprint"]), ("in_use", hashlib.sha256(base64.b64decode(old)).hexdigest()))
        self.assertEqual(self.certificates("encryption"), [])
        self.assertEqual(self.certificates("encryption", "?encryption=true"), [old])
        self.assertEqual(sealed_for(old)[1], "/")
        self.assertNotIn("saml_other", released())
        with self.subTest("the next one is made"):
            keys = self.roll("make")
            self.assertEqual([one["state"] for one in keys], ["in_use", "next"])
            self.assertEqual(keys[0], first)
            self.assertGreater(keys[1]["expires_at"], first["expires_at"])
            (known, new), next_id = self.certificates(), keys[1]["id"]
            self.assertEqual((known, self.certificates("encryption", "?encryption=true")), (old, [old, new]))
            self.assertEqual(signer(), old)
            for certificate in (old, new):
                self.assertEqual(sealed_for(certificate)[1], "/")
            self.refused(409, self.roll, "make", reason="saml_key.two")
            self.refused(409, self.roll, "remove", first["id"], reason="saml_key.in_use")
        with self.subTest("it is in use: who has not learnt of it goes on"):
            keys = self.roll("use", next_id)
            self.assertEqual([(one["id"], one["state"]) for one in keys], [(next_id, "in_use"), (first["id"], "old")])
            self.assertEqual(self.certificates(), [new, old])
            self.assertEqual(signer(), new)
            idp.learns(browser().raw("GET", BASE + "metadata")[2])
            before = released().count("saml_other")
            api, place = sealed_for(old)
            self.assertEqual((place, released().count("saml_other")), ("/", before + 1))
            self.assertEqual(signer(api), new)
            api, place = sealed_for(new)
            self.assertEqual((place, released().count("saml_other")), ("/", before + 1))
            text, _ = idp.reads(self.arrive(browser(), idp.leave("sealed", SLO)))
            self.assertIn("status:Success", text)
            self.refused(401, api.get, "/api/v1/me")
            self.refused(409, self.roll, "use", next_id, reason="saml_key.in_use")
            self.refused(409, self.roll, "remove", next_id, reason="saml_key.in_use")
        with self.subTest("the old one is gone"):
            self.assertEqual([(one["id"], one["state"]) for one in self.roll("remove", first["id"])], [(next_id, "in_use")])
            self.assertEqual(self.certificates(), [new])
            self.assertEqual(sealed_for(new)[1], "/")
            self.assertEqual(sealed_for(old)[1], "/signin?failed=provider")
            self.assertEqual(self.refusals()[0], "saml.encryption")
            self.refused(404, self.roll, "use", first["id"])
        with self.subTest("SimpleSAMLphp, which knows one certificate, is told and goes on"):
            refused = self.begin(browser())
            where, page = Person().go(refused.replace("https://127.0.0.1", "http://127.0.0.1"))
            self.assertNotIn("password", page.lower(), "it does not take what the new key signs")
            self.idp.know(OWN, ACS, new)
            api = browser()
            self.assertIn("SAMLResponse", self.at_provider(self.begin(api)))
        events = [self.admin.get("/api/v1/audit", event=f"auth.saml_key_{name}", limit=10)["items"] for name in ("made", "put_in_use", "removed")]
        self.assertEqual([len(found) for found in events], [1, 1, 1])
        prints = [hashlib.sha256(base64.b64decode(one)).hexdigest() for one in (new, old)]
        self.assertEqual([found[0]["leaf"]["object"]["name"] for found in events], [prints[0], prints[0], prints[1]])
        self.assertEqual(events[1][0]["leaf"]["data"]["before"], prints[1])


if __name__ == "__main__":
    unittest.main()
