# SPDX-License-Identifier: GPL-3.0-or-later
"""pysaml2 (Debian, unpacked below PEERS/python, with its xmlsec1) as an identity provider of the tests.

It has no pages: who signs in is an argument. It reads our own metadata, verifies our request, signs response and assertion, and
names attributes by their X.500 object identifiers.
"""
import base64
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
SHA256 = ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256")

SEALED = """<?xml version="1.0"?>
<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">\
<xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/>\
<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey>\
<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/>\
<xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>\
<xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>
"""


class Pysaml:
    """where: the address its metadata names. sp: our metadata, XML."""

    def __init__(self, peers, folder, where, sp):
        sys.path.append(f"{peers}/python/usr/lib/python3/dist-packages")
        from saml2 import BINDING_HTTP_REDIRECT
        from saml2.config import IdPConfig
        from saml2.metadata import entity_descriptor
        from saml2.server import Server
        os.makedirs(folder)
        key, certificate, known = f"{folder}/idp.key", f"{folder}/idp.pem", f"{folder}/sp.xml"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=pysaml2",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        with open(known, "wb") as file:
            file.write(sp)
        self.known, self.entity, self.where, self.binding = known, "https://idp.example.net/python", where, BINDING_HTTP_REDIRECT
        config = IdPConfig().load({
            "entityid": self.entity, "key_file": key, "cert_file": certificate, "xmlsec_binary": f"{peers}/python/usr/bin/xmlsec1",
            "metadata": {"local": [known]},
            "service": {"idp": {"endpoints": {"single_sign_on_service": [(where, BINDING_HTTP_REDIRECT)],
                                              "single_logout_service": [(where + "/out", BINDING_HTTP_REDIRECT)]},
                                "name_id_format": [PERSISTENT],
                                "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None,
                                                       "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}}}},
        })
        self.server, self.xmlsec = Server(config=config), f"{peers}/python/usr/bin/xmlsec1"
        self.metadata = str(entity_descriptor(config))

    def answer(self, location, login, attributes, **how):
        """What its page would post, (address, form). how: arguments of says."""
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(location).query))
        request = self.server.parse_authn_request(asked["SAMLRequest"], self.binding)
        to = self.server.response_args(request.message)
        assert self.is_signed(asked, to["sp_entity_id"]), "our request's signature does not hold"
        response = self.says(to["in_response_to"], to["destination"], to["sp_entity_id"], login, attributes, **how)
        return to["destination"], {"SAMLResponse": response, "RelayState": asked["RelayState"]}

    def says(self, request, to, sp, login, attributes, name_format=PERSISTENT, at=None, **how):
        """A response, in base64, to that request (None: nobody asked). at: when they signed in there (Unix time), if not just now.
        how: arguments of create_authn_response."""
        from saml2.saml import NameID
        response = self.server.create_authn_response(
            attributes, request, to, sp, userid=login,
            name_id=NameID(format=name_format, sp_name_qualifier=sp, text=login),
            authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "authn_auth": self.entity,
                   **({"authn_instant": at} if at else {})},
            **{"sign_response": True, "sign_assertion": True, "sign_alg": SHA256[0], "digest_alg": SHA256[1], **how})
        return base64.b64encode(str(response).encode()).decode()

    def seals(self, form, certificate):
        """The same answer with its assertion sealed for the owner of that certificate (base64 of DER), by xmlsec1: AES-GCM, RSA-OAEP."""
        text = base64.b64decode(form["SAMLResponse"]).decode()
        assertion = re.search(r"<(\w+):Assertion .*</\1:Assertion>", text, re.S)[0]
        with tempfile.TemporaryDirectory() as folder:
            names = [f"{folder}/{name}" for name in ("pem", "template", "assertion", "sealed")]
            lines = "\n".join(certificate[at:at + 64] for at in range(0, len(certificate), 64))
            # It stands alone there: what the response around it declares comes along.
            spaces = " ".join(f'{name}="{uri}"' for name, uri in sorted(set(re.findall(r'(xmlns:\w+)="([^"]*)"', text)))
                              if f"{name}=" not in assertion[:assertion.index(">")])
            alone = assertion.replace(" ", f" {spaces} ", 1)
            for name, content in zip(names, (f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n", SEALED, alone)):
                with open(name, "w", encoding="utf-8") as file:
                    file.write(content)
            subprocess.run([self.xmlsec, "--encrypt", "--pubkey-cert-pem", names[0], "--session-key", "aes-256", "--xml-data", names[2],
                            "--output", names[3], names[1]], check=True, capture_output=True)
            with open(names[3], encoding="utf-8") as file:
                sealed = file.read().split("?>", 1)[-1].strip()
        wrapped = f'<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{sealed}</saml:EncryptedAssertion>'
        return {**form, "SAMLResponse": base64.b64encode(text.replace(assertion, wrapped).encode()).decode()}

    def leave(self, login, to, indexes=(), relay="r/1", sign=True, name_format=PERSISTENT, **how):
        """The address it would send a browser to, to sign somebody out there. how: arguments of create_logout_request."""
        from saml2.saml import NameID
        _, request = self.server.create_logout_request(to, "", name_id=NameID(format=name_format, text=login),
                                                       session_indexes=list(indexes), **how)
        sent = self.server.apply_binding(self.binding, str(request), to, relay, sign=sign, sigalg=SHA256[0])
        return dict(sent["headers"])["Location"]

    def reads(self, location):
        """Our logout request or answer, verified: its text."""
        import zlib
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(location).query))
        assert self.is_signed(asked, next(iter(self.server.metadata.keys()))), "our signature does not hold"
        return zlib.decompress(base64.b64decode(asked.get("SAMLRequest") or asked["SAMLResponse"]), -15).decode(), asked

    def is_signed(self, asked, sp, certificate=None):
        """With a certificate in our metadata, or that one; parse_authn_request looks for a signature within the request only."""
        from saml2.mdstore import repack_cert
        from saml2.sigver import verify_redirect_signature
        known = [repack_cert(certificate)] if certificate else self.server.metadata.certs(sp, "spsso", "signing")
        return any(verify_redirect_signature(asked, self.server.sec.sec_backend, one) for one in known)

    def learns(self, sp):
        """Our metadata as it is now, in place of what it knew."""
        with open(self.known, "wb") as file:
            file.write(sp)
        self.server.metadata.load("local", self.known)
