# SPDX-License-Identifier: GPL-3.0-or-later
"""H2: key rotation while the server works and its processes are killed at random points (fixed seed)."""
import random
import signal

from world import *  # noqa: F403
import world

ROUNDS = int(os.environ.get("SEKISHO_ROTATIONS", "6"))
SEED = int(os.environ.get("SEKISHO_SEED", "29"))


def sql(statement):
    run = subprocess.run(["mariadb", "--no-defaults", "-S", os.path.join(world.VAR, "data/run/db/db.sock"), "-u", "root", "-N", "-e",
                          statement, "sekisho"], capture_output=True, text=True)
    return run.stdout.strip() if run.returncode == 0 else None


def vault():
    """What status says: {"kek": "2", "rotating": "no", …}, or None while the roles start anew."""
    try:
        run = ctl("status", check=False)
    except subprocess.TimeoutExpired:
        return None
    line = re.search(r"^vault open (.*)$", run.stdout, re.M)
    return dict(word.split("=") for word in line[1].split()) if run.returncode == 0 and line else None


class Rotation(Flow):
    def test_killed_anywhere_every_secret_opens_and_none_is_under_an_old_key(self):
        sato, tanaka = person("sato"), person("tanaka")
        session, terminal = open_terminal("tanaka")
        shell_ready(terminal)
        terminal.type("echo kept-$((20+3))\r")
        terminal.wait_for("kept-23")
        terminal.close()
        dice = random.Random(SEED)
        first = int(until(vault, "the vault is open")["kek"])
        wanted = first
        for n in range(ROUNDS):
            until(lambda: (vault() or {}).get("rotating") == "no", f"round {n}: nothing is rotating")
            begun = ctl("rotate", "root" if n % 3 == 2 else "kek", check=False)
            self.assertEqual(begun.returncode, 0, begun.stderr)
            wanted += n % 3 != 2
            role = dice.choice(["sekisho-keeper", "sekisho-authority", "mariadbd"])
            time.sleep(dice.random() * 1.5)  # where the axe falls, not what is waited for
            for pid in pids(role):
                os.kill(pid, signal.SIGKILL)
        done = until(lambda: (lambda v: v if v and v["rotating"] == "no" and v["left"] == "0" else None)(vault()), "the last rotation ends")
        self.assertEqual(int(done["kek"]), wanted)
        self.assertEqual(sql("SELECT COUNT(*), MIN(kek), MAX(kek) FROM secret_version WHERE CONV(HEX(SUBSTR(blob_, 2, 4)), 16, 10) = kek").split()[1:],
                         [str(wanted), str(wanted)])
        self.assertEqual(sql("SELECT COUNT(*) FROM secret_version WHERE kek <> %d OR CONV(HEX(SUBSTR(blob_, 2, 4)), 16, 10) <> kek" % wanted), "0")
        # TOTP seeds, a recording's key, a stored password: all open
        def answers():
            try:
                return sato.get("/api/v1/me")
            except (OSError, ApiError):
                return None
        until(answers, "the portal answers again")
        sato.sign_in()
        recording = f"/api/v1/recordings/{session['id']}"
        sato.post(f"{recording}/views")
        self.assertIn("kept-23", sato.get(f"{recording}/events", first=0, count=1000).decode())
        until(lambda: any(t["gateway_state"] == "online" for t in tanaka.get("/api/v1/my/targets")["items"]), "gateway is back")
        _, again = open_terminal("tanaka")
        shell_ready(again)
        again.close()
        until(lambda: sato.get("/api/v1/audit/state")["pending"] == 0, "sequenced")
        events = sato.get("/api/v1/audit", event="vault.kek_rotated", limit=200)["items"]
        phases = [e["leaf"]["data"]["phase"] for e in events]
        self.assertEqual((phases.count("begun"), phases.count("done")), (wanted - first, wanted - first))
        self.assertEqual(len(sato.get("/api/v1/audit", event="vault.root_rotated")["items"]), ROUNDS // 3)


if __name__ == "__main__":
    unittest.main()
