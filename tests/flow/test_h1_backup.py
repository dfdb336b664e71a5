# SPDX-License-Identifier: GPL-3.0-or-later
"""H1: a backup of the running server, damaged and whole, and a drill: restored elsewhere, it holds what was there."""
import glob
import shutil
import signal

from world import *  # noqa: F403
import world

BACKUP = os.path.join(world.VAR, "backup")
CONF = os.path.join(world.VAR, "sekisho.conf")
OTHER = os.path.join(world.VAR, "restored")
OTHER_PORT = world.PORT + 1


def tool(*arguments, check=None):
    run = subprocess.run([os.path.join(world.BIN, "sekisho-backup"), *arguments], capture_output=True, text=True, timeout=120)
    if check is not None and run.returncode != check:
        raise AssertionError(f"{arguments}: {run.returncode}\n{run.stdout}{run.stderr}")
    return run


def other_conf():
    path = os.path.join(world.VAR, "restored.conf")
    with open(CONF, encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(os.path.join(world.VAR, "data"), os.path.join(OTHER, "data"))
                .replace(f"listen_port = {world.PORT}", f"listen_port = {OTHER_PORT}"))
    return path


def again(login):
    """The same person, with the same password and phone, at the restored server."""
    old, api = person(login), Api(port=OTHER_PORT, ca=world.CA)
    api.seed, api.last_code_step, api.login, api.password = old.seed, old.last_code_step, old.login, old.password
    api.sign_in()
    return api


