# SPDX-License-Identifier: GPL-3.0-or-later
"""GW-05 07 08 09 11 84 85, clone alarm, failover: a gateway's life with real proxies, clocks, networks and copies."""
import shutil
import signal
import sys

from world import *  # noqa: F403
import world

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from fault_proxy import FaultProxy  # noqa: E402

SERVER = "192.0.2.1"
FAULTY = 9443
LIVES = os.path.join(world.VAR, "gw")
PROGRAM = os.path.join(world.BIN, "sekisho-gateway")
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


def sql(statement):
    return subprocess.run(["mariadb", "--no-defaults", "--protocol=socket", "-S", os.path.join(world.VAR, "data/run/db.sock"),
                           "-u", "root", "-N", "-e", statement, "sekisho"], capture_output=True, text=True, check=True).stdout


SITE_NETWORK = os.open(f"/proc/{pids('sekisho-gateway')[0]}/ns/net", os.O_RDONLY)


def site(*command):
    """In the site's network, where only the gateways are."""
    return ["nsenter", f"--net=/proc/{os.getpid()}/fd/{SITE_NETWORK}", *command]


class Gateway:
    """One gateway program in the site, with a folder of its own."""

    def __init__(self, name, group=None):
        admin = person("admin")
        group = group or admin.get("/api/v1/gateway-groups")["items"][0]["id"]
        self.id = admin.post("/api/v1/gateways", {"name": name, "group_id": group})["id"]
        self.folder = os.path.join(LIVES, name)
        self.process = None
        os.makedirs(LIVES, exist_ok=True)

    def enrol(self, *options, server=f"{SERVER}:{world.PORT}", env=None, token=None):
        made = token or person("admin").post(f"/api/v1/gateways/{self.id}/token")
        return subprocess.run(site(PROGRAM, "enrol", "--server", server, "--token-stdin", "--ca-sha256", made["ca_sha256"],
                                   "--state", self.folder, *options), input=made["token"], capture_output=True, text=True,
                              env={**os.environ, **(env or {})})

    def start(self, folder=None, before=(), env=None):
        command = site(*before, PROGRAM, "run", "--state", folder or self.folder, "--first-delay-ms", "10")
        with open(os.path.join(LIVES, f"log-{os.path.basename(folder or self.folder)}"), "ab") as log_file:
            process = subprocess.Popen(command, stderr=log_file, env={**os.environ, **(env or {})})
        if folder is None:
            self.process = process
        return process

    def stop(self, how=signal.SIGTERM):
        if self.process:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def seen(self):
        return person("admin").get(f"/api/v1/gateways/{self.id}")

    def is_up(self):
        presence = self.seen()["presence"]
        return presence["state"] == "online" and presence["connections"] == 2 and self.status("state") == "online"

    def status(self, name, folder=None):
        try:
            with open(os.path.join(folder or self.folder, "status"), encoding="utf-8") as f:
                return dict(line.rstrip("\n").split("=", 1) for line in f).get(name)
        except OSError:
            return None


def refusals(gateway, reason, event="gateway.refused"):
    found = person("sato").get("/api/v1/audit", event=event, limit=50)["items"]
    return [e for e in found if e["leaf"].get("reason") == reason and (gateway is None or (e["object"] or {}).get("id") == gateway.id)]


