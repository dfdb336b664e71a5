#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second verifier of the audit log, which shares no line with the first. Written from RFC 9162 (2.1: tree and proofs)
and from C2SP signed-note and tlog-checkpoint; Ed25519 and SHA-256 come from Python's libraries.

  tlog.py export FILE [--vkey KEY]    checks an export of the audit log: exit 0 verified, 1 refused
  tlog.py proofs FILE|-               judges what tree_proofs wrote: 0 when every verdict and root agrees
"""
import base64
import hashlib
import json
import sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Refused(Exception):
    pass


def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """RFC 9162 2.1.1 over all leaves at once: level k holds the hashes of the whole subtrees of 2^k leaves."""

    def __init__(self, leaf_hashes):
        self.levels = [list(leaf_hashes)]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])

    def head(self, size):
        """MTH(D[size]): split at the largest power of two below the number of leaves, to the right again and again."""
        if size == 0:
            return hashlib.sha256(b"").digest()
        peaks, start = [], 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                peaks.append(self.levels[level][start >> level])
                start += 1 << level
        head = peaks.pop()
        while peaks:
            head = node_hash(peaks.pop(), head)
        return head


def inclusion_holds(leaf, index, size, path, root):
    """RFC 9162 2.1.3.2."""
    if index >= size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            if not fn & 1:
                while not (fn & 1 or fn == 0):
                    fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def consistency_holds(first, first_root, second, second_root, path):
    """RFC 9162 2.1.4.2; equal sizes and an empty first tree need no path."""
    if first == second:
        return not path and first_root == second_root
    if first == 0:
        return not path
    if first > second or not path:
        return False
    if first & (first - 1) == 0:
        path = [first_root] + path
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            if not fn & 1:
                while not (fn & 1 or fn == 0):
                    fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


def parse_vkey(vkey):
    """signed-note: name+hash+base64(type, key); returns (name, key id, Ed25519 key)."""
    try:
        name, key_id, encoded = vkey.split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise Refused("the key is malformed") from error
    if len(raw) != 33 or raw[0] != 1:
        raise Refused("the key is not Ed25519")
    if hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() != key_id:
        raise Refused("the key's id is not its hash")
    return name, raw[1:]


def open_checkpoint(note, vkey):
    """Verifies a note by the key and returns the (size, root) it signs."""
    name, key = parse_vkey(vkey)
    text, blank, signatures = note.partition("\n\n")
    if not blank:
        raise Refused("the checkpoint has no signature")
    text += "\n"
    for line in signatures.splitlines():
        dash, signer, encoded = (line.split(" ") + ["", "", ""])[:3]
        raw = base64.b64decode(encoded)
        if dash != "—" or signer != name or raw[:4].hex() != vkey.split("+")[1]:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(raw[4:], text.encode())
        except InvalidSignature as error:
            raise Refused("the checkpoint's signature does not verify") from error
        origin, size, root = text.splitlines()[:3]
        if origin != name:
            raise Refused("the checkpoint is another log's")
        return int(size), base64.b64decode(root, validate=True)
    raise Refused("the checkpoint is not signed by this key")


def check_export(lines, vkey=None):
    """Every event of an export in the tree of its checkpoint; returns (first, count, size)."""
    try:
        header = json.loads(lines[0])
        if vkey and header["vkey"] != vkey:
            raise Refused("line 1: another key")
        size, root = open_checkpoint(header["checkpoint"], header["vkey"])
        first, count = header["first"], header["count"]
        if len(lines) != count + 2 or json.loads(lines[-1]) != {"count": count}:
            raise Refused(f"{len(lines)} lines for {count} events")
        for i in range(count):
            event = json.loads(lines[i + 1])
            path = [base64.b64decode(p, validate=True) for p in event["proof"]]
            if event["n"] != first + i:
                raise Refused(f"line {i + 2}: number {event['n']}")
            if not inclusion_holds(leaf_hash(event["leaf"].encode()), event["n"], size, path, root):
                raise Refused(f"line {i + 2}: not in the tree")
            json.loads(event["leaf"])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise Refused(f"malformed: {error!r}") from error
    return first, count, size


def entry(n):
    """The made-up leaf n of tree_proofs."""
    return b"entry %d" % n


def check_proofs(stream):
    """Lines of tree_proofs: "tree N", then root/inclusion/consistency with its verdict; every one is judged anew."""
    tree, seen = None, {"root": 0, "inclusion": 0, "consistency": 0, "refused": 0}
    for number, line in enumerate(stream, 1):
        kind, *rest = line.split()
        if kind == "tree":
            tree = Tree(leaf_hash(entry(n)) for n in range(int(rest[0])))
            continue
        if kind == "root":
            agrees = tree.head(int(rest[0])).hex() == rest[1]
        else:
            verdict, a, b, *hashes = rest
            a, b, path = int(a), int(b), [bytes.fromhex(h) for h in hashes]
            if kind == "inclusion":
                mine = inclusion_holds(tree.levels[0][a], a, b, path, tree.head(b))
            else:
                mine = consistency_holds(a, tree.head(a), b, tree.head(b), path)
            agrees = mine == (verdict == "holds")
            seen["refused"] += not mine
        if not agrees:
            raise Refused(f"line {number}: no agreement on {line[:80]}")
        seen[kind] += 1
    return seen


def main(arguments):
    what, path = arguments[1], arguments[2]
    vkey = arguments[4] if arguments[3:4] == ["--vkey"] else None
    try:
        if what == "export":
            with open(path, encoding="utf-8", newline="") as f:
                first, count, size = check_export(f.read().removesuffix("\n").split("\n"), vkey)
            print(f"OK {count} events from {first}, tree of {size}")
        elif what == "proofs":
            with (sys.stdin if path == "-" else open(path, encoding="ascii")) as f:
                seen = check_proofs(f)
            print("agreed on", ", ".join(f"{value} {name}" for name, value in seen.items()))
            if not all(seen.values()):
                raise Refused("a kind was missing: nothing was proved")
    except (Refused, ValueError) as error:
        print("REFUSED", error)
        return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("export", "proofs"):
        sys.exit(__doc__)
    sys.exit(main(sys.argv))
