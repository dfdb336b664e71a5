# SPDX-License-Identifier: GPL-3.0-or-later
"""An OpenID provider that does as the test tells it, lies included: https with a CA of its own, on loopback."""
import base64
import hashlib
import http.server
import ipaddress
import json
import os
import ssl
import threading
import time
import urllib.parse
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID


SLOW = 0  # in place of a status: an answer that begins and does not end


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def certificate(name, key, issuer_name, issuer_key, ca):
    now = datetime.now(timezone.utc)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
               .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer_name)]))
               .serial_number(x509.random_serial_number())
               .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=2))
               .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True))
    if not ca:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def pem(thing):
    return thing.public_bytes(serialization.Encoding.PEM).decode()


class Authority:
    """Certificates for providers on loopback."""

    def __init__(self, folder):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.cert = certificate("provider ca", self.key, "provider ca", self.key, True)
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = certificate("localhost", key, "provider ca", self.key, False)
        self.pem, self.file, self.key_file = pem(self.cert), os.path.join(folder, "op.pem"), os.path.join(folder, "op.key")
        with open(self.file, "w", encoding="ascii") as f:
            f.write(pem(leaf))
        with open(self.key_file, "wb") as f:
            f.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                      serialization.NoEncryption()))


class Provider:
    """One issuer. What it does wrong is an attribute."""

    def __init__(self, authority, port):
        self.port, self.issuer = port, f"https://localhost:{port}/realm"
        self.entrance = self.issuer + "/authorize"
        self.client, self.secret = "sekisho", "geheim +&="
        self.keys = {"k1": rsa.generate_private_key(65537, 2048)}
        self.signs = "k1"
        self.claims, self.codes, self.seen = {}, {}, []
        self.document, self.header, self.answers = {}, {}, {}  # members given anew; path -> (status, headers, body)
        self.says_issuer = True
        self.closed = threading.Event()
        handler = type("Handler", (Handler,), {"provider": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.server.handle_error = lambda *_: None  # who does not trust us ends the handshake
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.file, authority.key_file)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.closed.set()
        self.server.shutdown()
        self.server.server_close()

    def discovery(self):
        document = {"issuer": self.issuer, "authorization_endpoint": self.issuer + "/authorize",
                    "token_endpoint": self.issuer + "/token", "jwks_uri": self.issuer + "/keys", "end_session_endpoint": self.issuer + "/logout?tenant=1",
                    "response_types_supported": ["code"], "subject_types_supported": ["public"],
                    "code_challenge_methods_supported": ["S256"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "authorization_response_iss_parameter_supported": self.says_issuer}
        document.update(self.document)
        return {k: v for k, v in document.items() if v is not None}

    def jwks(self):
        return {"keys": [{"kty": "RSA", "use": "sig", "kid": kid, "n": number(key.public_key().public_numbers().n),
                          "e": "AQAB"} for kid, key in self.keys.items() if not kid.startswith("hidden")]}

    def token(self, asked):
        claims = {"iss": self.issuer, "aud": self.client, "sub": "s-1", "iat": int(time.time()),
                  "exp": int(time.time()) + 300, "nonce": asked["nonce"]}
        if "max_age" in asked:
            claims["auth_time"] = int(time.time())
        claims.update(self.claims)
        return self.sign(claims, self.header)

    def sign(self, claims, header=None):
        header = {"alg": "RS256", "kid": self.signs, **(header or {})}
        text = ".".join(b64(json.dumps(part).encode()) for part in (header, {k: v for k, v in claims.items() if v is not None}))
        return text + "." + b64(self.keys[self.signs].sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))

    def logout_token(self, header=None, **changes):
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.client, "iat": now, "exp": now + 120, "jti": b64(os.urandom(12)),
                  "events": {"http://schemas.openid.net/event/backchannel-logout": {}}, **changes}
        return self.sign(claims, {"typ": "logout+jwt", **(header or {})})

    def authorize(self, location):
        """The browser's visit: what it is sent back with."""
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(location).query, strict_parsing=True))
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256", asked
        assert asked["client_id"] == self.client and "openid" in asked["scope"].split(), asked
        assert len(asked["state"]) == 43 and len(asked["nonce"]) == 43 and len(asked["code_challenge"]) == 43, asked
        code = b64(os.urandom(24))
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "session_state": "ignored"}
        if self.says_issuer:
            answer["iss"] = self.issuer
        return asked["redirect_uri"], answer

    def redeem(self, form, authorization):
        asked = self.codes.pop(form.get("code"), None)
        login = f"{self.client}:{urllib.parse.quote_plus(self.secret)}".replace("+", "%20")
        challenge = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if authorization != "Basic " + base64.b64encode(login.encode()).decode():
            return 401, {"error": "invalid_client"}
        if not asked or challenge != asked["code_challenge"] or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": self.token(asked)}


class Handler(http.server.BaseHTTPRequestHandler):
    provider = None

    def log_message(self, *_):
        pass

    def send(self, status, body, headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(data))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def planned(self):
        provider = self.provider
        provider.seen.append(self.path)
        if self.path not in provider.answers:
            return False
        status, headers, body = provider.answers[self.path]
        if status == SLOW:
            self.drip()
        else:
            self.send(status, body, headers)
        return True

    def drip(self):
        """A byte at a time, until whoever reads has enough of it."""
        self.send_response(200)
        self.end_headers()
        try:
            while not self.provider.closed.wait(0.1):
                self.wfile.write(b" ")
        except OSError:
            pass

    def do_GET(self):  # noqa: N802
        provider = self.provider
        if self.planned():
            return
        if self.path == "/realm/.well-known/openid-configuration":
            self.send(200, provider.discovery())
        elif self.path == "/realm/keys":
            self.send(200, provider.jwks())
        else:
            self.send(404, {})

    def do_POST(self):  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.planned():
            return
        self.send(*self.provider.redeem(dict(urllib.parse.parse_qsl(body)), self.headers.get("Authorization")))
