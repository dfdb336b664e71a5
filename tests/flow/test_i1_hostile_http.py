# SPDX-License-Identifier: GPL-3.0-or-later
"""I1: a browser that is none. Request smuggling, slow clients, foreign pages, and what an answer must carry."""
import concurrent.futures
import http.client
import json
import socket
import ssl
import unittest

from world import *  # noqa: F403

HOST = f"Host: localhost:{PORT}\r\n"
HEAD_SECONDS = 10  # a request's head must be whole by then
MEBI = 1024


def tls_socket(address="127.0.0.1", timeout=30, window=None):
    raw = socket.socket()
    if window:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    raw.settimeout(PATIENCE)
    raw.bind((address, 0))
    raw.connect(("127.0.0.1", PORT))
    sock = ssl.create_default_context(cafile=CA).wrap_socket(raw, server_hostname="localhost")
    sock.settimeout(timeout)
    return sock


def exchange(data, timeout=30):
    """All that comes back until the server closes."""
    sock = tls_socket(timeout=timeout)
    got = b""
    try:
        sock.sendall(data if isinstance(data, bytes) else data.encode())
        while chunk := sock.recv(65536):
            got += chunk
    except (ConnectionResetError, ssl.SSLError):
        pass
    finally:
        sock.close()
    return got


def answers(data):
    """[(status, head, body)…] of what came back on one connection."""
    found = []
    while data.startswith(b"HTTP/1.1 "):
        head, _, rest = data.partition(b"\r\n\r\n")
        fields = {k.strip().lower(): v.strip() for k, _, v in
                  (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])}
        length = int(fields.get("content-length", 0))
        found.append((int(head.split()[1]), fields, rest[:length]))
        data = rest[length:]
    return found


def memory(role):
    """Resident KiB of a role's process."""
    with open(f"/proc/{pids(role)[0]}/status", encoding="ascii") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])


def late_acknowledgements():
    """How often TCP in this namespace acknowledged by timer, 40 ms late or more, for lack of anything to say."""
    with open("/proc/net/netstat", encoding="ascii") as f:
        names, values = [line.split() for line in f if line.startswith("TcpExt:")]
    return int(values[names.index("DelayedACKs")])


def descriptors(role):
    return len(os.listdir(f"/proc/{pids(role)[0]}/fd"))


# A second request hides in the body of the first, or in what a laxer parser takes for it.
HIDDEN = f"GET /api/v1/hidden HTTP/1.1\r\n{HOST}\r\n"
SMUGGLED = {
    "CL.TE": f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}Content-Length: {len(HIDDEN) + 5}\r\n"
             f"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "TE.CL": f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n"
             f"{len(HIDDEN):x}\r\n{HIDDEN}\r\n0\r\n\r\n",
    "CL.CL": f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}Content-Length: 0\r\nContent-Length: {len(HIDDEN)}\r\n\r\n{HIDDEN}",
    "CL list": f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}Content-Length: 0, {len(HIDDEN)}\r\n\r\n{HIDDEN}",
    "CL plus": f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}Content-Length: +0\r\n\r\n{HIDDEN}",
    "TE tab": f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}Transfer-Encoding:\tchunked, identity\r\n\r\n0\r\n\r\n{HIDDEN}",
    "TE xchunked": f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "TE blank": f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "TE fold": f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "TE twice": f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"
                f"0\r\n\r\n{HIDDEN}",
    "TE in 1.0": f"POST /api/v1/sign-in HTTP/1.0\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "chunk extension": f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n0;a=\"\r\n\r\n{HIDDEN}",
    "chunk bare LF": f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n0\n\n{HIDDEN}",
    "chunk negative": f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n-1\r\n{HIDDEN}",
    "trailer": f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n{HIDDEN}",
    "bare LF": f"GET / HTTP/1.1\nHost: localhost\n\n{HIDDEN}",
    "bare CR": f"GET / HTTP/1.1\r\nHost: localhost:{PORT}\rContent-Length: 9\r\n\r\n{HIDDEN}",
    "NUL": f"GET / HTTP/1.1\r\n{HOST}X: a\0Content-Length: 9\r\n\r\n{HIDDEN}",
    "fold": f"GET / HTTP/1.1\r\n{HOST}X: a\r\n Content-Length: 9\r\n\r\n{HIDDEN}",
    "two hosts": f"GET / HTTP/1.1\r\n{HOST}Host: evil.example\r\n\r\n{HIDDEN}",
    "no host": f"GET / HTTP/1.1\r\n\r\n{HIDDEN}",
    "whole address": f"GET https://evil.example/ HTTP/1.1\r\n{HOST}\r\n{HIDDEN}",
    "tunnel": f"CONNECT evil.example:22 HTTP/1.1\r\n{HOST}\r\n{HIDDEN}",
    "upgrade with a body": f"GET / HTTP/1.1\r\n{HOST}Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nab{HIDDEN}",
}


