#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes files at random and asks their verifier each time: every change must be found and its place named.

  tamper.py SUBJECTS.json --count N --seed S [--scratch FOLDER]

SUBJECTS.json is a list of rows, one for each kind of file:
  {"name": "export",                        for the report
   "file": PATH,                            the true one
   "others": [PATH, …],                     true files of the same kind, from which pieces are spliced in
   "unit": "line" | "chunk" | "block",      what is cut, swapped and reordered
   "place": "line" | "chunk" | "",          how the verifier names a place; "": not asked for
   "foreign": true,                         a whole other file in its place is a change, too
   "verify": [PROGRAM, …, "{file}", …],     the verifier
   "found": [1, 3]}                         its exit codes for "not as it was made"
"""
import argparse
import collections
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile

BLOCK = 4096


def lines(data):
    return data.splitlines(keepends=True)


def chunks(data):
    """Header and chunks of a recording (.skr), by its own lengths."""
    at, found = 68, [data[:68]]
    while at + 4 <= len(data):
        end = at + 4 + struct.unpack_from(">I", data, at)[0]
        found.append(data[at:end])
        at = end
    return found


def blocks(data):
    return [data[i:i + BLOCK] for i in range(0, len(data), BLOCK)]


UNITS = {"line": lines, "chunk": chunks, "block": blocks}


class Subject:
    def __init__(self, row):
        self.row, self.name = row, row["name"]
        self.data = self.read(row["file"])
        self.others = [self.read(path) for path in row.get("others", [])]
        self.units = UNITS[row["unit"]](self.data)
        self.foreign = [UNITS[row["unit"]](other) for other in self.others]

    @staticmethod
    def read(path):
        with open(path, "rb") as f:
            return f.read()


def flip(s, rng):
    data = bytearray(s.data)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def overwrite(s, rng):
    at, length = rng.randrange(len(s.data)), rng.randrange(1, 65)
    piece = rng.choice((bytes(length), b"\xff" * length, rng.randbytes(length)))
    return s.data[:at] + piece[:len(s.data) - at] + s.data[at + length:]


def cut(s, rng):
    at = rng.randrange(len(s.data))
    return s.data[:at] + s.data[at + rng.choice((1, 2, 32, 1000)):]


def insert(s, rng):
    at = rng.randrange(len(s.data) + 1)
    return s.data[:at] + rng.randbytes(rng.choice((1, 4, 100))) + s.data[at:]


def tail(s, rng):
    return s.data[:rng.randrange(len(s.data))]


def tail_units(s, rng):
    return b"".join(s.units[:rng.randrange(len(s.units))])


def leave_out(s, rng):
    units = list(s.units)
    at = rng.randrange(len(units))
    del units[at:at + rng.choice((1, 1, 2, 5))]
    return b"".join(units)


def swap(s, rng):
    units = list(s.units)
    a, b = rng.randrange(len(units)), rng.randrange(len(units))
    units[a], units[b] = units[b], units[a]
    return b"".join(units)


def reorder(s, rng):
    units = list(s.units)
    at = rng.randrange(len(units))
    part = units[at:at + 6]
    rng.shuffle(part)
    units[at:at + 6] = part
    return b"".join(units)


def twice(s, rng):
    units = list(s.units)
    at = rng.randrange(len(units))
    units.insert(rng.choice((at, rng.randrange(len(units) + 1))), units[at])
    return b"".join(units)


def splice_unit(s, rng):
    """A unit of another file in the place of ours, or before it."""
    units, other = list(s.units), rng.choice(s.foreign or [s.units])
    at = rng.randrange(len(units))
    units[at:at + rng.randrange(2)] = [other[min(at, len(other) - 1)] if rng.randrange(2) else rng.choice(other)]
    return b"".join(units)


def splice_tail(s, rng):
    """Our beginning, another's end."""
    other = rng.choice(s.foreign or [s.units])
    at = rng.randrange(1, len(s.units) + 1)
    return b"".join(s.units[:at] + other[at:])


