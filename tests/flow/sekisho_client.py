# SPDX-License-Identifier: GPL-3.0-or-later
"""A small API client for the flow tests: cookies, CSRF header, TOTP, WebSocket terminal.

Every JSON answer is checked against docs/openapi.yaml, so a flow also tests the contract.
"""
import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import socket
import ssl
import struct
import time
import urllib.parse

import jsonschema
import yaml
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

PATIENCE = 90  # seconds; only bounds a failure
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def is_json(content_type):
    """One JSON value (not lines of them)."""
    name = content_type.split(";")[0].strip()
    return name == "application/json" or name.endswith("+json")


class Contract:
    """docs/openapi.yaml as a judge of answers."""

    def __init__(self):
        with open(os.path.join(ROOT, "docs/openapi.yaml"), encoding="utf-8") as f:
            self.spec = yaml.safe_load(f)
        self.routes = []
        for path, item in self.spec["paths"].items():
            pattern = re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$")
            for method, op in item.items():
                if isinstance(op, dict) and "operationId" in op:
                    self.routes.append((method.upper(), pattern, path, op))
        # the path with most literal text wins, as in the server
        self.routes.sort(key=lambda r: r[2].count("{"))

    def check(self, method, path, status, content_type, body):
        for m, pattern, _, op in self.routes:
            if m == method and pattern.match(path):
                break
        else:
            return
        responses = op["responses"]
        answer = responses.get(str(status)) or responses.get(f"{status // 100}XX") or responses.get("default")
        if answer is None:
            raise AssertionError(f"{op['operationId']}: status {status} is not in the contract")
        answer = self.resolve(answer)
        by_type = {name.split(";")[0].strip(): media for name, media in answer.get("content", {}).items()}
        media = by_type.get(content_type.split(";")[0].strip())
        if media is None:
            if body and answer.get("content"):
                raise AssertionError(f"{op['operationId']} {status}: content type {content_type} is not in the contract")
            return
        if not is_json(content_type):
            return
        schema = dict(media["schema"])
        schema["components"] = self.spec["components"]
        jsonschema.Draft202012Validator(schema).validate(json.loads(body))

    def resolve(self, node):
        while "$ref" in node:
            target = self.spec
            for part in node["$ref"].lstrip("#/").split("/"):
                target = target[part]
            node = target
        return node


CONTRACT = Contract()


class ApiError(Exception):
    def __init__(self, status, problem, headers):
        super().__init__(f"{status} {problem}")
        self.status, self.problem, self.headers = status, problem, headers
        self.code = problem.get("code") if isinstance(problem, dict) else None
        self.reason = problem.get("reason") if isinstance(problem, dict) else None