class Smuggling(Flow):
    def test_a_request_that_can_be_read_two_ways_is_refused_and_ends_its_connection(self):
        for name, text in SMUGGLED.items():
            with self.subTest(name):
                got = answers(exchange(text))
                self.assertEqual([a[0] for a in got], [400], got)
                self.assertEqual(got[0][1]["content-type"], "application/problem+json")
                self.assertEqual(json.loads(got[0][2])["status"], 400)

    def test_too_long_is_said_in_the_same_form(self):
        for text, status in ((f"GET /{'a' * 9000} HTTP/1.1\r\n{HOST}\r\n", 414),
                             (f"GET / HTTP/1.1\r\n{HOST}X: {'a' * 20000}\r\n\r\n", 431),
                             (f"GET / HTTP/1.1\r\n{HOST}{'X: a' + chr(13) + chr(10)}" * 1 + "X: a\r\n" * 200 + "\r\n", 431),
                             (f"GET / HTTP/3.0\r\n{HOST}\r\n", 505)):
            got = answers(exchange(text))
            self.assertEqual([a[0] for a in got], [status])
            self.assertEqual(got[0][1]["content-type"], "application/problem+json")

    def test_what_came_before_a_bad_request_is_answered(self):
        got = answers(exchange(f"GET /api/v1/health HTTP/1.1\r\n{HOST}\r\n" * 2 + f"GET / HTTP/1.1\r\n{HOST}X\r\n\r\n"))
        self.assertEqual([a[0] for a in got], [200, 200, 400])

    def test_good_ones_in_a_row_chunked_and_cut_into_bytes_are_served(self):
        sock = tls_socket()
        text = (f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}X-Sekisho: 1\r\nTransfer-Encoding: chunked\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
                "6\r\nlogin=\r\n1\r\nx\r\n1d\r\n&password=aaaaaaaa&code=12345\r\n0\r\n\r\n"
                f"GET /api/v1/health HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n")
        for byte in text:
            sock.sendall(byte.encode())
        got = b""
        while chunk := sock.recv(65536):
            got += chunk
        sock.close()
        self.assertEqual([a[0] for a in answers(got)][1:], [200])
        self.assertIn(answers(got)[0][0], (401, 422, 429))