def splice_head(s, rng):
    other = rng.choice(s.foreign or [s.units])
    return b"".join([other[0]] + s.units[1:])


def splice_bytes(s, rng):
    other = rng.choice(s.others or [s.data])
    at = rng.randrange(len(s.data))
    return s.data[:at] + other[at:at + rng.choice((32, 64, 500))] + s.data[at + 500:]


def whole_other(s, rng):
    return rng.choice(s.others) if s.row.get("foreign") and s.others else s.data


KINDS = [flip, overwrite, cut, insert, tail, tail_units, leave_out, swap, reorder, twice, splice_unit, splice_tail, splice_head,
         splice_bytes, whole_other]


def unit_of(s, changed):
    """Index of the unit that holds the first byte that differs."""
    at, end = 0, min(len(changed), len(s.data))
    while at < end and changed[at:at + BLOCK] == s.data[at:at + BLOCK]:
        at += BLOCK
    at = min(at, end)
    while at < end and changed[at] == s.data[at]:
        at += 1
    for index, unit in enumerate(s.units):
        if at < len(unit):
            return index
        at -= len(unit)
    return len(s.units)


def named(s, index, text):
    """Whether the verifier's words name that unit (a verifier reads forward: it is the first bad one)."""
    if s.row["place"] == "line":
        at = (index + 1, 2) if index == 0 else (index + 1,)  # another true header shows at the first event it does not hold
        return any(re.search(rf"line {line}[:,] ", text) for line in at)
    if s.row["place"] == "chunk":
        if index == 0:  # of the header all bytes but magic and ids are held by the hash of chunk 0
            return "header" in text or "chunk 0 " in text
        return bool(re.search(rf"chunk {index - 1} |up to chunk {index - 2},", text)) or (index == 1 and "header only" in text)
    return True


def judge(s, path, changed):
    with open(path, "wb") as f:
        f.write(changed)
    run = subprocess.run([part.replace("{file}", path) for part in s.row["verify"]], capture_output=True, text=True,
                         close_fds=False, check=False)
    text = run.stdout + run.stderr
    if run.returncode not in s.row["found"]:
        return f"not found (exit {run.returncode}): {text}"
    index = unit_of(s, changed)
    return None if named(s, index, text) else f"place {index} not named: {text}"


def changed_by(s, kind, rng):
    """A change that is one: some kinds may give back what was there."""
    for _ in range(20):
        changed = kind(s, rng)
        if changed != s.data:
            return changed
    return None


def run(subjects, count, seed, scratch):
    rng, tally, missed = random.Random(seed), collections.Counter(), []
    for s in subjects:
        if (wrong := judge_untouched(s, scratch)) is not None:
            missed.append(wrong)
    done = 0
    while done < count and not missed:
        s, kind = subjects[done % len(subjects)], rng.choice(KINDS)
        changed = changed_by(s, kind, rng)
        if changed is None:
            continue
        done += 1
        tally[s.name, kind.__name__] += 1
        path = os.path.join(scratch, "changed")
        if (wrong := judge(s, path, changed)) is not None:
            missed.append(f"seed {seed}, change {done}: {s.name}, {kind.__name__}: {wrong}")
    return done, tally, missed


def judge_untouched(s, scratch):
    answer = judge(s, os.path.join(scratch, "untouched"), s.data)
    return None if answer and answer.startswith("not found (exit 0)") else f"{s.name}: the untouched file does not verify: {answer}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("subjects")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scratch")
    given = parser.parse_args()
    with open(given.subjects, encoding="utf-8") as f:
        subjects = [Subject(row) for row in json.load(f)]
    with tempfile.TemporaryDirectory(dir=given.scratch) as scratch:
        done, tally, missed = run(subjects, given.count, given.seed, scratch)
    for (name, kind), number in sorted(tally.items()):
        print(f"  {name:12} {kind:12} {number}")
    for text in missed:
        print("MISSED", text)
    print(f"{done} changes, seed {given.seed}: {'all found and placed' if not missed else 'NOT all found'}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
