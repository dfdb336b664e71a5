# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's wall clock jumps by hours, forward and back: nothing lent lives longer, codes count for the time the server
shows and once, the audit log keeps its order, gateways go on. Started by clock.sh."""
import os
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "flow"))
from world import *  # noqa: E402,F403
import world  # noqa: E402
from sekisho_client import totp  # noqa: E402

HOUR = 3600


def sql(statement):
    return subprocess.run(["mariadb", "--no-defaults", "--protocol=socket", "-S", os.path.join(world.VAR, "data/run/db.sock"), "-u", "root",
                           "-N", "-B", "sekisho"], input=statement, capture_output=True, text=True, check=True).stdout.split()


class Clock:
    seconds = 0

    @classmethod
    def set(cls, seconds):
        """Against the true time."""
        cls.seconds = seconds
        with open(os.path.join(world.BIN, "control"), "r+b", buffering=0) as f:
            f.write(struct.pack("<q", seconds * 1000000))

    @classmethod
    def now(cls):
        return time.time() + cls.seconds


def set_backs():
    return int(sql("SELECT COUNT(*) FROM audit_event WHERE event = 'system.clock_set_back'")[0])


class Jumps(Flow):
    """One day, in order: each begins with the clock and the people that the one before left."""

    def back(self, seconds):
        before = set_backs()
        Clock.set(Clock.seconds - seconds)
        until(lambda: set_backs() > before, "the clock's way back is noticed")

    def remaining(self, lease):
        """Seconds, as the server counts."""
        ends = sql(f"SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ends_at) FROM lease WHERE id = X'{lease['id'].replace('-', '')}'")
        return int(ends[0]) / 1e6 - Clock.now()

    def test_0_gateways_follow_a_clock_set_back_while_nobody_looked(self):
        """By minutes: certificates of both sides stay valid."""
        for login in ("admin", "suzuki", "tanaka", "yamada", "sato"):
            person(login)  # enrols by the true time
        _, lease = borrow("tanaka")
        Clock.set(600)
        _, terminal = open_terminal("tanaka", lease)
        shell_ready(terminal)  # the gateway has seen the later time
        terminal.close()
        self.restart_at(-60, away=300)
        until(lambda: self.quiet(lambda: self.gateway_state() == "online"), "the gateway is back")
        _, terminal = open_terminal("tanaka", lease)
        shell_ready(terminal)
        terminal.close()

    def gateway_state(self):
        return person("admin").get("/api/v1/gateways")["items"][0]["presence"]["state"]

    def test_a_forward_ends_what_is_due_and_codes_count_for_the_new_time(self):
        session, terminal = open_terminal("tanaka")
        shell_ready(terminal)
        people = {login: person(login) for login in ("admin", "suzuki", "tanaka", "yamada", "sato")}
        Clock.set(6 * HOUR)
        self.assertIn("lease_ended", terminal.wait_end())
        self.refused(401, people["yamada"].get, "/api/v1/me", reason="session.expired")
        self.refused(401, browser().sign_in, "yamada", world.PASSWORD, totp(people["yamada"].seed, time.time()))  # the true time
        for login, api in people.items():
            code = totp(api.seed, Clock.now())
            api.sign_in(login, world.PASSWORD, code)
        self.assertEqual(person("tanaka").get("/api/v1/me")["login"], "tanaka")
        self.back(40)  # the code's step begins again
        self.refused(401, browser().sign_in, "sato", world.PASSWORD, code)

    def test_b_back_nothing_lives_longer_and_work_goes_on(self):
        _, lease = borrow("tanaka")
        _, terminal = open_terminal("tanaka", lease)
        shell_ready(terminal)
        self.back(2 * HOUR)
        self.assertLessEqual(self.remaining(lease), HOUR)
        self.assertGreater(self.remaining(lease), HOUR - 120)
        self.assertEqual(person("tanaka").get("/api/v1/me")["login"], "tanaka")  # signed in for as long as before
        terminal.type("echo go''es-on\r")
        terminal.wait_for("goes-on")
        _, second = open_terminal("tanaka", lease)  # the gateway believes the grant
        shell_ready(second)
        second.close()
        third = self.nearly_over(lease)
        Clock.set(Clock.seconds - 5 * HOUR)
        self.assertIsNotNone(third.wait_end())  # by the clock it would have hours
        terminal.close()

    def nearly_over(self, lease):
        """A session whose lease ends in seconds; where signing in takes all of them, another one has more."""
        for seconds in (4, 12, 36):
            sql(f"UPDATE lease SET ends_at = FROM_UNIXTIME({Clock.now() + seconds:f}) WHERE id = X'{lease['id'].replace('-', '')}'")
            terminal = None
            try:
                _, terminal = open_terminal("tanaka", lease)
                shell_ready(terminal)
                return terminal
            except (AssertionError, ApiError):
                if terminal:
                    terminal.close()
                _, lease = borrow("tanaka")
        raise AssertionError("no session began within its lease")

    def test_c_restarted_with_an_earlier_clock(self):
        _, lease = borrow("tanaka")
        self.restart_at(Clock.seconds - 3 * HOUR)
        self.assertLessEqual(self.remaining(lease), HOUR)

    def restart_at(self, seconds, away=0):
        """Authority ends and comes back with that clock; as if nobody had looked for so long before."""
        before = set_backs()
        sql(f"UPDATE system_state SET updated_at = FROM_UNIXTIME({Clock.now() - away:f}) WHERE name = 'clock.seen'")
        for pid in pids("sekisho-authority"):
            Clock.set(seconds)
            os.kill(pid, 9)
        until(lambda: self.quiet(lambda: set_backs() > before), "noticed at the start")
        until(lambda: self.quiet(lambda: browser().get("/api/v1/health/ready")), "it answers again")

    def quiet(self, call):
        try:
            return call()
        except (OSError, ApiError):
            return False

    def test_d_the_log_kept_its_order_and_is_signed(self):
        sato = person("sato")
        until(lambda: self.signed(sato), "the end is under a signed checkpoint")
        with tempfile.TemporaryDirectory() as folder:
            export = os.path.join(folder, "audit.jsonl")
            with open(export, "wb") as f:
                f.write(sato.get("/api/v1/audit/export"))
            done = subprocess.run([os.path.join(world.BIN, "sekisho-verify"), "export", export, "--vkey", sato.get("/api/v1/audit/state")["vkey"]],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        order = sql("SELECT COUNT(*) FROM audit_sequence UNION ALL SELECT MAX(n) + 1 FROM audit_sequence")
        self.assertEqual(order[0], order[1])

    def signed(self, api):
        state = api.get("/api/v1/audit/state")
        return state["pending"] == 0 and state["checkpoint"] and state["checkpoint"]["size"] == state["size"]


if __name__ == "__main__":
    unittest.main()
