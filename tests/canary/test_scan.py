# SPDX-License-Identifier: GPL-3.0-or-later
"""The search itself: each encoding is found, in a file and in memory, also across its chunks."""
import mmap
import os
import secrets
import sys
import tempfile
import unittest

from canary import Canaries, encodings, text

SCANNER = sys.argv.pop(1)
CHUNK = 1 << 20


class Scan(unittest.TestCase):
    def setUp(self):
        self.canaries = Canaries(SCANNER)
        self.value = self.canaries.plant("password", text()).encode()
        self.key = self.canaries.plant("key", secrets.token_bytes(32))

    def test_nothing_is_found_where_nothing_is(self):
        self.assertEqual(self.canaries.search_bytes([("noise", secrets.token_bytes(3 * CHUNK))]), [])

    def test_each_encoding_is_found_wherever_it_lies(self):
        planted = []
        for name, raw in self.canaries.planted.items():
            for encoding, form in encodings(raw):
                for at in (0, 77, CHUNK - len(form) // 2, CHUNK - 1, CHUNK + 400 - len(form)):
                    data = bytearray(CHUNK + 400)
                    data[at:at + len(form)] = form
                    planted.append(((name, encoding, at), bytes(data)))
        found = {(f.place, f.offset) for f in self.canaries.search_bytes(planted) if f.place[0] == f.name}
        self.assertEqual([place for place, _ in planted if (place, place[2]) not in found], [])

    def test_it_is_found_once_where_it_is_once(self):
        data = b"x" * (CHUNK - 10) + self.key + b"y" * CHUNK
        raw = [f for f in self.canaries.search_bytes([("once", data)]) if f.encoding == "raw"]
        self.assertEqual([f.offset for f in raw], [CHUNK - 10])

    def test_memory_is_searched(self):
        with mmap.mmap(-1, 4096) as page:
            page[100:132] = self.key
            found = self.canaries.search([f"mem:{os.getpid()}"])
        self.assertIn("raw", {f.encoding for f in found if f.name == "key"})

    def test_what_cannot_be_read_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(AssertionError):
            self.canaries.search([folder])  # no file

    def test_what_is_gone_is_none(self):
        self.assertEqual(self.canaries.search(["/nonexistent/file"]), [])

    def test_base64_is_found_at_each_place_in_a_group(self):
        import base64
        for before in range(9):
            coded = base64.b64encode(b"a" * before + self.value + b"tail")
            self.assertTrue([f for f in self.canaries.search_bytes([("b64", coded)]) if f.encoding.startswith("base64")])


if __name__ == "__main__":
    unittest.main()
