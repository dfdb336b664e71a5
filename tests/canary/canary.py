# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets as an attacker would look for them: in every encoding, whole and in halves, everywhere."""
import base64
import collections
import os
import secrets
import socket
import struct
import subprocess
import tempfile
import threading
import urllib.parse

Find = collections.namedtuple("Find", "place offset name encoding")
HALF_MIN = 10


def text():
    """Like a password somebody chose: characters that encodings change are among them."""
    return "q7%+" + secrets.token_urlsafe(21) + "/= é"


def base64_cores(raw, alphabet=None):
    """What base64 makes of it wherever it begins in a group of three."""
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + raw, alphabet).rstrip(b"=")
        first = -(-shift * 8 // 6)  # the first characters hold bits of what comes before
        last = len(whole) - (1 if (len(raw) + shift) % 3 else 0)
        yield whole[first + (1 if shift else 0):last]


def encodings(raw):
    yield "raw", raw
    for core in base64_cores(raw):
        yield "base64", core
    for core in base64_cores(raw, b"-_"):
        yield "base64url", core
    yield "base32", base64.b32encode(raw).rstrip(b"=")
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    yield "url", urllib.parse.quote(raw, safe="").encode()
    yield "form", urllib.parse.quote_plus(raw, safe="").encode()
    yield "url_each", "".join(f"%{b:02X}" for b in raw).encode()
    yield "c_escaped", "".join(f"\\x{b:02x}" for b in raw).encode()
    try:
        readable = raw.decode()
    except UnicodeDecodeError:
        readable = raw.decode("latin-1")
    yield "utf16le", readable.encode("utf-16-le")
    yield "utf16be", readable.encode("utf-16-be")
    yield "reversed", raw[::-1]
    half = len(raw) // 2
    if half >= HALF_MIN:
        yield "first_half", raw[:half]
        yield "second_half", raw[half:]
        yield "first_half_hex", raw[:half].hex().encode()
        yield "second_half_hex", raw[half:].hex().encode()


class Canaries:
    def __init__(self, scanner):
        self.scanner = scanner
        self.planted = {}

    def plant(self, name, value=None):
        """Gives the secret back; bytes or text."""
        value = text() if value is None else value
        self.planted[name] = value.encode() if isinstance(value, str) else value
        return value

    def patterns(self):
        rows = {}
        for name, raw in self.planted.items():
            for encoding, form in encodings(raw):
                rows.setdefault((name, form), encoding)
        return "".join(f"{name} {encoding} {form.hex()}\n" for (name, form), encoding in rows.items())

    def search(self, places):
        """places: paths, "mem:PID". What could not be read is an error: nothing is found there."""
        with tempfile.NamedTemporaryFile("w", suffix=".patterns", dir="/run") as f:
            f.write(self.patterns())
            f.flush()
            done = subprocess.run([self.scanner, f.name], input="".join(p + "\n" for p in places),
                                  capture_output=True, text=True)
        unread = [line for line in done.stderr.splitlines() if os.path.lexists(line.rsplit(": ", 1)[0])]
        assert done.returncode < 4 and not unread, done.stderr
        finds = [line.split("\t") for line in done.stdout.splitlines()]
        return [Find(place, int(offset), name, encoding) for place, offset, name, encoding in finds]

    def search_bytes(self, named):
        """named: pairs of a place and its bytes."""
        with tempfile.TemporaryDirectory(dir="/run") as folder:
            places = {}
            for place, data in named:
                path = os.path.join(folder, str(len(places)))
                places[path] = place
                with open(path, "wb") as f:
                    f.write(data)
            return [found._replace(place=places[found.place]) for found in self.search(places)]


class Capture:
    """Every packet of some interfaces, by flow, as bytes: AF_PACKET needs no further program."""

    def __init__(self, interfaces):
        self.flows = collections.defaultdict(bytearray)
        self.stopped = threading.Event()
        self.sockets = []
        for name in interfaces:
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
            sock.bind((name, 0))
            sock.settimeout(0.2)
            self.sockets.append(sock)
        self.threads = [threading.Thread(target=self.read, args=[s], daemon=True) for s in self.sockets]
        for thread in self.threads:
            thread.start()

    def read(self, sock):
        while not self.stopped.is_set():
            try:
                packet = sock.recv(70000)
            except TimeoutError:
                continue
            if len(packet) < 20 or packet[0] >> 4 != 4:
                self.flows["other"] += packet
                continue
            head = (packet[0] & 15) * 4
            key = packet[12:20] + packet[head:head + 4]
            payload = head + ((packet[head + 12] >> 4) * 4 if packet[9] == 6 and len(packet) > head + 12 else 8)
            self.flows[key] += packet[payload:]

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        for sock in self.sockets:
            sock.close()
        return {self.name(key): bytes(data) for key, data in self.flows.items()}

    @staticmethod
    def name(key):
        if key == "other":
            return "wire:other"
        a, b = socket.inet_ntoa(key[:4]), socket.inet_ntoa(key[4:8])
        source, target = struct.unpack(">HH", key[8:12])
        return f"wire:{a}:{source}>{b}:{target}"
