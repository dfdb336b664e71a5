#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arrows between folders: each folder may include only the folders listed for it.

The table is the architecture (docs/ARCHITECTURE.md, "Folders"); an include outside it fails.
"""
import collections
import re
import subprocess
import sys

ALLOWED = {
    "base": [],
    "sql": ["base"],
    "vault": ["base"],
    "audit": ["base", "sql", "vault", "rbac"],
    "rbac": ["base", "sql", "audit", "vault"],
    "auth": ["base", "sql", "audit", "vault", "rbac"],
    "targets": ["base", "sql", "audit", "vault", "rbac"],
    "gateways": ["base", "sql", "audit", "vault", "rbac", "targets"],
    "access": ["base", "sql", "audit", "vault", "rbac", "targets", "gateways"],
    "sessions": ["base", "sql", "audit", "vault", "rbac", "targets", "access"],
    "notify": ["base", "sql", "audit", "vault", "rbac"],
    "reports": ["base", "sql", "audit", "rbac", "targets", "access", "sessions"],
    "server": ["base", "sql", "vault", "audit", "rbac", "auth", "targets", "access", "sessions",
               "notify", "reports", "gateways"],
}
# One header of a folder that a folder beside it may use, as a library of its own: {folder: headers}.
# Accounts' secrets lie in the same sealed store as people's; the store is only statements over sql.
# The verifier makes decisions about sign-ins again: integers in, a decision out, and nothing else.
ALSO = {"targets": ["auth/secret_store.h"], "notify": ["auth/secret_store.h"], "audit": ["auth/risk_record.h"]}
# Parts of a folder that must stay below the rest of it: {prefix of the file: what it may include}.
NARROW = {
    "gateways/proto/": ["base", "gateways/proto"],
    # A gateway checks checkpoints as the verifier does: two headers of hashes and text, no key.
    "gateways/agent/": ["base", "gateways/proto", "gateways/agent", "vault/checkpoint_text.h", "vault/merkle_proof.h"],
    "vault/": ["base", "vault"],
    "auth/saml/": ["base", "auth/saml"],
    "auth/oidc/": ["base", "auth/oidc", "auth/federation_wire.h"],
    "sessions/broker/": ["base", "vault", "sessions", "audit"],
    "sessions/replay/": ["base", "vault", "sessions", "audit"],
}


def main():
    files = subprocess.run(["git", "ls-files", "*.c", "*.h"], capture_output=True, text=True, check=True)
    bad = 0
    arrows = collections.defaultdict(set)
    for path in files.stdout.split():
        folder = path.split("/")[0]
        if folder not in ALLOWED:
            continue
        for line in open(path, encoding="utf-8"):
            found = re.match(r'#include "([^"]+)"', line)
            if not found:
                continue
            target = found[1]
            if "/" not in target:
                print(f"{path}: include {target} by its path from the root")
                bad = 1
                continue
            to = target.split("/")[0]
            if to != folder:
                arrows[folder].add(to)
                if to not in ALLOWED[folder] and target not in ALSO.get(folder, []):
                    print(f"{path}: {folder} may not include {target}")
                    bad = 1
            for prefix, allowed in NARROW.items():
                if path.startswith(prefix) and not any(
                        target == a or target.startswith(a + "/") for a in allowed):
                    print(f"{path}: {prefix} may not include {target}")
                    bad = 1
    mysql = subprocess.run(["git", "grep", "-l", r"#include [<\"].*mysql\.h"], capture_output=True, text=True)
    for path in mysql.stdout.split():
        if path != "sql/db.c" and path.endswith((".c", ".h")):
            print(f"{path}: only sql/db.c knows mysql.h")
            bad = 1
    if not bad:
        print("include graph: " + "; ".join(f"{k} -> {','.join(sorted(v))}" for k, v in sorted(arrows.items())))
    return bad


sys.exit(main())
