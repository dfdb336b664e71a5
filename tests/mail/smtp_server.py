# SPDX-License-Identifier: GPL-3.0-or-later
"""A mail server of the test's own: aiosmtpd with TLS, a login, and faults on demand."""
import asyncio
import email
import email.policy
import ssl
import threading

from aiosmtpd.smtp import SMTP, AuthResult


class Mailbox:
    def __init__(self):
        self.messages, self.logins, self.refuse, self.lose = [], [], None, 0
        self.changed = threading.Condition()

    async def handle_DATA(self, server, session, envelope):
        if self.refuse:
            return self.refuse
        with self.changed:
            self.messages.append((envelope, session.ssl is not None, email.message_from_bytes(
                envelope.content, policy=email.policy.default)))
            self.changed.notify_all()
        if self.lose:
            self.lose -= 1
            server.transport.abort()  # taken, and the answer is lost
        return "250 OK"

    def wait(self, count, seconds=120):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.messages) >= count, seconds), f"{len(self.messages)} of {count}"
            return self.messages[count - 1]


class Server:
    """mode: "starttls", "tls" or "plain" (STARTTLS is not offered)."""

    def __init__(self, address, port, certificate=None, key=None, mode="starttls", login=None, box=None):
        self.box, self.login = box or Mailbox(), login
        context = None
        if mode != "plain":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
        starttls = mode == "starttls"

        def one():
            return SMTP(self.box, hostname="mail.test", tls_context=context if starttls else None, require_starttls=starttls,
                        authenticator=self.judge, auth_required=login is not None, auth_require_tls=starttls, loop=self.loop)

        self.loop = asyncio.new_event_loop()
        self.listening = self.loop.run_until_complete(
            self.loop.create_server(one, address, port, ssl=None if starttls else context, reuse_address=True))
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def judge(self, _server, _session, _envelope, mechanism, data):
        self.box.logins.append((mechanism, data.login, data.password))
        return AuthResult(success=(data.login, data.password) == self.login, handled=False)

    def stop(self):
        self.loop.call_soon_threadsafe(self.listening.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
