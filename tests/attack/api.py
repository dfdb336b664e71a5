# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs schemathesis against the demo as each kind of person: no 5xx but 503, and every answer as docs/openapi.yaml says.

api.py SCHEMATHESIS [EXAMPLES [PHASES]]; started by api.sh. Fixed seed: a failure comes again."""
import collections
import json
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
LEFT_OUT = ("events.stream", "sessions.terminal", "est.simpleenroll", "est.simplereenroll", "auth.sign_out", "auth.session_revoke",
            "devices.remove")
# The names of the security schemes in docs/openapi.yaml: a Cookie header of our own is overwritten by a generated one.
# 503 is the documented answer of a machine that is too busy at the moment.
CONFIG = """
headers = { X-Sekisho = "1", Origin = "${SEKISHO_ORIGIN}" }
[auth.openapi.csrf]
api_key = "1"
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503]
"""
SIGNED_IN = """
[auth.openapi.session]
api_key = "${SEKISHO_COOKIE}"
"""
MOST_401 = 0.2  # of a person's answers: some are of cases that leave the cookie out on purpose


LOGINS = {"user": "tanaka", "administrator": "admin"}


def run(program, who, cookie, examples, phases):
    print(f"--- as {who}", flush=True)
    environment = dict(os.environ, SEKISHO_COOKIE=cookie, SEKISHO_ORIGIN=f"https://localhost:{PORT}", HYPOTHESIS_DATABASE="none")
    with tempfile.TemporaryDirectory(dir=VAR) as folder:
        config = os.path.join(folder, "schemathesis.toml")
        with open(config, "w", encoding="utf-8") as f:
            f.write(CONFIG + (SIGNED_IN if cookie else ""))
        command = [program, "--config-file", config, "run", os.path.join(ROOT, "docs/openapi.yaml"),
                   "--url", f"https://localhost:{PORT}", "--tls-verify", CA, "--checks", CHECKS, "--seed", "20261122",
                   "--max-examples", str(examples), "--phases", phases, "--generation-database", "none", "--no-shrink",
                   "--continue-on-failure", "--workers", "1", "--request-timeout", "35", "--warnings", "off",
                   "--suppress-health-check", "all", "--max-redirects", "0", "--report", "har",
                   "--report-har-path", os.path.join(folder, "said.har")]
        for name in LEFT_OUT:
            command += ["--exclude-operation-id", name]
        failed = subprocess.run(command, cwd=folder, env=environment, check=False).returncode != 0
        return failed or not signed_in_all_along(who, os.path.join(folder, "said.har"))


def signed_in_all_along(who, har):
    """What was answered, in classes; a cookie that no longer signs in would make every answer a 401."""
    with open(har, encoding="utf-8") as f:
        answers = [(e["request"]["method"], e["request"]["url"].split("?")[0], e["response"]["status"]) for e in json.load(f)["log"]["entries"]]
    classes = collections.Counter(str(status) if status in (401, 403) else f"{status // 100}xx" for _, _, status in answers)
    print(f"    as {who}: {len(answers)} answers: " + ", ".join(f"{n} {kind}" for kind, n in sorted(classes.items())), flush=True)
    if who == "nobody":
        return True
    return classes["2xx"] > 0 and classes["401"] < MOST_401 * len(answers) and person(LOGINS[who]).raw("GET", "/api/v1/me")[0] == 200


def cookie(login):
    return person(login).cookies["__Host-sekisho"]


def main():
    program, examples = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "1"
    phases = sys.argv[3] if len(sys.argv) > 3 else "fuzzing"
    visits = (("nobody", ""), *((who, cookie(login)) for who, login in LOGINS.items()))
    wanted = os.environ.get("SEKISHO_ATTACK_AS", "nobody,user,administrator").split(",")
    failed = [who for who, value in visits if who in wanted and run(program, who, value, examples, phases)]
    print("failed as: " + ", ".join(failed) if failed else "every answer is as documented", flush=True)
    return 1 if failed else 0


sys.exit(main())
