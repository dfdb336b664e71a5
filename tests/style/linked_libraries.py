#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each role links what its job needs and nothing else: `linked_libraries.py BIN_FOLDER`.

A library that appears in a role's list is code an attacker of that role may find beside its data, so
this list grows only with a reason.
"""
import os
import re
import subprocess
import sys

C = "libc.so.6"
CRYPTO, SSL, SODIUM = "libcrypto.so.3", "libssl.so.3", "libsodium.so.23"
PINNED = {
    "sekisho-keeper": {C, CRYPTO, SODIUM, "liboath.so.0"},
    "sekisho-edge": {C, CRYPTO, SSL, SODIUM, "libnghttp2.so.14"},
    "sekisho-web": {C, CRYPTO, SODIUM, "libmicrohttpd.so.12", "libmariadb.so.3", "libjansson.so.4"},
    "sekisho-authority": {C, CRYPTO, SODIUM, "libmariadb.so.3", "libfido2.so.1", "libmaxminddb.so.0"},
    "sekisho-worker": {C, CRYPTO, SODIUM, "libmariadb.so.3"},
    "sekisho-forward": {C, CRYPTO, SSL, SODIUM, "libmariadb.so.3"},
    "sekisho-mail": {C, CRYPTO, SSL, SODIUM, "libcurl.so.4", "libmariadb.so.3"},
    "sekisho-migrate": {C, CRYPTO, SODIUM, "libmariadb.so.3"},
    "sekisho-broker": {C, CRYPTO, SODIUM, "libssh.so.4", "libwslay.so.1"},
    "sekisho-replay": {C, CRYPTO, SODIUM},
    "sekisho-saml": {C, CRYPTO, SODIUM, "libxml2.so.2", "libxmlsec1.so.1", "libxmlsec1-openssl.so.1", "libz.so.1",
                     "liblasso.so.3", "libglib-2.0.so.0", "libgobject-2.0.so.0"},
    "sekisho-oidc": {C, CRYPTO, SSL, SODIUM, "libcjose.so.0", "libcurl.so.4", "libjansson.so.4"},
    "sekishod": {C, SODIUM, "libconfuse.so.2"},
    "sekishoctl": {C, SODIUM},
    "sekisho-backup": {C, SODIUM, "libconfuse.so.2"},
    "sekisho-gateway": {C, CRYPTO, SSL, SODIUM, "libnghttp2.so.14"},
    "sekisho-verify": {C, CRYPTO, SODIUM, "libjansson.so.4"},
}
IGNORED = {"ld-linux-x86-64.so.2", "libm.so.6", "libasan.so.8", "libubsan.so.1", "libtsan.so.2"}


def main():
    folder, bad = sys.argv[1], 0
    for name, allowed in PINNED.items():
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            print(f"{name} was not built")
            bad = 1
            continue
        out = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout
        linked = set(re.findall(r"\(NEEDED\).*\[(.*)\]", out)) - IGNORED
        for extra in sorted(linked - allowed):
            print(f"{name} links {extra}, which its list does not name")
            bad = 1
        if "BIND_NOW" not in out or "(RUNPATH)" in out or "(RPATH)" in out:
            print(f"{name}: not bound at start, or carries a library path")
            bad = 1
    return bad


sys.exit(main())
