#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""SimpleSAMLphp as an identity provider of the tests, and a person's browser at it.

It runs unpacked (tests/support/unpack.sh), with PHP's own web server, on an address of the test's.

  idp.py PEERS FOLDER PORT URL    serves it on that port as if it were at URL, where something that ends TLS stands. Prints a
    line of JSON, {entity, metadata}; takes lines {entity, acs, certificate} of who may ask it, "ready" answers; ends with its input.
"""
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from visitor import Browser, action, fields  # noqa: E402

EXTENSIONS = ["dom", "mbstring", "simplexml", "xml", "posix", "ctype", "tokenizer", "iconv"]

CONFIG = """<?php
$config = [
    'baseurlpath' => '%(url)s/',
    'certdir' => '%(folder)s/',
    'loggingdir' => '%(folder)s/',
    'datadir' => '%(folder)s/',
    'tempdir' => '%(folder)s/tmp',
    'metadatadir' => '%(folder)s/',
    'debug' => null, 'showerrors' => true, 'errorreporting' => false,
    'logging.level' => SimpleSAML\\Logger::WARNING, 'logging.handler' => 'file', 'logging.logfile' => 'idp.log',
    'timezone' => 'UTC', 'secretsalt' => '%(salt)s', 'auth.adminpassword' => '%(salt)s',
    'enable.saml20-idp' => true, 'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
    'session.cookie.secure' => false, 'session.phpsession.savepath' => '%(folder)s/tmp',
    'session.phpsession.cookiename' => 'idp', 'session.cookie.samesite' => null,
    'store.type' => 'phpsession', 'language.default' => 'en', 'language.available' => ['en'],
    'metadata.sources' => [['type' => 'flatfile']],
];
"""
SOURCES = """<?php
$config = ['people' => ['exampleauth:UserPass',
    'hanako:secret' => ['uid' => ['hanako'], 'mail' => ['hanako@example.net'], 'groups' => ['staff', 'ops']],
    'jiro:secret' => ['uid' => ['jiro'], 'mail' => ['jiro@example.net'], 'groups' => ['staff']],
]];
"""
HOSTED = """<?php
$metadata['%(entity)s'] = [
    'host' => '__DEFAULT__', 'privatekey' => 'idp.key', 'certificate' => 'idp.pem', 'auth' => 'people',
    'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'redirect.validate' => true, 'validate.authnrequest' => true, %(more)s
    'authproc' => [10 => ['class' => 'saml:AttributeNameID', 'attribute' => 'uid',
        'Format' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent']],
];
"""
REMOTE = """<?php
$metadata['%(entity)s'] = [
    'AssertionConsumerService' => [['Binding' => 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
        'Location' => '%(acs)s', 'index' => 0]],
    'SingleLogoutService' => [['Binding' => 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', 'Location' => '%(slo)s']],
    'sign.logout' => true, 'validate.logout' => true, 'redirect.sign' => true,
    'certData' => '%(certificate)s', 'simplesaml.nameidattribute' => 'uid',
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
];
"""


class Idp:
    """url: what it takes for its own address. more: settings of the hosted provider, PHP text ("'saml20.sign.response' => false,")."""

    def __init__(self, peers, folder, port, url=None):
        self.peers, self.folder, self.url = peers, folder, f"http://127.0.0.1:{port}"
        self.port, self.entity, self.server = port, "https://idp.example.net/php", None
        os.makedirs(f"{folder}/tmp")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=idp",
                        "-keyout", f"{folder}/idp.key", "-out", f"{folder}/idp.pem"], check=True, capture_output=True)
        values = {"url": url or self.url, "folder": folder, "salt": os.urandom(16).hex()}
        self.write("config.php", CONFIG % values)
        self.write("authsources.php", SOURCES)

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def host(self, more=""):
        self.write("saml20-idp-hosted.php", HOSTED % {"entity": self.entity, "more": more})

    def know(self, entity, acs, certificate):
        self.write("saml20-sp-remote.php", REMOTE % {"entity": entity, "acs": acs, "certificate": certificate,
                                                     "slo": acs[:-len("acs")] + "slo"})

    def start(self):
        peers = self.peers
        modules = next(f"{peers}/usr/lib/php/{name}" for name in os.listdir(f"{peers}/usr/lib/php") if re.fullmatch(r"\d{8}", name))
        options = ["-d", f"extension_dir={modules}", "-d", "display_errors=0"]
        for name in EXTENSIONS:
            if os.path.exists(f"{modules}/{name}.so"):
                options += ["-d", f"extension={name}"]
        php = next(f"{peers}/usr/bin/{name}" for name in sorted(os.listdir(f"{peers}/usr/bin")) if re.fullmatch(r"php\d.*", name))
        with open(f"{self.folder}/php.log", "ab") as log:
            self.server = subprocess.Popen([php, "-n", *options, "-S", f"127.0.0.1:{self.port}", "-t",
                                        f"{peers}/usr/share/simplesamlphp/www"], stdout=log, stderr=log,
                                       env={"SIMPLESAMLPHP_CONFIG_DIR": self.folder, "PATH": "/usr/bin:/bin",
                                            "PHP_CLI_SERVER_WORKERS": "2"}, start_new_session=True)
        deadline = time.monotonic() + 60
        while True:
            try:
                return urllib.request.urlopen(self.url + "/saml2/idp/metadata.php", timeout=30).read().decode()
            except (urllib.error.URLError, ConnectionError) as error:
                if isinstance(error, urllib.error.HTTPError) or time.monotonic() > deadline or self.server.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self):
        if self.server:
            os.killpg(self.server.pid, 15)
            self.server.wait()


class Person(Browser):
    """At its sign-in page."""

    def sign_in(self, url, login="hanako", password="secret"):
        """Through the identity provider's page: the form it posts back, (address, fields)."""
        url, page = self.go(url)
        if "SAMLResponse" not in page:
            form = fields(page)
            form.update(username=login, password=password)
            url, page = self.go(urllib.parse.urljoin(url, action(page)) if action(page) not in ("?", "") else url, form)
        return action(page), fields(page)


def serve(peers, folder, port, url):
    idp = Idp(peers, folder, int(port), url)
    idp.host()
    idp.know("https://nobody.example.net", "https://nobody.example.net/", "")
    try:
        print(json.dumps({"entity": idp.entity, "metadata": idp.start()}), flush=True)
        for line in sys.stdin:
            idp.know(**json.loads(line))
            print("ready", flush=True)
    finally:
        idp.stop()


if __name__ == "__main__":
    serve(*sys.argv[1:])
