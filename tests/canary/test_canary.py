# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are planted, the story runs, processes crash: afterwards no secret is where it may not be."""
import base64
import glob
import json
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import tempfile
import ssl
import time
import types
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../flow"))
import world  # noqa: E402
from world import *  # noqa: E402,F403
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../forward"))
from receivers import Receiver  # noqa: E402
from canary import Canaries, Capture, encodings  # noqa: E402

CANARIES = Canaries(os.environ["CANARY_SCAN"])
SITE_FOLDER = os.path.join(VAR, "site")
ROLES = ["keeper", "authority", "web", "edge", "worker", "forward", "mail"]
OURS = ["sekishod", *(f"sekisho-{role}" for role in ROLES), "sekisho-broker", "sekisho-gateway", "mariadbd"]
ANSWERS = []
RECEIVED = os.environ["SEKISHO_RECEIVER_FOLDER"]
PROFILE = os.path.join(VAR, "profile")
SAME_SITE = 1  # of Chromium: Lax
DEVICE_KEY = ["sekisho", "keys", "device", False, "rejected", "rejected"]  # where it is; extractable; as pkcs8, jwk
HERE = os.path.dirname(os.path.abspath(__file__))


def keep_answers():
    """Every answer is kept: a refusal must not repeat what it refuses."""
    raw = Api.raw

    def kept(self, method, path, body=None, headers=None):
        status, head, data = raw(self, method, path, body, headers)
        ANSWERS.append((f"answer:{method} {path.split('?')[0]}", repr(head).encode() + b"\n" + data))
        return status, head, data
    Api.raw = kept


# What may be in whose memory while a session is open: {role: beginnings of names}. Cookies pass through edge and
# web, where the HTTP library frees its headers without wiping; what is typed is the session's own process's.
MAY_HOLD = {"sekisho-web": ["cookie_"], "sekisho-edge": ["cookie_"], "sekisho-broker": ["typed_without_echo"]}


def file_password(user, password):
    """The target's own password file, changed in place: it is mounted over /etc there."""
    hashed = subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True,
                            text=True, check=True).stdout.strip()
    path = os.path.join(SITE_FOLDER, "etc/shadow")
    with open(path, encoding="ascii") as f:
        lines = f.read().splitlines()
    with open(path, "w", encoding="ascii") as f:
        f.writelines((f"{user}:{hashed}:20000:0:99999:7:::" if line.startswith(user + ":") else line) + "\n"
                     for line in lines)


def ssh_key(folder):
    path = os.path.join(folder, "key")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    with open(path, encoding="ascii") as f:
        key = f.read()
    for name in (path, path + ".pub"):
        os.unlink(name)
    return key


def ed25519_seed(key):
    """The secret half as it lies in an OpenSSH key file: 64 bytes behind the public key."""
    raw = base64.b64decode("".join(key.splitlines()[1:-1]))
    at = raw.rindex(b"\0\0\0\x40")
    return raw[at + 4:at + 36]