class SlowClients(Flow):
    """One address may hold its share of connections; nobody may hold them for long, or at others' expense."""

    def test_slow_heads_bodies_and_readers_are_let_go_while_others_are_served(self):
        roles = ("sekisho-edge", "sekisho-web")
        person("tanaka")
        before = {role: (memory(role), descriptors(role)) for role in roles}
        heads = [self.begun(f"127.0.8.{1 + i % 8}", b"GET / HTTP/1.1\r\nHost: local") for i in range(160)]
        form = (f"POST /api/v1/sign-in HTTP/1.1\r\n{HOST}X-Sekisho: 1\r\nContent-Length: 100\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n\r\nlogin=").encode()
        bodies = [self.begun(f"127.0.7.{1 + i % 8}", form) for i in range(40)]
        readers = [tls_socket(f"127.0.6.{1 + i}", 1, window=2048) for i in range(4)]
        for sock in readers:  # more answers than the kernel keeps for who reads none
            try:
                sock.sendall(f"GET /api/v1/health HTTP/1.1\r\n{HOST}\r\n".encode() * 10000)
            except TimeoutError:
                pass
        started, served, slowest = time.monotonic(), 0, 0.0
        while time.monotonic() - started < HEAD_SECONDS + 2:
            for i, sock in enumerate(heads):  # a byte now and then does not buy time
                if i % 20 == served % 20:
                    try:
                        sock.sendall(b"h")
                    except OSError:
                        pass
            at = time.monotonic()
            person("tanaka").get("/api/v1/me")
            slowest = max(slowest, time.monotonic() - at)
            served += 1
            time.sleep(0.02)  # a person's browser, not another flood: a fast machine would meet its limit
        print(f"{served} requests served beside 204 slow connections, slowest {slowest:.2f} s", flush=True)
        self.assertGreater(served, 20)
        for sock in heads:
            status = answers(self.rest(sock))
            self.assertIn([a[0] for a in status], ([408], []))  # [] where our last byte met a closed socket
        for sock in bodies:
            sock.close()
        until(lambda: all(descriptors(role) <= before[role][1] + 16 for role in roles), "descriptors are given back")
        for sock in readers:
            sock.close()
        for role in roles:
            self.assertLess(memory(role) - before[role][0], 48 * MEBI, role)

    @staticmethod
    def begun(address, part):
        """Sent at once: opening them all may take longer than a head has."""
        sock = tls_socket(address)
        sock.sendall(part)
        return sock

    @staticmethod
    def rest(sock):
        got = b""
        try:
            while chunk := sock.recv(4096):
                got += chunk
        except OSError:
            pass
        sock.close()
        return got


