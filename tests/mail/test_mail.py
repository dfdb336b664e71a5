# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices at a mail server: over TLS that verifies, once for each, or said why not; nothing is lost by whoever dies."""
import os
import re
import signal
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../support"), HERE]
from own_api import OwnApi  # noqa: E402
from sekisho_client import ApiError  # noqa: E402
from own_server import OwnServer, make_ca, make_certificate, until  # noqa: E402
from smtp_server import Server  # noqa: E402

BIN = os.environ["SEKISHO_BIN"]
PORT, PASSWORD = 2525, "smtp-Kennwort 37 ü"


class Mail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = OwnServer(BIN)
        folder = cls.folder = cls.server.folder
        for ca in ("ca", "other-ca"):
            make_ca(folder, ca)
        make_certificate(folder, "smtp", "ca", f"IP:{cls.server.address}")
        make_certificate(folder, "stranger", "other-ca", f"IP:{cls.server.address}")
        make_certificate(folder, "misnamed", "ca", "IP:127.0.0.1")
        cls.server.settings += [f'public_url = "https://{cls.server.address}:8443"', "log_level = debug",
                                f'server_names = {{"localhost", "{cls.server.address}"}}']
        cls.server.start()
        cls.user = cls.server.op("users.create", login="tanaka", display_name="田中 太郎\u3000", email="tanaka@example.org")["id"]
        cls.reader = cls.server.op("users.create", login="smith", display_name="J. Smith", language="en", email="smith@example.org")["id"]
        cls.silent = cls.server.op("users.create", login="nobody", display_name="no address")["id"]

    @classmethod
    def tearDownClass(cls):
        cls.server.remove()

    def setUp(self):
        self.smtp = None

    def tearDown(self):
        if self.smtp:
            self.smtp.stop()

    def peer(self, certificate="smtp", **options):
        self.smtp = Server(self.server.address, PORT, f"{self.folder}/{certificate}.pem", f"{self.folder}/{certificate}.key", **options)
        return self.smtp.box

    def version(self):
        return self.sql("SELECT version FROM mail_server")[0][0]

    def sql(self, text):
        out = subprocess.run(["mariadb", "--no-defaults", "--protocol=socket", "-S", os.path.join(self.server.data, "run/db.sock"), "-u", "root",
                              "-N", "-B", "sekisho", "-e", text],
                             capture_output=True, text=True, check=True).stdout
        return [line.split("\t") for line in out.splitlines()]

    def configure(self, check=True, **fields):
        with open(f"{self.folder}/ca.pem", encoding="ascii") as f:
            known = {"host": self.server.address, "port": str(PORT), "security": "starttls", "login": "", "sender": "sekisho@example.org",
                     "ca": f.read(), **fields}
        return self.server.ctl("op", "mail.update", f"--if-match={self.version()}", *(f"{k}={v}" for k, v in known.items()), check=check)

    def link(self, user):
        """An event that its owner is told of."""
        self.server.op("users.link", id=user)

    def outbox(self, state, kind="link_issued"):
        return [row[0] for row in self.sql(f"SELECT COALESCE(error, '') FROM mail_outbox WHERE state = '{state}' AND kind = '{kind}'")]

    def now_due(self):
        """What waits for its next try, and the sender that waits for its server, wait no longer."""
        self.sql("UPDATE mail_outbox SET next_at = UTC_TIMESTAMP(6) WHERE state = 'waiting';"
                 "UPDATE mail_server SET version = version + 1")

    def said(self, words):
        errors = set()
        until(lambda: self.now_due() or errors.update(self.outbox("waiting")) or any(words in error for error in errors), (words, errors))

    def forget(self):
        self.sql("DELETE FROM mail_outbox")

    def test_1_in_the_readers_language_over_starttls(self):
        box = self.peer()
        self.configure()
        self.link(self.user)
        envelope, secure, message = box.wait(1)
        self.assertTrue(secure)
        self.assertEqual((envelope.mail_from, envelope.rcpt_tos), ("sekisho@example.org", ["tanaka@example.org"]))
        self.assertEqual(message["Subject"], "[関所 Sekisho] 登録・再設定用のリンクが発行されました")
        self.assertEqual(message["To"], "tanaka@example.org")
        text = message.get_content()
        self.assertIn("田中 太郎", text)
        self.assertIn(f"https://{self.server.address}:8443/profile", text)
        self.assertNotIn("enrol", text)
        self.link(self.reader)
        message = box.wait(2)[2]
        self.assertEqual(message["Subject"], "[Sekisho] A link to set up your account was issued")
        self.assertIn("Dear J. Smith,", message.get_content())
        until(lambda: len(self.outbox("sent")) == 2, "both are known to be sent")
        self.link(self.silent)
        self.assertEqual(len(self.outbox("unsent")), 1)
        self.assertEqual(len(box.messages), 2)
        self.forget()

    def test_2_with_a_login_whose_password_is_released_to_it_and_recorded(self):
        box = self.peer(login=(b"relay", PASSWORD.encode()))
        self.configure(login="relay")
        self.link(self.user)
        until(lambda: any("password" in error for error in self.outbox("waiting")), "no password yet")
        self.assertEqual(box.messages, [])
        subprocess.run([f"{BIN}/sekishoctl", "--socket", f"{self.server.data}/run/ctl.sock", "op", "mail.password", "--secret-stdin"],
                       input=PASSWORD, text=True, check=True, capture_output=True, timeout=60)
        before = int(self.sql("SELECT COUNT(*) FROM audit_event WHERE event = 'secret.released'")[0][0])
        until(lambda: self.now_due() or box.messages, "it is sent")
        self.assertEqual(box.logins[-1][1:], (b"relay", PASSWORD.encode()))
        self.assertGreater(int(self.sql("SELECT COUNT(*) FROM audit_event WHERE event = 'secret.released'")[0][0]), before)
        self.assertNotIn(PASSWORD, self.server.logged())
        # Meant for that server: with another one it is gone.
        self.configure(login="relay", host="127.0.0.1", security="loopback")
        self.assertEqual(self.sql("SELECT secret_id IS NULL FROM mail_server"), [["1"]])
        self.forget()

    def test_3_a_refused_login_is_said(self):
        box = self.peer(login=(b"relay", b"another"))
        self.configure(login="relay")
        subprocess.run([f"{BIN}/sekishoctl", "--socket", f"{self.server.data}/run/ctl.sock", "op", "mail.password", "--secret-stdin"],
                       input=PASSWORD, text=True, check=True, capture_output=True, timeout=60)
        self.link(self.user)
        self.said("refuses the login: 535")
        self.assertEqual(box.messages, [])
        self.forget()

    def refused(self, said, **settings):
        self.configure(**settings)
        self.link(self.user)
        self.said(said)
        self.assertEqual(self.smtp.box.messages, [])
        self.forget()

    def test_4_only_the_configured_server_with_tls(self):
        self.peer("stranger")
        self.refused("certificate")
        self.smtp.stop()
        self.peer("misnamed")
        self.refused("certificate")
        self.smtp.stop()
        self.peer(mode="plain")
        self.refused("offers no STARTTLS")
        self.assertNotEqual(self.configure(check=False, security="loopback").returncode, 0)

    def test_5_tls_from_the_start_and_loopback(self):
        box = self.peer(mode="tls")
        self.configure(security="tls")
        self.link(self.user)
        until(lambda: self.now_due() or box.messages, "it is sent")
        self.forget()

    def test_6_what_is_no_setting_is_refused(self):
        for bad in ({"host": "a/b"}, {"host": "a b"}, {"host": "-x"}, {"host": "x@y"}, {"sender": "x"}, {"sender": "a@b\u2028c"},
                    {"port": "0"}, {"ca": "hello"}, {"ca": "-----BEGIN PRIVATE KEY-----"}):
            with self.subTest(bad):
                self.assertNotEqual(self.configure(check=False, **bad).returncode, 0)
        self.assertNotEqual(self.server.ctl("op", "users.create", "login=evil", "display_name=e", "email=a@b,c@d", check=False).returncode, 0)

    def test_7_nothing_is_lost_and_what_comes_twice_is_the_same(self):
        self.configure()
        self.link(self.user)
        until(lambda: self.outbox("waiting") and self.outbox("waiting")[0], "nobody listens: it is said")
        box = self.peer()
        box.refuse = "450 try again"
        self.said("450 try again")
        box.refuse = None
        box.lose = 1
        os.kill(self.server.pid_of("mail"), signal.SIGKILL)
        until(lambda: self.now_due() or len(box.messages) >= 2, "sent again by the next one")
        self.assertEqual(len({message["Message-ID"] for _, _, message in box.messages}), 1)
        until(lambda: self.outbox("sent"), "known to be sent")
        self.forget()

    def test_8_given_up_when_its_time_is_over(self):
        self.configure()
        self.link(self.user)
        until(lambda: self.outbox("waiting") and self.outbox("waiting")[0], "tried")
        self.sql("UPDATE mail_outbox SET give_up_at = UTC_TIMESTAMP(6), next_at = UTC_TIMESTAMP(6)")
        until(lambda: self.outbox("failed"), "given up")
        self.forget()

    def browser(self, login):
        """Somebody enrolled and signed in."""
        ca = f"{self.folder}/sekisho-ca.pem"
        with open(ca, "w", encoding="ascii") as f:
            f.write(self.server.ctl("ca").stdout)
        api = OwnApi(self.server.address, ca=ca)
        api.origin = f"https://{self.server.address}:8443"
        until(api.reached, "the server is reached")
        user = self.sql(f"SELECT LOWER(HEX(id)) FROM user WHERE login = '{login}'")[0][0]
        api.enrol(self.server.op("users.link", id=re.sub("(.{8})(.{4})(.{4})(.{4})", r"\1-\2-\3-\4-", user))["url"], "quiet-mountain-gate-7")
        return api

    def code_in(self, message, address):
        envelope, secure, mail = message
        self.assertTrue(secure)
        self.assertEqual(envelope.rcpt_tos, [address])
        code = re.search(r"(?:確認コード|Code): ([0-9]{8})$", mail.get_content(), re.M)[1]
        dump = self.sql("SELECT CONCAT_WS(' ', kind, address, detail, user_agent, error) FROM mail_outbox") + self.sql("SELECT leaf FROM audit_event")
        self.assertFalse(any(code in cell for row in dump for cell in row), "it is kept nowhere")
        self.assertNotIn(code, self.server.logged())
        return code

    def test_9_an_own_address_is_confirmed_by_what_was_sent_there(self):
        self.configure()
        box = self.peer()
        api = self.browser("smith")
        # Setting up the account took its address away once: then this notice would go nowhere.
        until(lambda: len(self.outbox("sent", "enrolled")) == 1, "notices of the enrolment are gone")
        self.forget()
        before = len(box.messages)
        api.post("/api/v1/me/mail-address", body={"address": "j@example.net"})
        code = self.code_in(box.wait(before + 1), "j@example.net")
        self.assertEqual(api.get("/api/v1/me/mail-address")["address"], "smith@example.org")
        api.post("/api/v1/me/mail-address/confirm", form={"code": code})
        self.assertEqual(api.get("/api/v1/me/mail-address")["address"], "j@example.net")
        self.assertEqual(box.wait(before + 2)[0].rcpt_tos, ["smith@example.org"])
        # One of which nobody knows the code any more, as after a restart, is given up, and it is said.
        self.smtp.stop()
        api.post("/api/v1/me/mail-address", body={"address": "k@example.net"})
        until(lambda: self.outbox("waiting", "address_code") and self.outbox("waiting", "address_code")[0], "nobody listens")
        self.sql("UPDATE mail_outbox SET id = UNHEX(MD5('another')) WHERE state = 'waiting' AND kind = 'address_code'")
        self.peer()
        until(lambda: self.now_due() or self.outbox("failed", "address_code"), "given up")
        self.assertEqual(self.outbox("failed", "address_code"), ["the code is not known any more"])
        self.assertEqual([m for _, _, m in self.smtp.box.messages if m["To"] == "k@example.net"], [])
        self.forget()

    def test_9_who_is_asked_for_a_code_gets_it_by_mail_and_is_in(self):
        self.configure()
        box = self.peer()
        self.sql("UPDATE adaptive_policy SET mail_code = TRUE")
        here, elsewhere = (OwnApi(self.server.address, ca=f"{self.folder}/sekisho-ca.pem") for _ in range(2))
        here.origin = elsewhere.origin = f"https://{self.server.address}:8443"
        self.assertTrue(here.get("/api/v1/sign-in/providers")["mail_code"])
        who = {"login": "smith", "password": "quiet-mountain-gate-7"}
        here.post("/api/v1/sign-in/mail-code", form=who)
        until(lambda: self.now_due() or self.outbox("sent", "sign_in_code"), "it is sent")
        code = self.code_in(next(message for message in box.messages if message[2]["To"] == "j@example.net"), "j@example.net")
        with self.assertRaises(ApiError) as refused:
            elsewhere.post("/api/v1/sign-in/mail", form={**who, "code": code})
        self.assertEqual(refused.exception.reason, "sign_in.failed")
        self.assertEqual(here.post("/api/v1/sign-in/mail", form={**who, "code": code})["login"], "smith")
        with self.assertRaises(ApiError) as refused:
            here.post("/api/v1/me/mail-address", body={"address": "l@example.net"})
        self.assertEqual(refused.exception.reason, "auth.not_fresh")
        # Who may have none is told the same, and gets none: this one's address is an administrator's word.
        elsewhere.post("/api/v1/sign-in/mail-code", form={**who, "login": "tanaka"})
        self.assertEqual(len(self.outbox("sent", "sign_in_code") + self.outbox("waiting", "sign_in_code")), 1)
        self.sql("UPDATE adaptive_policy SET mail_code = FALSE")
        self.forget()


if __name__ == "__main__":
    unittest.main()
