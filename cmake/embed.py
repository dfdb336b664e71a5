#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the built portal into an assembler file (.incbin) and a table of struct web_asset.

embed.py DIST OUT_C OUT_S: DIST may be missing (the portal is not built): the table is then empty.
Files are written only when they change. `x.gz` and `x.br` beside `x` are its compressed forms."""
import hashlib
import os
import sys

TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png",
    ".ico": "image/x-icon", ".json": "application/json", ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2", ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",
}
BANNER = "/* SPDX-License-Identifier: GPL-3.0-or-later */\n/* Made by cmake/embed.py. */\n"


def files(dist):
    found = []
    for folder, _, names in os.walk(dist):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.splitext(name)[1] in TYPES:
                found.append((os.path.relpath(path, dist).replace(os.sep, "/"), path))
    return sorted(found)


def write_if_changed(path, text):
    if os.path.exists(path) and open(path, encoding="utf-8").read() == text:
        return
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def form(symbol, path, asm):
    """One stored form of a file: its symbol and its size, or nothing."""
    if not os.path.exists(path):
        return "NULL, 0"
    quoted = os.path.abspath(path).replace("\\", "\\\\").replace('"', '\\"')
    asm.append(f'\t.globl {symbol}\n\t.p2align 4\n{symbol}:\n\t.incbin "{quoted}"\n')
    return f"{symbol}, {os.path.getsize(path)}"


def main():
    dist, out_c, out_s = sys.argv[1:4]
    declarations, rows, asm = [], [], ["\t.section .rodata\n"]
    for number, (name, path) in enumerate(files(dist)):
        digest = hashlib.sha256(open(path, "rb").read()).hexdigest()[:24]
        symbol = f"web_asset_{number}"
        asm.append(f"/* {digest} */\n")
        forms = []
        for suffix, extra in (("", ""), ("_gz", ".gz"), ("_br", ".br")):
            text = form(symbol + suffix, path + extra, asm)
            if text != "NULL, 0":
                declarations.append(f"extern const unsigned char {symbol}{suffix}[];\n")
            forms.append("{" + text + "}")
        kind = TYPES[os.path.splitext(name)[1]]
        kept = "true" if name.startswith("assets/") else "false"
        rows.append(f'\t{{"/{name}", "{kind}", "\\"{digest}\\"", {kept},\n'
                    f"\t {{{', '.join(forms)}}}}},\n")
    asm.append('\t.section .note.GNU-stack,"",%progbits\n')
    write_if_changed(out_s, "".join(asm))
    write_if_changed(out_c, BANNER + '#include "server/web_asset.h"\n\n#include <stddef.h>\n\n'
                     + "".join(declarations)
                     + "const struct web_asset web_assets[] = {\n" + "".join(rows)
                     + "\t{NULL, NULL, NULL, false, {{NULL, 0}, {NULL, 0}, {NULL, 0}}},\n};\n")


main()