class Pages(Flow):
    def ask(self, method, path, headers=None, body=None, api=None):
        return (api or browser()).raw(method, path, body, headers)

    def test_every_answer_carries_its_protections(self):
        for method, path, status in (("GET", "/", 200), ("GET", "/signin", 200), ("GET", "/no.such", 404),
                                     ("GET", "/api/v1/health", 200), ("GET", "/api/v1/me", 401), ("GET", "/api/v1/none", 404),
                                     ("DELETE", "/api/v1/health", 405), ("TRACE", "/", 405), ("OPTIONS", "/api/v1/me", 405)):
            with self.subTest(f"{method} {path}"):
                got, headers, body = self.ask(method, path)
                self.assertEqual(got, status)
                self.assertEqual(headers["x-content-type-options"], "nosniff")
                self.assertIn("frame-ancestors 'none'", headers["content-security-policy"])
                self.assertIn("max-age=31536000", headers["strict-transport-security"])
                self.assertEqual(headers["referrer-policy"], "no-referrer")
                self.assertNotIn("access-control-allow-origin", headers)
                self.assertNotIn("server", headers)
                if path.startswith("/api/"):
                    self.assertEqual(headers["cache-control"], "no-store")

    def test_paths_do_not_leave_the_portal(self):
        for path in ("/../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../../etc/passwd",
                     "/assets/..%5c..%5cetc%5cpasswd", "/.git/config", "//evil.example/x", "/%00", "/a%0d%0aSet-Cookie:%20x=y",
                     "/%c0%ae%c0%ae/etc/passwd", "/api/v1/recordings/..%2f..%2fkeys/raw"):
            with self.subTest(path):
                status, headers, body = self.ask("GET", path)
                self.assertNotIn(b"root:", body)
                self.assertNotIn("set-cookie", headers)
                self.assertNotIn("location", headers)
                self.assertIn(status, (200, 400, 401, 404))
                if status == 200:
                    self.assertIn(b"<html", body)

    def test_cookies_are_bound_to_this_host_and_out_of_scripts_reach(self):
        api = browser()
        person("tanaka")
        connection = api._connect()
        connection.request("POST", "/api/v1/sign-in", "login=tanaka&password=%s&code=%s" % (PASSWORD, person("tanaka").next_code()),
                           api._headers({"X-Sekisho": "1", "Content-Type": "application/x-www-form-urlencoded"}))
        answer = connection.getresponse()
        answer.read()
        cookies = [v for k, v in answer.getheaders() if k.lower() == "set-cookie"]
        connection.close()
        self.assertEqual(answer.status, 200)
        self.assertTrue(cookies)
        for cookie in cookies:
            flags = [part.strip().lower() for part in cookie.split(";")]
            self.assertTrue(cookie.startswith("__Host-"), cookie.split("=")[0])
            for flag in ("secure", "httponly", "samesite=lax", "path=/"):
                self.assertIn(flag, flags)
            self.assertFalse(any(f.startswith("domain") for f in flags))

    def test_a_foreign_page_can_neither_order_nor_listen(self):
        api = person("tanaka")
        for headers in ({}, {"X-Sekisho": "1", "Origin": "https://evil.example"}, {"X-Sekisho": "1", "Origin": "null"},
                        {"X-Sekisho": "1", "Sec-Fetch-Site": "cross-site"}, {"X-Sekisho": "1", "Sec-Fetch-Site": "same-site"}):
            for path in ("/api/v1/sign-out", "/api/v1/sign-in", "/api/v1/sign-in/recovery", "/api/v1/sign-in/passkey",
                         "/api/v1/sign-in/second", "/api/v1/me/step-up", "/api/v1/me/step-up/code", "/api/v1/me/password"):
                with self.subTest(f"{path} {headers}"):
                    self.assertEqual(self.ask("POST", path, headers, None, api)[0], 403)
        self.assertEqual(self.ask("PATCH", "/api/v1/me", {"X-Sekisho": "1", "Content-Type": "text/plain"},
                                  b'{"theme":"dark"}', api)[0], 415)
        api.get("/api/v1/me")  # still signed in
        for extra in ({}, {"Origin": "https://evil.example"}, {"Origin": f"http://localhost:{PORT}"}):
            with self.subTest(f"socket {extra}"):
                status, _, _ = self.ask("GET", "/api/v1/sessions/0192f0a0-1111-7222-8333-444455556666/terminal",
                                        dict({"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                                              "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}, **extra), None, api)
                self.assertEqual(status, 403)

    def test_another_host_name_is_not_ours(self):
        for host in ("evil.example", "localhost.evil.example", "localhost:8443@evil.example", "localhost:99999999"):
            status, headers, body = self.ask("GET", "/", {"Host": host})
            self.assertIn(status, (400, 421), host)
            self.assertNotIn(b"evil", body)

    def test_a_link_names_the_configured_host_whatever_the_request_says(self):
        admin = person("admin")
        user = admin.post("/api/v1/users", {"login": "linked.to", "display_name": "Linked"})
        path = f"/api/v1/users/{user['id']}/enrolment-link"
        said = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "X-Host": "evil.example"}
        self.assertTrue(admin.post(path, headers=said)["url"].startswith(f"https://localhost:{PORT}/enrol#"))
        status, _, body = self.ask("POST", path, {"Host": "evil.example", "X-Sekisho": "1"}, None, admin)
        self.assertEqual((status, b"enrol" in body), (421, False))
        self.assertTrue(admin.post(path, headers={"Host": f"127.0.0.1:{PORT}"})["url"].startswith(f"https://localhost:{PORT}/enrol#"))

    def test_a_client_that_waits_for_acknowledgements_is_not_kept_waiting(self):
        """RFC 896: its first request stays behind the handshake's last bytes until those are acknowledged."""
        before, times = late_acknowledgements(), 40
        for _ in range(times):
            got = answers(exchange(f"GET /api/v1/health HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n"))
            self.assertEqual([a[0] for a in got], [200])
        self.assertLess(late_acknowledgements() - before, times / 2)

    def test_http_1_0_is_answered_and_closed(self):
        got = answers(exchange(f"GET /api/v1/health HTTP/1.0\r\n{HOST}\r\n"))
        self.assertEqual([a[0] for a in got], [200])

    def test_clear_text_gets_no_answer(self):
        with socket.create_connection(("127.0.0.1", PORT), timeout=20) as sock:
            sock.sendall(f"GET / HTTP/1.1\r\n{HOST}\r\n".encode())
            try:
                self.assertNotIn(b"HTTP", sock.recv(4096))
            except ConnectionResetError:
                pass


if __name__ == "__main__":
    unittest.main()
