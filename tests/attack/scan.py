# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs scanners against the demo and judges what they say; started by scan.sh. One function for each tool returns
what it found above "info", less what ACCEPTED names (the reasons are in README.md)."""
import collections
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../flow"))
from world import CA, PORT, VAR, browser, person  # noqa: E402

OUT = os.path.join(HERE, "../../build/attack")
BASE = f"https://localhost:{PORT}"
ACCEPTED = {
    "testssl": {"cert_expirationStatus", "cert_notAfter", "cert_revocation", "DNS_CAArecord", "engine_problem"},
    "wapiti": {"X-Frame-Options is not set", "X-XSS-Protection is not set"},
}


def run(tool, command, seconds, **named):
    """Output into build/attack/TOOL.log; time is a bound, not a judgement."""
    with open(os.path.join(OUT, tool + ".log"), "w", encoding="utf-8") as log:
        try:
            return subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                  timeout=seconds, check=False, **named).returncode
        except subprocess.TimeoutExpired:
            print(f"{tool}: stopped after {seconds} s", flush=True)
            return -1


def output(tool):
    with open(os.path.join(OUT, tool + ".log"), encoding="utf-8", errors="replace") as f:
        return f.read()


def answered():
    """{(operation, class of status): number} since web's start, from its own count."""
    with open(os.path.join(VAR, "metrics.token"), encoding="ascii") as f:
        token = f.read().strip()
    text = browser().raw("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})[2].decode()
    rows = re.findall(r'^sekisho_http_requests_total\{operation="([^"]*)",status="([^"]*)"\} (\d+)', text, re.M)
    if not rows:
        raise AssertionError("web's own count cannot be read")
    return collections.Counter({(operation, kind): int(n) for operation, kind, n in rows})


def tell_answers(before):
    """What web answered meanwhile; an answer of class 5xx is a finding, whatever the tool thought of it."""
    now = answered()
    if any(now[key] < n for key, n in before.items()):
        return ["web was started anew meanwhile"]
    new = now - before
    classes = collections.Counter()
    for (_, kind), n in new.items():
        classes[kind] += n
    reached = len({operation for operation, kind in new if kind == "2xx"})
    print("  answers of web: " + ", ".join(f"{n} {kind}" for kind, n in sorted(classes.items()))
          + f"; {reached} operations answered 2xx", flush=True)
    return [f"{operation}: {n} answers {kind}" for (operation, kind), n in new.items() if kind == "5xx"]


def cookie_text(login):
    return "; ".join(f"{k}={v}" for k, v in person(login).cookies.items())


def testssl():
    report = os.path.join(OUT, "testssl.json")
    if os.path.exists(report):
        os.remove(report)
    run("testssl", ["testssl", "--quiet", "--color", "0", "--warnings", "batch", "--add-ca", CA, "--ip", "one",
                    "--jsonfile", report, f"localhost:{PORT}"], 1500)
    with open(report, encoding="utf-8") as f:
        rows = json.load(f)
    return [f"{r['severity']} {r['id']}: {r['finding']}" for r in rows
            if r["severity"] not in ("OK", "INFO", "DEBUG") and r["id"].split(" ")[0] not in ACCEPTED["testssl"]]


def sslscan():
    run("sslscan", ["sslscan", "--no-colour", "--no-failed", f"localhost:{PORT}"], 300)
    text = output("sslscan")
    bad = [line for line in text.splitlines()
           if line.split()[:2][1:] == ["enabled"] and line.split()[0] in ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1")]
    for word in ("vulnerable to heartbleed", "Insecure session renegotiation", "Compression enabled", "CBC", "3DES", "RC4", "NULL"):
        bad += [line for line in text.splitlines() if word in line and not line.strip().startswith("TLSv1.") and "not " not in line]
    return bad if "TLSv1.3" in text else ["nothing was scanned"]


def slowhttptest():
    """Three ways of being slow, from one address with more connections than it may have; a person at another address works."""
    ways = {"slow head": ["-H"], "slow body": ["-B", "-u", f"{BASE}/api/v1/sign-in"], "slow reader": ["-X", "-w", "10", "-y", "20"]}
    found = []
    api = person("tanaka")
    api._connect = lambda: http.client.HTTPSConnection("localhost", PORT, context=api.tls, timeout=40, source_address=("127.0.9.9", 0))
    for name, options in ways.items():
        target = [] if "-u" in options else ["-u", f"{BASE}/"]
        worst, times, stop = [0.0], [0], threading.Event()

        def visit():
            while not stop.is_set():
                at = time.monotonic()
                try:
                    api.get("/api/v1/me")
                    worst[0], times[0] = max(worst[0], time.monotonic() - at), times[0] + 1
                except Exception as error:  # noqa: BLE001  (what it was is the finding)
                    found.append(f"{name}: the other visitor got {error!r}")
                    return
                time.sleep(0.05)
        visitor = threading.Thread(target=visit)
        visitor.start()
        # 127.0.0.1 is the scanner's; connections beyond its share are closed at once.
        run("slowhttptest", ["slowhttptest", "-c", "600", "-r", "200", "-i", "5", "-l", "30", "-x", "24", "-p", "5", *options, *target], 90)
        stop.set()
        visitor.join()
        print(f"  {name}: {times[0]} requests of another visitor answered, slowest {worst[0]:.2f} s", flush=True)
    return found


def wapiti():
    report, store = os.path.join(OUT, "wapiti.json"), os.path.join(VAR, "wapiti")
    jar = os.path.join(VAR, "wapiti-cookies.json")
    with open(jar, "w", encoding="utf-8") as f:
        json.dump({".localhost": {"/": {k: {"value": v} for k, v in person("admin").cookies.items()}}}, f)
    starts = ["/api/v1/targets?q=a&limit=5", "/api/v1/users?q=a&state=active", "/api/v1/requests?scope=all&q=a",
              "/api/v1/sessions?scope=all&q=a", "/api/v1/audit?q=a&event=auth.sign_in", "/signin?next=/x", "/api/v1/access/explain"]
    command = ["wapiti", "-u", f"{BASE}/", "--cookie", jar, "--verify-ssl", "0", "--flush-session", "--store-session", store,
               "-m", "common,csrf,cookieflags,http_headers,csp,redirect,permanentxss,xss,sql,blindsql,file,exec,crlf,backup,methods,htaccess",
               "--max-scan-time", "420", "--max-attack-time", "60", "-f", "json", "-o", report, "--no-bugreport"]
    for start in starts:
        command += ["-s", BASE + start]
    run("wapiti", command, 900)
    with open(report, encoding="utf-8") as f:
        said = json.load(f)
    return [f"{kind}: {row['info']} {row['path']}" for part in ("vulnerabilities", "anomalies")
            for kind, rows in said[part].items() for row in rows if row["info"] not in ACCEPTED["wapiti"]]


def sqlmap():
    level, risk = os.environ.get("SQLMAP_LEVEL", "2"), os.environ.get("SQLMAP_RISK", "2")
    urls = ["/api/v1/targets?q=a*", "/api/v1/users?q=a*&cursor=AAAA*", "/api/v1/requests?scope=all&q=a*&state=open*",
            "/api/v1/audit?q=a*&actor=x*&event=auth.sign_in*", "/api/v1/users/0192f0a0-1111-7222-8333-444455556666*"]
    found = []
    folder = os.path.join(VAR, "sqlmap")
    for url in urls:
        shutil.rmtree(folder, ignore_errors=True)
        run("sqlmap", ["sqlmap", "-u", BASE + url, "--batch", "--level", level, "--risk", risk, "--dbms", "mysql", "--technique", "BEUS",
                       "--output-dir", folder, "--ignore-code", "400,403,404,422,429", "--disable-coloring", "--delay", "0.012",
                       "--cookie", cookie_text("admin"), "--headers", f"X-Sekisho: 1\nOrigin: {BASE}"], 420)
        text = output("sqlmap")
        os.replace(os.path.join(OUT, "sqlmap.log"), os.path.join(OUT, f"sqlmap-{urls.index(url)}.log"))
        if "is vulnerable" in text or "sqlmap identified the following injection" in text:
            found.append(f"{url}: see sqlmap-{urls.index(url)}.log")
    return found


TOOLS = {"sslscan": sslscan, "slowhttptest": slowhttptest, "testssl": testssl, "wapiti": wapiti, "sqlmap": sqlmap}


def main():
    bad = 0
    for name in sys.argv[1:] or TOOLS:
        if not shutil.which(name):
            print(f"{name}: not installed", flush=True)
            bad = 1
            continue
        started = time.monotonic()
        before = answered()
        found = TOOLS[name]()
        found += tell_answers(before)
        bad |= bool(found)
        print(f"{name}: {len(found)} finding(s), {time.monotonic() - started:.0f} s", flush=True)
        for line in found[:40]:
            print("  " + line, flush=True)
    browser().get("/api/v1/health")  # still there
    return bad


sys.exit(main())
