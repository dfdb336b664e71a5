# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs schemathesis against the demo as each kind of person: no 5xx, and every answer as docs/openapi.yaml says.

api.py SCHEMATHESIS [EXAMPLES [PHASES]]; started by api.sh. Fixed seed: a failure comes again."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../flow"))
from world import CA, PORT, VAR, person  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
          "response_schema_conformance")
# Endless answers, other protocols (fuzz_websocket, fuzz_est_enrol), and what would end the visit.
LEFT_OUT = ("events.stream", "sessions.terminal", "est.simpleenroll", "est.simplereenroll", "auth.sign_out", "auth.session_revoke")
CONFIG = """
[[project]]
title = "Sekisho"
headers = { X-Sekisho = "1", Origin = "${SEKISHO_ORIGIN}", Cookie = "${SEKISHO_COOKIE}" }
"""


def run(program, who, cookie, examples, phases):
    print(f"--- as {who}", flush=True)
    environment = dict(os.environ, SEKISHO_COOKIE=cookie, SEKISHO_ORIGIN=f"https://localhost:{PORT}", HYPOTHESIS_DATABASE="none")
    with tempfile.TemporaryDirectory(dir=VAR) as folder:
        config = os.path.join(folder, "schemathesis.toml")
        with open(config, "w", encoding="utf-8") as f:
            f.write(CONFIG)
        command = [program, "--config-file", config, "run", os.path.join(ROOT, "docs/openapi.yaml"),
                   "--url", f"https://localhost:{PORT}", "--tls-verify", CA, "--checks", CHECKS, "--seed", "20261122",
                   "--max-examples", str(examples), "--phases", phases, "--generation-database", "none", "--no-shrink",
                   "--continue-on-failure", "--workers", "1", "--request-timeout", "35", "--warnings", "off",
                   "--suppress-health-check", "all", "--max-redirects", "0"]
        for name in LEFT_OUT:
            command += ["--exclude-operation-id", name]
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def cookies(login):
    return "; ".join(f"{k}={v}" for k, v in person(login).cookies.items())


def main():
    program, examples = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "1"
    phases = sys.argv[3] if len(sys.argv) > 3 else "fuzzing"
    visits = (("nobody", "a=b"), ("user", cookies("tanaka")), ("administrator", cookies("admin")))
    failed = [who for who, cookie in visits if run(program, who, cookie, examples, phases) != 0]
    print("failed as: " + ", ".join(failed) if failed else "every answer is as documented", flush=True)
    return 1 if failed else 0


sys.exit(main())
