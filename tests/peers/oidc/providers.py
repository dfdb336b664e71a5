# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenID providers made by others, for the tests: panva's oidc-provider and Glewlwyd, on https on loopback.

Each has issuer, entrance (of its authorization endpoint), client and secret, and authorize(location, login): what a
person's browser brings back from there, as (address, parameters).
"""
import base64
import json
import os
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.parse

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from visitor import Browser, action, fields  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
JSON = {"Content-Type": "application/json"}


def brought(address):
    where, _, query = address.partition("?")
    return where, dict(urllib.parse.parse_qsl(query, strict_parsing=True))


class OidcProvider:
    """It signs anybody in with any password, and asks for their consent. ca: file of who signs our certificate, for its notices."""

    def __init__(self, node, peers, authority, port, redirect, log, ca):
        self.authority, self.redirect = authority, redirect
        self.issuer = f"https://localhost:{port}"
        self.entrance, self.client, self.secret = self.issuer + "/auth", "sekisho", "nicht +&=/ geheim"
        self.clients = [{"client_id": self.client, "client_secret": self.secret, "redirect_uris": [redirect]}]
        self.people, self.keys = {}, [{"kid": "k1", "alg": "RS256"}]
        with open(log, "ab") as file:
            self.process = subprocess.Popen([node, f"{HERE}/provider.mjs", f"{peers}/npm"], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=file, text=True,
                                            env={**os.environ, "NODE_EXTRA_CA_CERTS": ca})
        with open(authority.file, encoding="ascii") as certificate, open(authority.key_file, encoding="ascii") as key:
            self.set(port=port, certificate=certificate.read(), key=key.read())

    def set(self, **more):
        """What is in force from now on; sessions and codes stay."""
        settings = {"issuer": self.issuer, "clients": self.clients, "people": self.people, "keys": self.keys, **more}
        self.process.stdin.write(json.dumps(settings) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ready\n", "it did not start: see its log"

    def close(self):
        self.process.communicate(timeout=60)

    def authorize(self, location, login="hanako", refuse=False):
        self.visitor = browser = Browser(self.redirect, self.authority.pem)
        url, page = browser.go(location)
        while page is not None:
            if refuse:
                url, page = browser.go(urllib.parse.urljoin(url, action(page)) + "/abort")
                continue
            form = fields(page)
            if "login" in form:
                form.update(login=login, password="any")
            url, page = browser.go(urllib.parse.urljoin(url, action(page)), form)
        return brought(url)

    def sign_out(self):
        """Who authorized last, there; its clients have been told when this returns."""
        url, page = self.visitor.go(self.issuer + "/session/end")
        self.visitor.go(urllib.parse.urljoin(url, action(page)), {**fields(page), "logout": "yes"})


CONFIG = """
port={port}
bind_address="127.0.0.1"
external_url="https://localhost:{port}"
login_url="login.html"
api_prefix="api"
log_mode="file"
log_level="INFO"
log_file="{folder}/glewlwyd.log"
cookie_secure=1
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="{lib}/user"
client_module_path="{lib}/client"
user_auth_scheme_module_path="{lib}/scheme"
plugin_module_path="{lib}/plugin"
use_secure_connection=true
secure_connection_key_file="{key}"
secure_connection_pem_file="{certificate}"
hash_algorithm="SHA512"
database = {{ type = "sqlite3"; path = "{folder}/glewlwyd.db" }}
"""


def jwk(kid):
    """A new private key that signs with PS256."""
    def number(value):
        return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()
    key = rsa.generate_private_key(65537, 2048).private_numbers()
    named = {"n": key.public_numbers.n, "e": 65537, "d": key.d, "p": key.p, "q": key.q, "dp": key.dmp1, "dq": key.dmq1, "qi": key.iqmp}
    return {"kty": "RSA", "kid": kid, "alg": "PS256", **{name: number(value) for name, value in named.items()}}


class Glewlwyd:
    """Set up by its API, as its administration page does; signing in is what its sign-in page calls."""

    def __init__(self, peers, authority, port, redirect, folder):
        self.authority, self.redirect, self.peers, self.folder, self.port = authority, redirect, peers, folder, port
        self.url = f"https://localhost:{port}/api"
        self.issuer, self.entrance = self.url + "/oidc", self.url + "/oidc/auth"
        self.client, self.secret = "sekisho", "auch-geheim"
        os.makedirs(folder)
        with open(f"{peers}/glewlwyd/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3", encoding="utf-8") as file:
            database = sqlite3.connect(f"{folder}/glewlwyd.db")
            database.executescript(file.read())
            database.close()
        with open(f"{folder}/glewlwyd.conf", "w", encoding="utf-8") as file:
            file.write(CONFIG.format(port=port, folder=folder, lib=f"{peers}/glewlwyd/usr/lib/glewlwyd", key=authority.key_file,
                                     certificate=authority.file))
        self.start()
        self.set_up()

    def start(self):
        libraries = next(path for path, _, names in os.walk(f"{self.peers}/glewlwyd/usr/lib") if any(n.startswith("libulfius") for n in names))
        self.process = subprocess.Popen([f"{self.peers}/glewlwyd/usr/bin/glewlwyd", "-c", f"{self.folder}/glewlwyd.conf"],
                                        env={"LD_LIBRARY_PATH": libraries, "PATH": "/usr/bin:/bin"})
        deadline = time.monotonic() + 60
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), 5).close()
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.02)

    def close(self):
        self.process.terminate()
        self.process.wait()

    def ask(self, browser, method, path, body):
        return browser.go(self.url + path, body=json.dumps(body).encode(), method=method, headers=JSON)[1]

    def person(self, login, password):
        browser = Browser(self.redirect, self.authority.pem)
        self.ask(browser, "POST", "/auth/", {"username": login, "password": password})
        return browser

    def set_up(self):
        admin = self.person("admin", "password")
        parameters = {"iss": self.issuer, "jwks-private": json.dumps({"keys": [jwk("g1")]}), "jwks-show": True,
                      "access-token-duration": 300, "refresh-token-duration": 300, "code-duration": 60, "auth-type-code-enabled": True,
                      "allow-non-oidc": False, "pkce-allowed": True, "pkce-required": True, "oauth-as-iss-id": True, "subject-type": "public",
                      "claims": [{"name": "login", "user-property": "username", "type": "string", "mandatory": True}]}
        self.ask(admin, "POST", "/mod/plugin/", {"module": "oidc", "name": "oidc", "display_name": "OpenID", "parameters": parameters})
        self.ask(admin, "POST", "/client/", {"client_id": self.client, "name": "Sekisho", "confidential": True, "enabled": True,
                                             "client_secret": self.secret, "password": self.secret, "redirect_uri": [self.redirect],
                                             "authorization_type": ["code"], "token_endpoint_auth_method": ["client_secret_basic"]})
        self.ask(admin, "POST", "/user/", {"username": "hanako", "name": "Hanako", "email": "hanako@example.net", "enabled": True,
                                           "password": "a password", "scope": ["g_profile", "openid"]})

    def authorize(self, location, login="hanako"):
        browser = self.person(login, "a password")
        self.ask(browser, "PUT", f"/auth/grant/{self.client}", {"scope": "openid"})
        return brought(browser.go(location + "&g_continue")[0])