def totp(secret_base32, at=None):
    key = base64.b32decode(secret_base32 + "=" * (-len(secret_base32) % 8))
    counter = struct.pack(">Q", int(at if at is not None else time.time()) // 30)
    digest = hmac.new(key, counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    return "%06d" % ((struct.unpack(">I", digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1000000)


class DeviceKey:
    """What a browser keeps beside its device cookie: signs challenges, as portal/src/lib/deviceKey.ts does."""

    def __init__(self):
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.point = self.private.public_key().public_bytes(serialization.Encoding.X962,
                                                            serialization.PublicFormat.UncompressedPoint)

    def proof(self, challenge):
        raw = base64.urlsafe_b64decode(challenge + "=")
        r, s = decode_dss_signature(self.private.sign(b"sekisho device 1\n" + raw, ec.ECDSA(hashes.SHA256())))
        bytes_ = raw + r.to_bytes(32, "big") + s.to_bytes(32, "big") + self.point
        return base64.urlsafe_b64encode(bytes_).decode().rstrip("=")


class Api:
    """One browser: cookies of its own."""

    def __init__(self, host="127.0.0.1", port=8443, ca=None, timeout=40):
        self.host, self.port, self.timeout = host, port, timeout
        self.origin = f"https://localhost:{port}"
        self.tls = ssl.create_default_context(cafile=ca)
        self.cookies = {}
        self.source = None  # (address, 0): where its connections come from
        self.last_code_step = 0
        self.device_key = None  # a DeviceKey: sign-ins prove it

    def _connect(self):
        return http.client.HTTPSConnection("localhost", self.port, context=self.tls, timeout=self.timeout,
                                           source_address=self.source)

    def _headers(self, extra):
        headers = {"Host": f"localhost:{self.port}", "Accept": "application/json"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        headers.update(extra or {})
        return headers

    def raw(self, method, path, body=None, headers=None):
        connection = self._connect()
        try:
            connection.request(method, path, body=body, headers=self._headers(headers))
            answer = connection.getresponse()
            data = answer.read()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    pair = value.split(";")[0]
                    key, _, val = pair.partition("=")
                    if val and "max-age=0" not in value.lower():
                        self.cookies[key] = val
                    else:
                        self.cookies.pop(key, None)
            CONTRACT.check(method, path.split("?")[0], answer.status, answer.getheader("Content-Type", ""), data)
            return answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), data
        finally:
            connection.close()

    def call(self, method, path, body=None, form=None, octets=None, headers=None, query=None):
        headers = dict(headers or {})
        if method != "GET":
            headers.setdefault("X-Sekisho", "1")
            headers.setdefault("Origin", self.origin)
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        elif form is not None:
            data = urllib.parse.urlencode(form).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif octets is not None:
            data = octets
            headers.setdefault("Content-Type", "application/octet-stream")
        if query:
            path += "?" + urllib.parse.urlencode(query)
        status, answer_headers, payload = self.raw(method, path, data, headers)
        kind = answer_headers.get("content-type", "")
        value = json.loads(payload) if payload and is_json(kind) else payload
        if status >= 400:
            raise ApiError(status, value, answer_headers)
        return value

    def get(self, path, **query):
        return self.call("GET", path, query=query or None)

    def post(self, path, body=None, **kw):
        return self.call("POST", path, body=body, **kw)

    # -- people ---------------------------------------------------------------------------------

    def enrol(self, link, password):
        token = link.split("#")[1]
        begun = self.post("/api/v1/enrolment", form={"token": token})
        uri = self.post("/api/v1/enrolment/totp", form={"token": token}).decode()
        self.seed = urllib.parse.parse_qs(urllib.parse.urlparse(uri).query)["secret"][0]
        self.login, self.password = begun["login"], password
        return self.post("/api/v1/enrolment/complete", headers=self.device_proof(),
                         form={"token": token, "password": password, "code": self.next_code()})

    def next_code(self):
        """A code of a step not used before: a replay is refused by the server."""
        step = int(time.time()) // 30
        if step <= self.last_code_step:
            step = self.last_code_step + 1  # the window allows one step ahead
        self.last_code_step = step
        return totp(self.seed, step * 30)

    def device_proof(self):
        """Header of a sign-in; none without a key."""
        if self.device_key is None:
            return {}
        return {"X-Sekisho-Device": self.device_key.proof(self.post("/api/v1/sign-in/device/challenge")["challenge"])}

    def prove_device(self):
        """Goes on with the session: its cookie may be a new one afterwards."""
        asked = self.post("/api/v1/me/device/challenge")
        return self.post("/api/v1/me/device/proof", headers={"X-Sekisho-Device": self.device_key.proof(asked["challenge"])})

    def sign_in(self, login=None, password=None, code=None):
        return self.post("/api/v1/sign-in", headers=self.device_proof(), form={"login": login or self.login, "password": password or self.password,
                                                  "code": code or self.next_code()})

    # -- terminal -------------------------------------------------------------------------------

    def terminal(self, session_id, columns=100, rows=30):
        return Terminal(self, session_id, columns, rows)


class Terminal:
    """The browser's end of a session: RFC 6455 by hand, frames of docs (first byte is the type)."""

    def __init__(self, api, session_id, columns, rows):
        raw = socket.create_connection((api.host, api.port), timeout=api.timeout, source_address=api.source)
        self.sock = api.tls.wrap_socket(raw, server_hostname="localhost")
        key = base64.b64encode(os.urandom(16)).decode()
        headers = api._headers({
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key, "Sec-WebSocket-Protocol": "sekisho-terminal.1",
            "Origin": api.origin})
        request = f"GET /api/v1/sessions/{session_id}/terminal HTTP/1.1\r\n"
        request += "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
        self.sock.sendall(request.encode())
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            chunk = self.sock.recv(4096)
            if not chunk:
                raise ApiError(0, {"code": "closed"}, {})
            self.data += chunk
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        status = int(head.split()[1])
        if status != 101:
            raise ApiError(status, head.decode(errors="replace"), {})
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        assert accept in head, head
        self.output = b""
        self.stages = []
        self.ended = None
        self.held = None  # seconds left when its sign-in ended; 0: kept
        self.close_code = None
        self.send(b"\x01" + struct.pack(">HH", columns, rows))

    def send(self, payload, opcode=2):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", size)
        masked = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
        self.sock.sendall(head + mask + masked)

    def type(self, text):
        self.send(b"\x00" + text.encode())

    def _frame(self):
        def need(n):
            while len(self.data) < n:
                chunk = self.sock.recv(65536)
                if not chunk:
                    return False
                self.data += chunk
            return True
        if not need(2):
            return None
        opcode, size, at = self.data[0] & 15, self.data[1] & 127, 2
        if size == 126:
            if not need(4):
                return None
            size, at = struct.unpack(">H", self.data[2:4])[0], 4
        elif size == 127:
            if not need(10):
                return None
            size, at = struct.unpack(">Q", self.data[2:10])[0], 10
        if not need(at + size):
            return None
        payload, self.data = self.data[at:at + size], self.data[at + size:]
        return opcode, payload

    def step(self):
        """Handles one frame; False when the connection is over."""
        try:
            frame = self._frame()
        except (ConnectionError, ssl.SSLError):
            return False
        if frame is None:
            return False
        opcode, payload = frame
        if opcode == 9:
            self.send(payload, opcode=10)
        elif opcode == 8:
            self.close_code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
            return False
        elif opcode == 2 and payload:
            kind, rest = payload[0], payload[1:]
            if kind == 0x00:
                self.output += rest
            elif kind == 0x10:
                self.stages.append((rest[0], rest[1], rest[2:].decode()))
            elif kind == 0x14:
                self.held = struct.unpack(">I", rest)[0]
            elif kind == 0x12:
                self.ended = [t.decode() for t in rest.split(b"\0")[:3]]
        return True

    def wait_for(self, text, seconds=PATIENCE):
        """Until text was printed; returns all output so far."""
        wanted = text.encode()
        deadline = time.monotonic() + seconds
        while wanted not in self.output:
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"{text!r} did not appear; stages {self.stages}, output {self.output[-400:]!r}")
            self.sock.settimeout(left)
            try:
                if not self.step():
                    raise AssertionError(f"closed before {text!r}: ended {self.ended}, stages {self.stages}, output {self.output[-400:]!r}")
            except (TimeoutError, socket.timeout):
                continue
        return self.output.decode(errors="replace")

    def wait_stage(self, stage, state, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        while not any(s[0] == stage and s[1] == state for s in self.stages):
            left = deadline - time.monotonic()
            assert left > 0, f"stage {stage}/{state} did not come: {self.stages} {self.ended}"
            self.sock.settimeout(left)
            try:
                assert self.step(), f"closed: {self.ended} {self.stages}"
            except (TimeoutError, socket.timeout):
                continue

    def wait_held(self, held, seconds=PATIENCE):
        self.sock.settimeout(seconds)
        while self.held != held:
            assert self.step(), f"closed: {self.ended} {self.stages}"

    def wait_end(self, seconds=PATIENCE):
        """Until the server ended it; returns [hop, reason, text] or None when it was cut without a word."""
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            assert left > 0, f"not ended: {self.stages} {self.output[-200:]!r}"
            self.sock.settimeout(left)
            try:
                if not self.step():
                    return self.ended
            except (TimeoutError, socket.timeout):
                continue

    def close(self):
        try:
            self.sock.close()
        except OSError:
            pass

    def __del__(self):
        """A tab that nobody looks at any more is closed."""
        if hasattr(self, "sock"):
            self.close()
