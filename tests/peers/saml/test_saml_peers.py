#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign identity providers and the real sekisho-saml: test_saml_peers.py TOOL PEERS.

PEERS: folder with SimpleSAMLphp and PHP unpacked. Each way that it signs and seals is taken; what it answered
another request, another service or another provider is not.
"""
import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from idp import Idp, Person  # noqa: E402

TOOL, PEERS = sys.argv.pop(1), sys.argv.pop(1)
ENTITY, ACS = "https://sekisho.example.org/saml", "https://sekisho.example.org/saml/acs"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="sekisho-saml.")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        os.mkdir(f"{cls.folder}/idp")
        cls.tool("key")
        with open(f"{cls.folder}/certificate", "rb") as file:
            certificate = base64.b64encode(file.read()).decode()
        cls.idp = Idp(PEERS, f"{cls.folder}/idp", free_port())
        cls.idp.host()
        cls.idp.know(ENTITY, ACS, certificate)
        cls.addClassCleanup(cls.idp.stop)
        # Behind a proxy that ends TLS it would name these addresses.
        metadata = cls.idp.start().replace("http://127.0.0.1", "https://127.0.0.1")
        cls.read = cls.tool("metadata", given=metadata)

    @classmethod
    def tool(cls, *arguments, given=""):
        done = subprocess.run([TOOL, cls.folder, *arguments], input=given, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        said = {}
        for line in done.stdout.splitlines():
            name, _, value = line.partition("=")
            said.setdefault(name, []).append(value)
        return said

    def answer(self, request, browser=None, *more):
        """What the provider posts, to whom, for a request of ours."""
        made = self.tool("request", request, self.read["sign_in"][0], ENTITY, ACS, *more)
        where, form = (browser or Person()).sign_in(made["url"][0].replace("https://127.0.0.1", "http://127.0.0.1"))
        self.assertEqual(where, ACS)
        self.assertEqual(form["RelayState"], "state")
        return form["SAMLResponse"]

    def check(self, response, request, command="check", entity=ENTITY, acs=ACS, issuer=None):
        return self.tool(command, request, entity, acs, issuer or self.idp.entity, given=response)

    def test_its_metadata_is_read(self):
        self.assertEqual(self.read["why"], [""])
        self.assertEqual(self.read["entity"], [self.idp.entity])
        self.assertTrue(self.read["sign_in"][0].endswith("/saml2/idp/SSOService.php"))

    def test_its_answers_are_taken_however_it_signs(self):
        for name, more in [("both", ""), ("assertion", "'saml20.sign.response' => false,"),
                           ("response", "'saml20.sign.assertion' => false,")]:
            with self.subTest(signed=name):
                self.idp.host(more)
                said = self.check(self.answer("_r1"), "_r1")
                self.assertEqual(said["why"], [""])
                self.assertEqual(said["subject"], ["urn:oasis:names:tc:SAML:2.0:nameid-format:persistent hanako"])
                self.assertEqual(said["groups"], ["staff", "ops"])
                self.assertEqual(said["context"], ["urn:oasis:names:tc:SAML:2.0:ac:classes:Password"])
                self.assertTrue(said["session_index"][0])

    def test_what_was_not_answered_to_us_now_is_refused(self):
        self.idp.host()
        response = self.answer("_r2")
        for reason, other in [("saml.in_response_to", {"request": "_r3"}), ("saml.destination", {"acs": ACS + "2"}),
                              ("saml.audience", {"entity": ENTITY + "2"}), ("saml.issuer", {"issuer": "https://other.example.net"})]:
            with self.subTest(reason=reason):
                self.assertEqual(self.check(response, **{"request": "_r2", **other})["why"], [reason])
        changed = base64.b64encode(base64.b64decode(response).replace(b"hanako", b"taro12")).decode()
        self.assertEqual(self.check(changed, "_r2")["why"], ["saml.signature"])

    def test_weak_signatures_of_it_are_refused(self):
        self.idp.host("'signature.algorithm' => 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',")
        self.assertEqual(self.check(self.answer("_r4"), "_r4")["why"], ["saml.algorithm"])

    def test_our_request_must_be_ours_and_can_ask_for_a_new_sign_in(self):
        self.idp.host()
        browser = Person()
        self.answer("_r5", browser)
        made = self.tool("request", "_r6", self.read["sign_in"][0], ENTITY, ACS)["url"][0].replace("https://127", "http://127")
        self.assertIn("SAMLResponse", browser.go(made)[1], "it remembers the person")
        forced = self.tool("request", "_r7", self.read["sign_in"][0], ENTITY, ACS, "force")["url"][0].replace("https://127", "http://127")
        self.assertNotIn("SAMLResponse", browser.go(forced)[1], "it asks for the password again")
        forged = made.replace("SAMLRequest=", "SAMLRequest=f", 1)
        with self.assertRaises(Exception):
            Person().sign_in(forged)

    def test_its_sealed_assertions_are_refused_because_it_knows_cbc_only(self):
        self.idp.host("'assertion.encryption' => true,")
        response = self.answer("_r8")
        self.assertEqual(self.check(response, "_r8", command="sealed")["why"], ["saml.encryption"])
        self.assertEqual(self.check(response, "_r8")["why"], ["saml.sealed"], "without our key")


if __name__ == "__main__":
    unittest.main()