class Planted:
    """The story, with a canary for each kind of secret."""

    def enrol(self, login):
        link = links()[login]
        CANARIES.plant(f"enrolment_token_{login}", link.split("#")[1])
        password = CANARIES.plant(f"password_{login}")
        api = browser()
        api.enrol(link, password)
        world._people[login] = api
        CANARIES.plant(f"totp_seed_{login}", api.seed)
        CANARIES.plant(f"totp_bytes_{login}", base64.b32decode(api.seed + "=" * (-len(api.seed) % 8)))
        self.cookies(login, api)
        return api

    @staticmethod
    def cookies(login, api):
        for name, value in api.cookies.items():
            CANARIES.plant(f"cookie_{login}_{name.strip('_').lower()}", value)
            CANARIES.plant(f"cookie_bytes_{login}_{name.strip('_').lower()}",
                           base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))

    def run(self, case):
        self.case = case
        with open(os.path.join(VAR, "data/keys/root.key"), "rb") as f:
            CANARIES.plant("root_key", f.read()[8:40])  # between its mark and its checksum
        self.admin = self.enrol("admin")
        for login in ("suzuki", "tanaka", "sato"):
            self.enrol(login)
        self.tokens()
        self.accounts()
        self.others()
        self.refusals()
        self.error_pages()
        self.session()

    def tokens(self):
        gateway = self.admin.get("/api/v1/gateways")["items"][0]
        CANARIES.plant("gateway_token", self.admin.post(f"/api/v1/gateways/{gateway['id']}/token")["token"])
        user = next(u for u in self.admin.get("/api/v1/users")["items"] if u["login"] == "yamada")
        url = self.admin.post(f"/api/v1/users/{user['id']}/enrolment-link")["url"]
        CANARIES.plant("enrolment_token_unused", url.split("#")[1])
        self.unused_link = url

    def accounts(self):
        target = self.admin.get("/api/v1/targets")["items"][0]
        accounts = {a["name"]: a for a in self.admin.get(f"/api/v1/targets/{target['id']}")["accounts"]}
        password = CANARIES.plant("account_password", "q7%+" + secrets.token_urlsafe(21) + "/=")
        self.admin.call("PUT", f"/api/v1/accounts/{accounts['ops']['id']}/secret?kind=password", octets=password.encode())
        file_password("ops", password)
        keyed = self.admin.post(f"/api/v1/targets/{target['id']}/accounts",
                                {"name": "robot", "description": "", "lendable": True, "concurrent": True})
        key = ssh_key("/run")
        CANARIES.plant("ssh_key_seed", ed25519_seed(key))
        CANARIES.plant("ssh_key_text", "".join(key.splitlines()[1:-1])[100:180])
        self.admin.call("PUT", f"/api/v1/accounts/{keyed['id']}/secret?kind=ssh_key", octets=key.encode())

    def others(self):
        """What programs, identity providers and the mail server know us by; each is used or at least stored."""
        token = self.admin.post("/api/v1/me/tokens", {"name": "canary", "scopes": ["user.view"], "days": 1}).decode()
        CANARIES.plant("api_token", token)
        CANARIES.plant("api_token_bytes", base64.urlsafe_b64decode(token.removeprefix("sekisho_pat_"))[:32])
        status, _, _ = browser().raw("GET", "/api/v1/users", headers={"Authorization": "Bearer " + token})
        assert status == 200, status
        program = self.admin.post("/api/v1/programs", {"name": "canary", "display_name": "Canary", "roles": ["auditor"], "scopes": ["user.view"]})
        known = self.admin.post(f"/api/v1/programs/{program['id']}/secrets", {"days": 1}).decode()
        CANARIES.plant("client_secret", known)
        CANARIES.plant("client_secret_bytes", base64.urlsafe_b64decode(known.removeprefix("sekisho_cs_"))[:32])
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": "canary", "client_secret": known}).encode()
        _, _, told = browser().raw("POST", "/api/v1/oauth/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
        access = CANARIES.plant("access_token", json.loads(told)["access_token"])
        CANARIES.plant("access_token_bytes", base64.urlsafe_b64decode(access.removeprefix("sekisho_at_"))[:32])
        row = self.admin.post("/api/v1/identity-providers", {"kind": "oidc", "name": "Canary", "issuer": "https://127.0.0.1:9", "client_id": "x"})
        secret = CANARIES.plant("oidc_client_secret")
        self.admin.call("PUT", f"/api/v1/identity-providers/{row['id']}/secret", octets=secret.encode())
        self.admin.post(f"/api/v1/identity-providers/{row['id']}/fetch")
        mail = self.admin.get("/api/v1/mail")
        self.admin.call("PATCH", "/api/v1/mail", headers={"If-Match": f'"{mail["version"]}"'},
                        body={"host": "127.0.0.1", "port": 9, "security": "loopback", "sender": "sekisho@example.org",
                              "login": "sekisho"})
        self.admin.call("PUT", "/api/v1/mail/password", octets=CANARIES.plant("mail_password").encode())

    def refusals(self):
        """What is wrong is not repeated in an answer or a log."""
        wrong = CANARIES.plant("wrong_password")
        for form in ({"login": "tanaka", "password": wrong, "code": "000000"},
                     {"login": wrong, "password": wrong, "code": wrong}):
            try:
                browser().post("/api/v1/sign-in", form=form)
            except ApiError:
                pass
        for call in (lambda: browser().post("/api/v1/enrolment", form={"token": CANARIES.plant("wrong_token", secrets.token_urlsafe(32))}),
                     lambda: self.admin.post("/api/v1/me/password", form={"current_password": wrong, "password": wrong}),
                     lambda: self.admin.post("/api/v1/users", {"login": "x", "password": wrong}),
                     lambda: self.admin.call("PUT", "/api/v1/accounts/x/secret?kind=password", octets=wrong.encode())):
            try:
                call()
            except ApiError:
                pass

    def error_pages(self):
        """Of edge, which answers what is no request, and of web: with secrets wherever a request can carry one."""
        secret = CANARIES.plant("in_a_bad_request", secrets.token_urlsafe(24))
        head = f"Host: localhost:{world.PORT}\r\nCookie: __Host-sekisho={secret}\r\nAuthorization: Bearer {secret}\r\n"
        length = f"Content-Length: {len(secret)}\r\n\r\n{secret}"
        for name, request in {
                "no request": f"{secret}\r\n\r\n",
                "two lengths": f"POST /api/v1/sign-in HTTP/1.1\r\n{head}Content-Length: 1\r\n{length}",
                "a folded line": f"GET / HTTP/1.1\r\n{head}X-Long: a\r\n {secret}\r\n\r\n",
                "a control character": f"GET / HTTP/1.1\r\n{head}X: \x01{secret}\r\n\r\n",
                "two hosts": f"GET / HTTP/1.1\r\n{head}Host: {secret}\r\n\r\n",
                "another method": f"{secret} / HTTP/1.1\r\n{head}\r\n",
                "another version": f"GET / HTTP/9.9\r\n{head}\r\n",
                "too long": f"GET /{'a' * 70000} HTTP/1.1\r\n{head}\r\n",
                "no JSON": f"POST /api/v1/users HTTP/1.1\r\n{head}X-Sekisho: 1\r\nContent-Type: application/json\r\n{length}",
                "no form": f"POST /api/v1/sign-in HTTP/1.1\r\n{head}X-Sekisho: 1\r\nContent-Type: text/{secret}\r\n{length}",
                "a foreign origin": f"POST /api/v1/sign-in HTTP/1.1\r\n{head}Origin: https://{secret}\r\n{length}",
                "no such page": f"GET /api/v1/{secret} HTTP/1.1\r\n{head}\r\n",
                "no such id": f"GET /api/v1/users/{secret} HTTP/1.1\r\n{head}\r\n",
                "no such method": f"DELETE /api/v1/me HTTP/1.1\r\n{head}\r\n",
                "metrics": f"GET /metrics HTTP/1.1\r\n{head}\r\n"}.items():
            ANSWERS.append((f"answer:error {name}", raw_answer(request.encode("latin-1"))))

    def browser(self):
        """A person's browser with its profile on disk; see person.mjs."""
        tanaka = person("tanaka")
        with open(world.CA, encoding="ascii") as f:
            ca = f.read()
        who = {"server": {"base": f"https://localhost:{world.PORT}", "ca": ca},
               "link": self.unused_link, "login": "yamada", "password": CANARIES.plant("password_yamada"),
               "typed": CANARIES.plant("typed_in_a_browser", secrets.token_urlsafe(24)),
               "worker": {"login": "tanaka", "password": tanaka.password, "seed": tanaka.seed, "step": tanaka.last_code_step}}
        done = subprocess.run([os.environ["SEKISHO_NODE"], os.path.join(HERE, "person.mjs"), PROFILE], input=json.dumps(who),
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        told = json.loads(done.stdout)
        CANARIES.plant("totp_seed_yamada", told["seed"])
        for held in told["held"]:
            for cookie in held["cookies"]:
                if cookie["httpOnly"]:
                    CANARIES.plant(f"cookie_browser_{len(CANARIES.planted)}", cookie["value"])
        self.held = told["held"]

    def session(self):
        session, terminal = world.open_terminal("tanaka")
        world.shell_ready(terminal)
        typed = CANARIES.plant("typed_without_echo", secrets.token_urlsafe(24))
        terminal.type("read -rs -p 'Passwo''rd: ' x; echo; echo got-${#x}\r")
        terminal.wait_for("Password: ")
        terminal.type(typed + "\r")
        terminal.wait_for(f"got-{len(typed)}")
        self.live, self.session_id = terminal, session["id"]

    def session_over(self):
        self.live.type("exit\r")
        self.live.wait_end()
        sato = person("sato")
        until(lambda: sato.get(f"/api/v1/sessions/{self.session_id}")["state"] == "ended", "session ended")
        sato.post(f"/api/v1/recordings/{self.session_id}/views")
        for part in ("cast", "index", "raw"):
            sato.get(f"/api/v1/recordings/{self.session_id}/{part}")
        sato.get("/api/v1/audit/export")


def raw_answer(request):
    """All that comes for these bytes, to the end of the connection or a moment of silence."""
    with socket.create_connection(("127.0.0.1", world.PORT), 20) as plain:
        with browser().tls.wrap_socket(plain, server_hostname="localhost") as sock:
            got = b""
            try:
                sock.sendall(request)
                sock.settimeout(2)
                while more := sock.recv(65536):
                    got += more
            except (TimeoutError, ssl.SSLError, ConnectionError):
                pass
    return got


def all_files(*folders, skip=()):
    for top in folders:
        for folder, inner, names in os.walk(top):
            inner[:] = [name for name in inner if os.path.join(folder, name) not in skip]
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    yield path


def owner_of(path):
    try:
        return os.lstat(path).st_uid
    except FileNotFoundError:
        return -1


def crash(role):
    """As an administrator might have it: dumps are wanted (where this machine lets us say so), and the process faults."""
    pid = pids(f"sekisho-{role}")[0]
    subprocess.run(["prlimit", f"--pid={pid}", "--core=unlimited"], capture_output=True, check=False)
    os.kill(pid, 11)
    until(lambda: pids(f"sekisho-{role}") not in ([], [pid]) and served(), f"{role} starts again")


def served():
    try:
        return browser().raw("GET", "/api/v1/me")[0] == 401
    except OSError:
        return False


def told(finds, allowed):
    return sorted({f"{f.place} @{f.offset}: {f.name} ({f.encoding})" for f in finds if not allowed(f)})


class Canary(Flow):
    @classmethod
    def setUpClass(cls):
        cls.started = time.time()
        keep_answers()
        cls.receiver = Receiver(types.SimpleNamespace(folder=RECEIVED, address="127.0.0.1"), "rsyslog")
        cls.receiver.start()
        cls.addClassCleanup(cls.receiver.stop)
        cls.capture = Capture(["lo", "sk-wan0"])
        cls.story = Planted()
        cls.story.run(cls)
        cls.memory_live = CANARIES.search([f"mem:{pid}" for role in OURS for pid in pids(role)])
        cls.names = {f"mem:{pid}": role for role in OURS for pid in pids(role)}
        cls.story.session_over()
        cls.story.browser()
        for role in ("worker", "forward", "mail", "web", "edge", "keeper", "authority"):
            crash(role)
        cls.wire = cls.capture.stop()

    def nothing(self, finds, allowed=lambda find: False):
        self.assertEqual(told(finds, allowed), [])

    def test_files(self):
        """The data folder with the database's, logs, what the gateway keeps, folders for temporary files."""
        own = os.path.join(VAR, "data/keys/root.key")
        handed = [os.path.join(VAR, name) for name in ("links.txt", "start.log")]  # by the demo, to its people
        places = [p for p in all_files(VAR, skip=[PROFILE]) if p != own and p not in handed]
        others = glob.glob("/tmp/sekisho-flow.*")  # ours was looked at; what runs beside us is not ours
        places += [p for p in all_files("/tmp", "/dev/shm", "/var/tmp", skip=others) if owner_of(p) >= 61000]
        self.nothing(CANARIES.search(places))

    def test_what_the_syslog_receiver_wrote(self):
        until(lambda: any(name == "session.end" for name, _, _ in self.receiver.messages()), "the log has arrived")
        own = [p for p in all_files(RECEIVED) if p.endswith(".key")]
        self.nothing(CANARIES.search([p for p in all_files(RECEIVED) if p not in own]))

    def test_what_a_browser_keeps(self):
        """Nothing that a script could read but that there is a device key, and in the profile's files only the link that was
        used up: it is history."""
        for held in self.story.held:
            self.assertEqual((held["databases"], held["caches"], held["workers"]), ([DEVICE_KEY], [], 0))
            self.nothing(CANARIES.search_bytes([(place, json.dumps(held[place]).encode()) for place in ("local", "session", "cookie")]))
        self.nothing(CANARIES.search(list(all_files(PROFILE))), lambda find: find.name == "enrolment_token_unused")
        token = self.story.unused_link.split("#")[1]
        self.refused(404, browser().post, "/api/v1/enrolment", form={"token": token}, reason="enrolment.invalid")

    def test_cookies_of_a_browser(self):
        """Of no script, of no foreign page, and the one that signs in of no longer than the browser runs. (The browser
        encrypts their values on disk.)"""
        with sqlite3.connect(os.path.join(PROFILE, "Default/Cookies")) as file:
            rows = file.execute("SELECT name, is_persistent, is_httponly, is_secure, samesite FROM cookies").fetchall()
        strict = [(name, lasts, http, secure, same) for name, lasts, http, secure, same in rows if name.startswith("__Host-")]
        self.assertEqual(sorted(strict), [("__Host-sekisho", 0, 1, 1, SAME_SITE), ("__Host-sekisho-device", 1, 1, 1, SAME_SITE)])
        self.assertEqual(sorted(row[0] for row in rows if row not in strict), ["sekisho-lang", "sekisho-theme"])

    def test_arguments_and_environments(self):
        self.nothing(CANARIES.search([f"/proc/{pid}/{name}" for role in OURS for pid in pids(role)
                                      for name in ("cmdline", "environ", "status", "maps")]))

    def test_the_wire(self):
        self.assertTrue(any(":8443" in place for place in self.wire), list(self.wire))
        self.nothing(CANARIES.search_bytes(self.wire.items()))

    def test_answers(self):
        self.assertTrue(any("/cast" in place for place, _ in ANSWERS))
        self.assertEqual([place for place, data in ANSWERS if place.startswith("answer:error ") and not data.startswith((b"HTTP/1.1 4", b"HTTP/1.1 505"))], [])
        self.nothing(CANARIES.search_bytes(ANSWERS), answers_owner)

    def test_no_process_leaves_a_core(self):
        folders = {"/", VAR, "/tmp", "/var/crash", "/var/lib/systemd/coredump", os.path.join(VAR, "data")}
        self.assertEqual([p for folder in folders for p in glob.glob(os.path.join(folder, "*core*"))
                          if os.path.isfile(p) and os.lstat(p).st_mtime > self.started], [])

    def test_memory(self):
        """While the session is open: a target's password, people's passwords and seeds, keys are in no memory that lasts."""
        finds = [f._replace(place=self.names[f.place]) for f in self.memory_live]
        self.nothing(finds, lambda f: any(f.name.startswith(name) for name in MAY_HOLD.get(f.place, [])))

    def test_what_leaks_is_found(self):
        """The control: every canary in every encoding, in a file beside the others, on the wire, in memory."""
        with tempfile.TemporaryDirectory(dir=os.path.join(VAR, "data")) as folder:
            wanted = set()
            for name, raw in CANARIES.planted.items():
                for encoding, form in encodings(raw):
                    path = os.path.join(folder, f"{name}.{encoding}")
                    wanted.add(path)
                    with open(path, "wb") as f:
                        f.write(b"log line: " + form + b"\n")
            self.assertEqual(wanted, {f.place for f in CANARIES.search(sorted(all_files(folder)))})
        capture = Capture(["lo"])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(CANARIES.planted["account_password"], ("127.0.0.1", 9))
        until(lambda: any("account" in f.name for f in CANARIES.search_bytes(
                [("lo", bytes(data)) for data in list(capture.flows.values())])), "the packet is captured")
        capture.stop()
        self.assertIn("root_key", {f.name for f in CANARIES.search([f"mem:{os.getpid()}"])})


def answers_owner(find):
    method, path = find.place.removeprefix("answer:").split(" ")
    owner = {"/api/v1/enrolment/totp": "totp_", "/token": "gateway_token", "/enrolment-link": "enrolment_token",
             "/api/v1/enrolment/complete": "cookie_", "/api/v1/sign-in": "cookie_", "/api/v1/me/tokens": "api_token",
             "/secrets": "client_secret", "/api/v1/oauth/token": "access_token"}
    return any(path.endswith(end) and find.name.startswith(name) for end, name in owner.items())


if __name__ == "__main__":
    unittest.main()