class Backup(Flow):
    def test_1_the_drill(self):
        tanaka, sato = person("tanaka"), person("sato")
        recorded, terminal = open_terminal("tanaka")
        shell_ready(terminal)
        terminal.type("echo kept-$((20+3))\r")
        terminal.wait_for("kept-23")
        request, _ = borrow("yamada", "ops")
        terminal.close()
        until(lambda: tanaka.get(f"/api/v1/sessions/{recorded['id']}")["state"] != "live", "session over")
        until(lambda: sato.get("/api/v1/audit/state")["pending"] == 0, "sequenced")
        tool("--config", CONF, "make", BACKUP, check=0)
        self.assertTrue(sato.get("/api/v1/audit", event="backup.made")["items"])
        size = sato.get("/api/v1/audit/state")["size"]
        # made after it: must not come back
        later, _ = borrow("yamada", "ops")
        self.assertIn("exists", tool("--config", CONF, "make", BACKUP, check=1).stderr)
        self.assertIn("not empty", tool("--config", CONF, "restore", BACKUP, check=1).stderr)

        self.assertEqual(tool("verify", BACKUP, "--vkey-file", os.path.join(world.VAR, "data/checkpoints/vkey"), check=0).stderr, "")
        for path in glob.glob(f"{BACKUP}/**", recursive=True):
            self.assertFalse(path.endswith("root.key"), path)
        with open(os.path.join(world.VAR, "data/keys/root.key"), "rb") as f:
            key = f.read()
        for path in filter(os.path.isfile, glob.glob(f"{BACKUP}/**", recursive=True)):
            with open(path, "rb") as f:
                self.assertNotIn(key[8:40], f.read(), path)

        conf = other_conf()
        os.makedirs(OTHER, mode=0o755)
        os.chmod(OTHER, 0o755)
        tool("--config", conf, "restore", BACKUP, check=0)
        os.makedirs(os.path.join(OTHER, "data/keys"), mode=0o700, exist_ok=True)
        shutil.copy(os.path.join(world.VAR, "data/keys/root.key"), os.path.join(OTHER, "data/keys/root.key"))
        with open(os.path.join(world.VAR, "sekisho-restored.log"), "w", encoding="utf-8") as out:
            server = subprocess.Popen([os.path.join(world.BIN, "sekishod"), "--config", conf], stdout=out, stderr=out)
        try:
            self._look(server, recorded, request, later, size)
        finally:
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(60), 0)

    def _look(self, server, recorded, request, later, size):
        def ready():
            self.assertIsNone(server.poll(), "the restored server ended")
            try:
                return Api(port=OTHER_PORT, ca=world.CA).get("/api/v1/health")["status"]
            except (OSError, ApiError):
                return None
        until(ready, "the restored server is ready")
        people = {}
        for login in ("sato", "yamada"):  # passwords and TOTP seeds: the keeper opens them
            people[login] = again(login)
        numbers = [r["number"] for r in people["yamada"].get("/api/v1/requests", scope="mine")["items"]]
        self.assertIn(request["number"], numbers)
        self.assertNotIn(later["number"], numbers)
        sato = people["sato"]
        # the recording's key is opened, every chunk verifies
        recording = f"/api/v1/recordings/{recorded['id']}"
        sato.post(f"{recording}/views")
        self.assertIn("kept-23", sato.get(f"{recording}/events", first=0, count=1000).decode())
        self.assertTrue(sato.get(f"{recording}/integrity")["ok"])
        # the tree goes on from what was signed, and the whole of it verifies offline
        until(lambda: sato.get("/api/v1/audit/state")["pending"] == 0, "sequenced")
        self.assertGreater(sato.get("/api/v1/audit/state")["size"], size - 5)
        until(lambda: sato.get("/api/v1/audit/state")["checkpoint"]["size"] == sato.get("/api/v1/audit/state")["size"] or None,
              "signed up to its end")
        self._history()
        self._account_password_opens(people["yamada"])

    def _history(self):
        """System-versioned history came along."""
        def rows(data):
            run = subprocess.run(["mariadb", "--no-defaults", "-S", os.path.join(data, "run/db/db.sock"), "-u", "root", "-N", "-e",
                                  "SELECT COUNT(*), MIN(ROW_START) FROM user FOR SYSTEM_TIME ALL WHERE ROW_END < NOW() AND ROW_START < '%s'"
                                  % self.when, "sekisho"], capture_output=True, text=True, check=True)
            return run.stdout
        with open(os.path.join(BACKUP, "manifest"), encoding="utf-8") as f:
            self.when = re.search(r"^made (\S+)Z$", f.read(), re.M)[1].replace("T", " ")
        before, after = rows(os.path.join(world.VAR, "data")), rows(os.path.join(OTHER, "data"))
        self.assertNotEqual(before.split()[0], "0")
        self.assertEqual(before, after)

    def _account_password_opens(self, api):
        """The gateway is led to the restored server; a person opens a session there with the stored password."""
        subprocess.run(["nft", "-f", "-"], input="table ip drill {\nchain in {\ntype nat hook prerouting priority -100;\n"
                       f"ip daddr 192.0.2.1 tcp dport {world.PORT} redirect to :{OTHER_PORT}\n}}\n}}\n", text=True, check=True)
        try:
            for pid in pids("sekisho-edge"):
                with open(f"/proc/{pid}/status", encoding="utf-8") as f:
                    parent = int(re.search(r"PPid:\t(\d+)", f.read())[1])
                with open(f"/proc/{parent}/cmdline", encoding="utf-8") as f:
                    if "restored.conf" not in f.read():
                        os.kill(pid, signal.SIGKILL)  # the gateway loses the old server and comes again
            lease = until(lambda: [x for x in api.get("/api/v1/my/leases")["items"] if x["state"] == "active"], "a lease is there")[0]
            until(lambda: any(t["gateway_state"] == "online" for t in api.get("/api/v1/my/targets")["items"]), "gateway at the restored server")
            session = api.post("/api/v1/sessions", {"lease_id": lease["id"]})
            terminal = api.terminal(session["id"])
            shell_ready(terminal)
            terminal.close()
        finally:
            subprocess.run(["nft", "delete", "table", "ip", "drill"], check=False)

    def test_2_whatever_is_damaged_is_named(self):
        def broken(change, name):
            copy = os.path.join(world.VAR, "damaged")
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(BACKUP, copy)
            change(copy)
            run = tool("verify", copy, check=1)
            self.assertIn(name, run.stderr)
            conf = other_conf()
            target = os.path.join(world.VAR, "never")
            with open(conf, encoding="utf-8") as f:
                text = f.read()
            with open(conf, "w", encoding="utf-8") as f:
                f.write(text.replace(os.path.join(OTHER, "data"), target))
            self.assertIn(name, tool("--config", conf, "restore", copy, check=1).stderr)
            self.assertFalse(os.path.exists(target) or os.path.exists(target + ".restoring"))

        def flip(name, at):
            def change(folder):
                with open(os.path.join(folder, name), "r+b") as f:
                    f.seek(at, 2 if at < 0 else 0)
                    byte = f.read(1)
                    f.seek(at, 2 if at < 0 else 0)
                    f.write(bytes([byte[0] ^ 1]))
            return change
        recording = os.path.relpath(glob.glob(f"{BACKUP}/recordings/*")[0], BACKUP)

        def add(folder):
            with open(os.path.join(folder, "recordings/extra"), "w", encoding="utf-8") as f:
                f.write("x")
        broken(flip("database.sql", 1000), "database.sql was changed")
        broken(flip(recording, -1), f"{recording} was changed")
        broken(flip("state/keeper.state", 20), "state/keeper.state was changed")
        broken(flip("manifest", 60), "signature")
        broken(flip("manifest.sig", 0), "signature")
        broken(lambda f: os.unlink(os.path.join(f, recording)), recording)
        broken(lambda f: os.unlink(os.path.join(f, "manifest")), "manifest")
        broken(lambda f: os.symlink("/etc/passwd", os.path.join(f, "recordings/link")), "recordings/link")
        broken(add, "recordings/extra")
        broken(lambda f: os.truncate(os.path.join(f, "database.sql"), 500), "database.sql was changed")


if __name__ == "__main__":
    unittest.main()