class Life(Flow):
    @classmethod
    def setUpClass(cls):
        for pid in pids("sekisho-gateway"):
            os.kill(pid, signal.SIGKILL)
        cls.a, cls.b = Gateway("a"), Gateway("b")
        for gateway in (cls.a, cls.b):
            done = gateway.enrol()
            assert done.returncode == 0, done.stderr
        cls.a.start()
        until(cls.a.is_up, "a is up")

    @classmethod
    def tearDownClass(cls):
        for gateway in (cls.a, cls.b):
            gateway.stop()

    def session(self):
        session, terminal = open_terminal("tanaka")
        shell_ready(terminal)
        return session, terminal

    def through(self, net_port):
        """Gateway a by way of another port."""
        path = os.path.join(self.a.folder, "config")
        with open(path, encoding="utf-8") as f:
            text = re.sub(r"server=.*", f"server={SERVER}:{net_port}", f.read())
        self.a.stop()
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        self.a.start()
        until(self.a.is_up, "a is up again")

    def test_gw_05_a_flipped_byte_closes_and_every_fault_is_survived(self):
        with FaultProxy((SERVER, FAULTY), ("127.0.0.1", world.PORT)) as net:
            self.through(FAULTY)
            _, terminal = self.session()
            net.delay, net.slice = 0.02, 11
            terminal.type("echo sliced-$((40+2))\r")
            terminal.wait_for("sliced-42")
            net.delay, net.slice = 0.0, 0
            terminal.close()
            for fault in ("flip up", "flip down", "cut", "reset", "deaf"):
                with self.subTest(fault=fault):
                    _, terminal = self.session()
                    if fault == "flip up":
                        net.flip_up(100)
                        terminal.type("seq 1 20000\r")
                    elif fault == "flip down":
                        net.flip_down(10)
                        terminal.type("echo x\r")
                    elif fault == "cut":
                        net.cut()
                    elif fault == "reset":
                        net.reset()
                    else:
                        net.go_deaf()
                    terminal.wait_end()
                    if fault == "flip up":  # what came before the flip was right, and nothing came after it
                        shown = [int(n) for n in re.findall(rb"^(\d+)\r?$", terminal.output, re.M)][:-1]
                        self.assertEqual([n for n in shown if n > 0], sorted(n for n in shown if n > 0))
                        self.assertEqual(net.flipped, 1)
                    terminal.close()
                    until(self.a.is_up, f"a is back after {fault}")
        self.through(world.PORT)

    def test_gw_07_a_copied_folder_is_refused_elsewhere_and_raises_the_alarm(self):
        copy, other = os.path.join(LIVES, "copy"), os.path.join(LIVES, "machine-id")
        with open(other, "w", encoding="ascii") as f:
            f.write("0123456789abcdef0123456789abcdef\n")
        shutil.copytree(self.a.folder, copy)
        thief = self.a.start(copy, ("unshare", "--mount", "--propagation", "private", "sh", "-c",
                                    f'mount --bind {other} /etc/machine-id && exec "$@"', "sh"))
        try:
            until(lambda: refusals(self.a, "gateway.other_machine"), "refused, in the audit log")
            until(lambda: self.a.status("refused", copy) == "gateway.other_machine", "told")
        finally:
            thief.terminate()
            thief.wait()
            shutil.rmtree(copy)
        seen = self.a.seen()
        self.assertEqual(seen["alarm"]["reason"], "gateway.other_machine")
        self.assertEqual((seen["state"], seen["presence"]["state"]), ("enrolled", "online"))
        admin = person("admin")
        self.assertIn("todo.gateway_alarm", admin.get("/api/v1/overview")["todo"])
        self.assertIsNone(admin.post(f"/api/v1/gateways/{self.a.id}/release")["alarm"])
        self.refused(409, admin.post, f"/api/v1/gateways/{self.a.id}/release", reason="gateway.not_held")

    def test_clone_alarm_copy_and_original_cannot_both_go_on(self):
        copy = os.path.join(LIVES, "twin")
        until(lambda: sql(f"SELECT chain_next IS NULL FROM gateway_presence WHERE gateway_id = x'{self.a.id.replace('-', '')}'")
              .strip() == "1", "the newest value has arrived")
        self.a.stop()
        until(lambda: self.a.seen()["presence"]["connections"] == 0, "the original is away")
        shutil.copytree(self.a.folder, copy)
        twin = self.a.start(copy)
        until(lambda: self.a.seen()["presence"]["connections"] == 2, "nothing tells it from the original yet")
        until(lambda: sql(f"SELECT chain_next IS NULL FROM gateway_presence WHERE gateway_id = x'{self.a.id.replace('-', '')}'")
              .strip() == "1", "the twin holds the newest value")
        twin.send_signal(signal.SIGKILL)
        twin.wait()
        until(lambda: self.a.seen()["presence"]["connections"] == 0, "the twin is away")
        self.a.start()
        until(lambda: self.a.seen()["state"] == "held", "held")
        self.assertEqual(self.a.seen()["alarm"]["reason"], "gateway.copied")
        self.assertTrue(refusals(self.a, "gateway.copied", "gateway.held"))
        self.a.stop()
        shutil.rmtree(copy)
        person("admin").post(f"/api/v1/gateways/{self.a.id}/release")
        self.a.start()
        until(self.a.is_up, "the original goes on")

    def test_gw_08_a_new_certificate_drops_no_session_and_ends_the_old_one(self):
        before = self.a.seen()["certificate"]["serial"]
        old = os.path.join(LIVES, "old")
        shutil.copytree(self.a.folder, old)
        _, terminal = self.session()
        self.a.process.send_signal(signal.SIGHUP)
        until(lambda: self.a.seen()["certificate"]["serial"] != before, "renewed")
        until(lambda: sql(f"SELECT revoked_at IS NOT NULL FROM gateway_certificate WHERE serial = x'{before}'").strip() == "1",
              "the new one was used")
        terminal.type("echo still-$((1+1))\r")
        terminal.wait_for("still-2")
        thief = self.a.start(old)
        self.assertEqual(thief.wait(PATIENCE), 3)
        self.assertTrue(refusals(self.a, "certificate.revoked"))
        terminal.type("echo there-$((1+1))\r")
        terminal.wait_for("there-2")
        terminal.close()
        shutil.rmtree(old)
        events = person("sato").get("/api/v1/audit", event="gateway.renewed")["items"]
        self.assertTrue(events)
        until(self.a.is_up, "a is up")

    def test_gw_08_a_captured_proof_or_another_key_renews_nothing(self):
        for header in ({}, {"Authorization": "Gateway x"},
                       {"Authorization": "Gateway 00000000-0000-0000-0000-000000000000:AAAA"}):
            with self.assertRaises(ApiError) as caught:
                browser().call("POST", "/.well-known/est/simplereenroll", octets=b"AAAA",
                               headers={"Content-Type": "application/pkcs10", **header})
            self.assertIn(caught.exception.status, (400, 401, 403))

    def test_gw_09_through_an_http_proxy_with_and_without_login(self):
        login = os.path.join(LIVES, "login")
        nft = f"table ip proxied {{ chain out {{ type filter hook output priority 0;\n ip daddr {SERVER} tcp dport {world.PORT} drop\n }}\n }}\n"
        subprocess.run(site("nft", "-f", "-"), input=nft, text=True, check=True)
        try:
            for auth in (None, "gate:keeper-77"):
                with self.subTest(login=bool(auth)):
                    conf = os.path.join(LIVES, "tinyproxy.conf")
                    with open(conf, "w", encoding="ascii") as f:
                        f.write(f"Port 3128\nListen {SERVER}\nConnectPort {world.PORT}\nMaxClients 50\nTimeout 600\n")
                        f.write(f"BasicAuth {auth.replace(':', ' ')}\n" if auth else "")
                    proxy = subprocess.Popen(["tinyproxy", "-d", "-c", conf], stdout=subprocess.DEVNULL)
                    gateway = Gateway("proxied" + ("-login" if auth else ""))
                    options = ["--proxy", f"{SERVER}:3128"]
                    try:
                        until(lambda: subprocess.run(["ss", "-Hltn", "sport", "=", ":3128"], capture_output=True).stdout, "tinyproxy")
                        if auth:
                            with open(login, "w", encoding="ascii") as f:
                                f.write("gate:wrong\n")
                            wrong = gateway.enrol(*options, "--proxy-login-file", login)
                            self.assertIn("407" if "407" in wrong.stderr else "401", wrong.stderr)
                            self.assertNotEqual(wrong.returncode, 0)
                            with open(login, "w", encoding="ascii") as f:
                                f.write(auth + "\n")
                            options += ["--proxy-login-file", login]
                        done = gateway.enrol(*options)
                        self.assertEqual(done.returncode, 0, done.stderr)
                        gateway.start()
                        until(gateway.is_up, "up through the proxy")
                    finally:
                        gateway.stop()
                        proxy.terminate()
                        proxy.wait()
        finally:
            subprocess.run(site("nft", "delete", "table", "ip", "proxied"), check=True)

    def test_gw_11_version_zero_is_told_to_update(self):
        # The program says what it speaks: one byte of the header's name changed is an agent that says nothing.
        old = os.path.join(LIVES, "old-agent")
        with open(PROGRAM, "rb") as f:
            program = f.read()
        self.assertEqual(program.count(b"gw-protocol\0"), 1)
        with open(old, "wb") as f:
            f.write(program.replace(b"gw-protocol\0", b"gw-protocos\0"))
        os.chmod(old, 0o755)
        done = self.b.start(before=("sh", "-c", f'shift; exec {old} "$@"', "sh"))
        self.assertEqual(done.wait(PATIENCE), 3)
        self.b.process = None
        self.assertEqual(self.b.seen()["presence"]["refused_reason"], "gateway.too_old")
        with open(os.path.join(LIVES, "log-b"), encoding="utf-8") as f:
            self.assertIn("update it", f.read())

    def test_gw_84_other_sources_are_refused(self):
        admin = person("admin")
        version = self.b.seen()["version"]
        admin.call("PATCH", f"/api/v1/gateways/{self.b.id}", {"source_ranges": ["198.51.100.0/24"]},
                   headers={"If-Match": f'"{version}"'})
        self.b.start()
        until(lambda: refusals(self.b, "source.refused"), "refused by its source")
        self.b.stop()
        seen = self.b.seen()
        self.assertEqual(seen["source_ranges"], ["198.51.100.0/24"])
        admin.call("PATCH", f"/api/v1/gateways/{self.b.id}", {"source_ranges": ["192.0.2.0/30", "2001:db8::/32"]},
                   headers={"If-Match": f'"{seen["version"]}"'})
        self.b.start()
        until(self.b.is_up, "allowed again")
        self.b.stop()

    def test_gw_85_a_clock_ten_minutes_off(self):
        if sanitized():
            self.skipTest("the sanitizer and libfaketime both want to be first")
        gateway = Gateway("late")
        token = person("admin").post(f"/api/v1/gateways/{gateway.id}/token")
        for offset in ("-600", "+600"):
            env = {"LD_PRELOAD": FAKETIME, "FAKETIME": offset + "s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
            before = len(refusals(None, "enrol.clock", "gateway.enrol_refused"))
            done = gateway.enrol(env=env, token=token)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("clock is more than five minutes off", done.stderr)
            until(lambda: len(refusals(None, "enrol.clock", "gateway.enrol_refused")) > before, "alert in the audit log")
        self.assertEqual(gateway.enrol(token=token).returncode, 0)  # the token was not spent
        process = gateway.start(env={"LD_PRELOAD": FAKETIME, "FAKETIME": "+600s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
        until(lambda: gateway.seen()["presence"]["refused_reason"] == "gateway.clock", "refused and shown")
        process.terminate()
        process.wait()
        gateway.process = None

    def test_two_gateways_new_sessions_go_on_when_one_is_killed(self):
        self.b.start()
        until(self.b.is_up, "b is up")
        for dead in (self.a, self.b):
            with self.subTest(dead=os.path.basename(dead.folder)):
                dead.stop(signal.SIGKILL)
                _, terminal = self.session()  # the dead one is not there to serve it
                terminal.close()
                dead.start()
                until(dead.is_up, "back")
        self.b.stop()

    def test_zz_revocation_closes_live_tunnels(self):
        self.a.stop()
        self.b.start()
        until(self.b.is_up, "b is up")
        _, terminal = self.session()
        person("admin").post(f"/api/v1/gateways/{self.b.id}/revoke")
        terminal.wait_end(30)  # who is cut off without an order is noticed later
        terminal.close()
        self.assertEqual(self.b.process.wait(PATIENCE), 3)
        self.b.process = None


if __name__ == "__main__":
    unittest.main()
