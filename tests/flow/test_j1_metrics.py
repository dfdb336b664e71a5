# SPDX-License-Identifier: GPL-3.0-or-later
"""J1: metrics and health of a running installation, read by Prometheus' own parser."""
from prometheus_client.parser import text_string_to_metric_families

from world import *  # noqa: F403
import world

TOKEN = open(os.path.join(world.VAR, "metrics.token"), encoding="ascii").read().strip()
LABELS = {"operation", "status", "le", "event", "outcome", "state", "role", "part", "version"}
VALUES = {
    "status": {"1xx", "2xx", "3xx", "4xx", "5xx"},
    "outcome": {"ok", "refused", "failed"},
    "state": {"online", "late", "offline", "held"},
    "role": {"keeper", "authority", "worker", "mail", "web", "edge"},
    "part": {"authority", "database", "vault"},
}


def ask(headers=None):
    return browser().raw("GET", "/metrics", headers=headers)


def scrape():
    status, headers, body = ask({"Authorization": f"Bearer {TOKEN}"})
    if status != 200:
        raise AssertionError(f"scrape: {status} {body[:200]}")
    assert headers["content-type"].startswith("text/plain; version=0.0.4"), headers
    return body.decode("ascii")


class Figures:
    def __init__(self, text):
        self.families = list(text_string_to_metric_families(text))
        self.samples = [sample for family in self.families for sample in family.samples]

    def value(self, name, **labels):
        found = [s.value for s in self.samples if s.name == name and s.labels == labels]
        return found[0] if found else None


def figures():
    return Figures(scrape())


class Metrics(Flow):
    def test_nobody_without_the_token(self):
        person("admin")
        for headers in (None, {"Authorization": "Bearer wrong-" + TOKEN}, {"Authorization": "Bearer " + TOKEN[:-1]},
                        {"Authorization": "Basic " + TOKEN}, {"Authorization": TOKEN}):
            status, answer, body = ask(headers)
            self.assertEqual((status, answer["www-authenticate"]), (401, 'Bearer realm="sekisho-metrics"'))
            self.assertNotIn(b"sekisho_", body)
        status, _, _ = person("admin").raw("GET", "/metrics")
        self.assertEqual(status, 401)
        until(lambda: any(e["leaf"]["data"].get("operation") == "system.metrics"
                          for e in person("admin").get("/api/v1/audit", event="access.refused")["items"]), "a wrong token is audited")
        self.assertNotIn(TOKEN, log())

    def test_a_parser_takes_it_and_it_names_nobody(self):
        _, terminal = open_terminal("tanaka")
        shell_ready(terminal)
        # What the browser is told first is in the database a moment later.
        now = until(lambda: (lambda f: f if f.value("sekisho_sessions_live") == 1 else None)(figures()), "one session is live")
        terminal.close()
        text = scrape()
        names = [family.name for family in now.families]
        self.assertEqual(len(names), len(set(names)))
        for family in now.families:
            self.assertTrue(family.name.startswith("sekisho_") and family.documentation, family.name)
            self.assertIn(family.type, ("counter", "gauge", "histogram"))
        for sample in now.samples:
            self.assertLessEqual(set(sample.labels), LABELS, sample)
            for label, value in sample.labels.items():
                self.assertIn(value, VALUES.get(label, {value}), sample)
        api = person("admin")
        private = [u["login"] for u in api.get("/api/v1/users")["items"]] + [u["display_name"] for u in api.get("/api/v1/users")["items"]]
        private += [t["name"] for t in api.get("/api/v1/targets")["items"]] + [g["name"] for g in api.get("/api/v1/gateways")["items"]]
        self.assertGreater(len(private), 6)
        for word in private:
            self.assertIsNone(re.search(rf"(?<![a-z_]){re.escape(word)}(?![a-z_])", text), word)
        self.assertEqual(now.value("sekisho_build_info", version=api.get("/api/v1/overview")["version"]), 1)
        for part in VALUES["part"]:
            self.assertEqual(now.value("sekisho_up", part=part), 1)
        self.assertEqual(now.value("sekisho_vault_sealed"), 0)
        self.assertEqual(now.value("sekisho_gateways", state="online"), 1)
        self.assertGreater(now.value("sekisho_certificate_expiry_seconds"), 23 * 3600)
        self.assertGreater(now.value("sekisho_gateway_certificate_expiry_seconds"), 0)
        self.assertIsNone(now.value("sekisho_syslog_behind"))

    def test_counters_move(self):
        before = figures()
        _, terminal = open_terminal("tanaka")
        shell_ready(terminal)
        terminal.close()
        self.refused(403, person("tanaka").get, "/api/v1/audit")
        self.refused(404, browser().get, "/api/v1/no-such-thing-41")

        def grown(name, **labels):
            def moved():
                after = figures()
                return (after.value(name, **labels) or 0) > (before.value(name, **labels) or 0) and after
            return until(moved, f"{name} {labels} grows")

        grown("sekisho_secret_releases_total")
        grown("sekisho_audit_events_total", event="secret.released", outcome="ok")
        grown("sekisho_refusals_total")
        grown("sekisho_http_requests_total", operation="sessions.create", status="2xx")
        grown("sekisho_http_requests_total", operation="none", status="4xx")
        after = grown("sekisho_http_request_duration_seconds_count", operation="requests.create")
        self.assertEqual(after.value("sekisho_http_request_duration_seconds_bucket", operation="requests.create", le="+Inf"),
                         after.value("sekisho_http_request_duration_seconds_count", operation="requests.create"))
        self.assertNotIn("no-such-thing-41", scrape())

    @unittest.skipIf(sanitized(), "memory of instrumented programs says nothing")
    def test_processes_are_told_of(self):
        web = pids("sekisho-web")[0]
        now = until(lambda: (lambda f: f if all(f.value("sekisho_process_resident_bytes", role=r) for r in VALUES["role"]) else None)(figures()),
                    "every role is told of")
        restarts = now.value("sekisho_process_restarts_total", role="worker")
        os.kill(pids("sekisho-worker")[0], 9)
        until(lambda: figures().value("sekisho_process_restarts_total", role="worker") == restarts + 1, "the restart is counted")
        self.assertEqual(pids("sekisho-web")[0], web)

    def test_ready_is_503_while_the_database_is_away_and_live_is_not(self):
        api = browser()
        self.assertEqual(api.get("/api/v1/health/live"), {"status": "ok", "checks": []})
        self.assertEqual(api.get("/api/v1/health/ready")["status"], "ok")
        database = pids("mariadbd")[0]
        os.kill(database, 19)
        try:
            status, _, body = api.raw("GET", "/api/v1/health/ready")
            self.assertEqual(status, 503, body)
            status, _, body = api.raw("GET", "/api/v1/health")
            self.assertEqual(status, 200)
            self.assertIn(b"degraded", body)
            self.assertEqual(api.raw("GET", "/api/v1/health/live")[0], 200)
            now = figures()
            self.assertEqual(now.value("sekisho_up", part="database"), 0)
            self.assertIsNone(now.value("sekisho_sessions_live"))
            self.assertGreater(now.value("sekisho_database_errors_total"), 0)
        finally:
            os.kill(database, 18)
        until(lambda: api.raw("GET", "/api/v1/health/ready")[0] == 200, "ready again")
        until(lambda: figures().value("sekisho_sessions_live") is not None, "all figures are back")


if __name__ == "__main__":
    unittest.main()
