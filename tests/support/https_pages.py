# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages over https on loopback, as a test tells them, with a certificate of their own CA. openssl makes what is signed."""
import http.server
import os
import ssl
import subprocess
import threading


def made(folder, name, *more):
    """A key and a self-signed certificate, (key file, certificate file)."""
    key, certificate = (os.path.join(folder, f"{name}.{end}") for end in ("key", "pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-keyout", key, "-out", certificate, *more], check=True, capture_output=True)
    return key, certificate


class Pages:
    """answers: path -> (status, headers, text). seen: the paths that were asked for."""

    def __init__(self, folder, port):
        self.answers, self.seen = {}, []
        os.mkdir(folder)
        ca_key, ca = made(folder, "ca")
        key, certificate = made(folder, "localhost", "-CA", ca, "-CAkey", ca_key, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                                "-addext", "basicConstraints=critical,CA:FALSE")
        with open(ca, encoding="ascii") as file:
            self.trust = file.read()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (Handler,), {"pages": self}))
        self.server.handle_error = lambda *_: None  # who does not trust us ends the handshake
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    pages = None

    def log_message(self, *_):
        pass

    def do_GET(self):  # noqa: N802
        self.pages.seen.append(self.path)
        status, headers, text = self.pages.answers.get(self.path, (404, (), ""))
        data = text.encode()
        self.send_response(status)
        for name, value in (("Content-Length", str(len(data))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
