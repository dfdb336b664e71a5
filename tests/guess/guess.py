#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody guesses at every account while its owners sign in (issue of the sign-in, done-when 4).

Own server on the loopback, accounts made in its database, guesses from addresses of 127/8: lists of stolen pairs (one in a
hundred is right), one password on all names, and all of it on a few administrators. Fails when a guess opened a session, when
an owner on a known device could not sign in, or when the campaign was not noticed; with --ratio also when the owners' p99 is
more than so many times what it was before. Those who guess have processes of their own, which give way to the server's.
"""
import argparse
import http.client
import multiprocessing
import os
import queue
import random
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../support"), os.path.join(HERE, "../flow")]
import sekisho_client  # noqa: E402
from own_server import OwnServer, until  # noqa: E402

PASSWORD = "quiet-mountain-gate-7"
PORT = 8443
LOST = (OSError, http.client.HTTPException, ssl.SSLError)


class Connection(http.client.HTTPSConnection):
    """To the server, whatever its name; from an address of our choice."""

    def __init__(self, server, tls, source):
        super().__init__("localhost", PORT, context=tls, timeout=60, source_address=(source, 0))
        self._create_connection = lambda _, *rest: __import__("socket").create_connection((server, PORT), *rest)


class Owner(sekisho_client.Api):
    def __init__(self, server, source, **named):
        super().__init__(port=PORT, **named)
        self.server, self.from_address = server, source

    def _connect(self):
        return Connection(self.server, self.tls, self.from_address)


def sql(server, statement):
    return subprocess.run(["mariadb", "--no-defaults", "--protocol=socket", "-S", os.path.join(server.data, "run/db.sock"), "-u", "root",
                           "-N", "-B", "sekisho"], input=statement, capture_output=True, text=True, check=True).stdout.split()


def make_accounts(server, count):
    """As if enrolled: all with one password, whose hash costs what a real one costs."""
    owner = "SELECT p.hash FROM auth_password p JOIN user u ON u.id = p.user_id WHERE u.login = 'owner-0'"
    rows = [f"INSERT INTO user (id, login, display_name, state, created_at, updated_at, event_id) VALUES (UNHEX(MD5('u{i}')), "
            f"'person-{i}', 'Person', 'active', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UNHEX(MD5('e')));\n"
            f"INSERT INTO auth_password (user_id, hash, changed_at) SELECT UNHEX(MD5('u{i}')), hash, UTC_TIMESTAMP(6) FROM ({owner}) h;"
            for i in range(count)]
    sql(server, "BEGIN;\n" + "\n".join(rows) + "\nCOMMIT;")


class Guessers:
    """One process of those who guess: a share of the guesses, by several threads; a connection for each handful from one address."""

    def __init__(self, attack, first, end, seed):
        self.attack, self.options, self.seed = attack, attack.options, seed
        self.lock, self.next, self.end, self.answers, self.cookies = threading.Lock(), first, end, {}, 0
        self.quickest = float("inf")  # refusal, in seconds
        self.tls = ssl.create_default_context(cafile=attack.ca)

    def guess(self, number, dice):
        kind = number % 10
        if kind < 5:  # a list of pairs; one in a hundred is right
            right = number % 100 == 0
            return f"person-{dice.randrange(self.options.accounts)}", PASSWORD if right else f"stolen-{dice.getrandbits(40):x}"
        if kind < 8:
            return f"person-{number * 7919 % self.options.accounts}", "Sommer2026!Sommer"
        if kind < 9:
            return f"nobody-{dice.randrange(10 ** 6)}", "Sommer2026!Sommer"
        return f"owner-{dice.randrange(min(5, self.options.owners))}", f"admin-{dice.getrandbits(40):x}"

    def take(self):
        with self.lock:
            first, self.next = self.next, min(self.end, self.next + self.options.kept)
            return range(first, self.next)

    def note(self, what):
        with self.lock:
            self.answers[what] = self.answers.get(what, 0) + 1
        with self.attack.done.get_lock():
            self.attack.done.value += 1

    def post(self, connection, login, password):
        form = urllib.parse.urlencode({"login": login, "password": password, "code": "%06d" % random.randrange(10 ** 6)})
        begun = time.monotonic()
        connection.request("POST", "/api/v1/sign-in", form, {"Content-Type": "application/x-www-form-urlencoded", "X-Sekisho": "1",
                                                             "Origin": f"https://localhost:{PORT}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status == 401:
            with self.lock:
                self.quickest = min(self.quickest, time.monotonic() - begun)
        if any(name.lower() == "set-cookie" for name, _ in answer.getheaders()):
            with self.lock:
                self.cookies += 1
        return answer.status

    def work(self, thread):
        dice = random.Random(f"{self.seed} {thread}")
        while numbers := self.take():
            source = dice.randrange(self.options.sources)
            connection = Connection(self.attack.address, self.tls, f"127.{1 + source % 60}.{source // 60 % 250}.{1 + source // 15000}")
            try:
                for number in numbers:
                    self.note(self.post(connection, *self.guess(number, dice)))
            except LOST as error:
                self.note(type(error).__name__)
            finally:
                connection.close()

    def run(self):
        os.nice(19)
        threads = [threading.Thread(target=self.work, args=(i,), daemon=True)
                   for i in range(max(1, self.options.threads // self.options.processes))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.attack.results.put((self.answers, self.cookies, self.quickest))


class Attack:
    """All of them."""

    def __init__(self, server, ca, options):
        self.address, self.ca, self.options = server.address, ca, options
        fork = multiprocessing.get_context("fork")
        self.done, self.results, self.answers, self.cookies = fork.Value("q", 0), fork.Queue(), {}, 0
        self.quickest = float("inf")
        share = [options.guesses * i // options.processes for i in range(options.processes + 1)]
        self.processes = [fork.Process(target=Guessers(self, share[i], share[i + 1], f"{options.seed} {i}").run, daemon=True)
                          for i in range(options.processes)]

    def start(self):
        for process in self.processes:
            process.start()

    def join(self, tell):
        """tell() is called now and then."""
        for _ in self.processes:
            while True:
                try:
                    answers, cookies, quickest = self.results.get(timeout=10)
                    break
                except queue.Empty:
                    assert all(process.is_alive() or process.exitcode == 0 for process in self.processes), "those who guess died"
                    tell()
            self.cookies += cookies
            self.quickest = min(self.quickest, quickest)
            for what, count in answers.items():
                self.answers[what] = self.answers.get(what, 0) + count
        for process in self.processes:
            process.join()


class Rounds(threading.Thread):
    """The owners sign in, one after the other, each on a device it knows: how long each took, and what went wrong."""

    def __init__(self, owners, seconds=None, pause=None):
        super().__init__(daemon=True)
        self.owners, self.seconds, self.pause = owners, seconds, pause
        self.times, self.wrong, self.stopping = [], [], threading.Event()

    def over(self, started):
        return self.stopping.is_set() or (self.seconds is not None and time.monotonic() - started >= self.seconds)

    def run(self):
        started, at = time.monotonic(), 0
        while not self.over(started):
            owner = self.owners[at % len(self.owners)]
            at += 1
            # The window allows one step ahead: never more often than a code can be new.
            while int(time.time()) // 30 < owner.last_code_step and not self.stopping.wait(0.2):
                pass
            if self.stopping.is_set():  # perhaps before a code could be new
                return
            begun = time.monotonic()
            try:
                owner.sign_in()
                self.times.append(time.monotonic() - begun)
            except (sekisho_client.ApiError, *LOST) as error:
                self.wrong.append(f"{owner.login} after {time.monotonic() - begun:.2f} s: {error}")
            self.stopping.wait(max(0.0, (self.pause or 31.0 / len(self.owners)) - (time.monotonic() - begun)))


def share(times, part):
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("nan")


def report(name, times):
    if not times:
        return
    print(f"{name}: {len(times)} sign-ins of owners, p50 {share(times, .5) * 1000:.0f} ms, p99 {share(times, .99) * 1000:.0f} ms, "
          f"longest {max(times) * 1000:.0f} ms", flush=True)


def prepare(server, options):
    server.settings += [f'public_url = "https://localhost:{PORT}"', f'server_names = {{"localhost", "{server.address}"}}']
    server.start()
    ca = os.path.join(server.folder, "ca.pem")
    with open(ca, "w", encoding="ascii") as f:
        f.write(until(lambda: server.ctl("ca", check=False).stdout, "the CA"))
    sekisho_client.CONTRACT.check = lambda *a: None  # the flows judge the contract; here it would be load
    owners = []
    for i in range(options.owners):
        made = server.op("users.create", login=f"owner-{i}", display_name=f"Owner {i}")
        link = server.op("users.link", id=made["id"])["url"]
        owner = Owner(server.address, f"127.70.0.{i + 1}", ca=ca)
        until(lambda: reachable(owner), "edge has its certificate")
        owner.device_key = sekisho_client.DeviceKey()
        owner.enrol(link, PASSWORD)
        owners.append(owner)
    make_accounts(server, options.accounts)
    return ca, owners


def reachable(owner):
    try:
        return owner.raw("GET", "/livez")[0] < 500
    except LOST:
        return False


def judge(server, attack, rounds, soonest):
    """What must not have happened, as sentences."""
    faults = [f"an owner could not sign in: {text}" for text in rounds.wrong]
    opened = sql(server, "SELECT COUNT(*) FROM auth_session s JOIN user u ON u.id = s.user_id WHERE u.login LIKE 'person-%'")[0]
    if opened != "0" or attack.cookies:
        faults.append(f"{opened} sessions of accounts guessed at, {attack.cookies} cookies to the one who guessed")
    foreign = sql(server, "SELECT COUNT(*) FROM auth_session WHERE peer LIKE '127.%' AND peer NOT LIKE '127.70.0.%'")[0]
    if foreign != "0":
        faults.append(f"{foreign} sessions from addresses that guessed")
    if attack.quickest < soonest:
        faults.append(f"a refusal took {attack.quickest * 1000:.0f} ms: less than looking at a password takes")
    capped = sql(server, "SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in_refused' AND leaf LIKE '%\"disabled\":%'")[0]
    if capped != "0":
        faults.append(f"{capped} passwords disabled by a hundred failures")
    if sql(server, "SELECT COUNT(*) FROM audit_event WHERE event = 'auth.campaign_started'")[0] == "0":
        faults.append("the campaign was not noticed")
    return faults


def print_rules(server):
    rows = sql(server, "SELECT COALESCE(JSON_VALUE(leaf, '$.data.rule'), '-'), COALESCE(JSON_VALUE(leaf, '$.reason'), 'accepted'), COUNT(*) FROM "
                       "audit_event WHERE event IN ('auth.sign_in', 'auth.sign_in_refused') GROUP BY 1, 2 ORDER BY 3 DESC")
    for i in range(0, len(rows), 3):
        print(f"  {rows[i + 2]:>8} {rows[i]} ({rows[i + 1]})")
    found = sql(server, "SELECT event, COUNT(*) FROM audit_event WHERE event LIKE 'auth.campaign%' OR event = 'auth.source_banned' GROUP BY 1")
    print("  " + ", ".join(f"{found[i]} {found[i + 1]}" for i in range(0, len(found), 2)), flush=True)


def attack_with(server, ca, options, owners):
    attack, rounds = Attack(server, ca, options), Rounds(owners, pause=options.pause)
    begun = time.monotonic()
    attack.start()
    rounds.start()

    def tell():
        done = attack.done.value
        print(f"  {done} of {options.guesses} guesses, {done / (time.monotonic() - begun):.0f} a second; owners: {len(rounds.times)} in, "
              f"{len(rounds.wrong)} not, p99 so far {share(rounds.times, .99) * 1000:.0f} ms", file=sys.stderr, flush=True)

    attack.join(tell)
    seconds = time.monotonic() - begun
    while len(rounds.times) + len(rounds.wrong) < options.least:
        time.sleep(0.05)
    rounds.stopping.set()
    rounds.join()
    print(f"{sum(attack.answers.values())} guesses in {seconds:.0f} s from {options.sources} addresses at {options.accounts} accounts: "
          f"{dict(sorted(attack.answers.items(), key=str))}")
    return attack, rounds


def print_log(server):
    """What the server said beside its usual lines: why somebody was answered 503, say."""
    lines = [line for line in server.logged().splitlines() if "level=error" in line or "level=warn " in line]
    for line in lines[-40:]:
        print("  " + line[:300])


def compare(options, idle, during):
    """The owners' times beside each other, and what is wrong with that."""
    report("during", during)
    if not idle or not during:
        return []
    ratio = share(during, .99) / share(idle, .99)
    print(f"p99 during / idle: {ratio:.2f}")
    return [f"the owners' p99 is {ratio:.2f} times what it was"] if options.ratio and ratio > options.ratio else []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--guesses", type=int, default=200000)
    parser.add_argument("--accounts", type=int, default=5000)
    parser.add_argument("--sources", type=int, default=20000)
    parser.add_argument("--owners", type=int, default=40)
    parser.add_argument("--threads", type=int, default=48, help="connections that guess at once")
    parser.add_argument("--soonest", type=float, default=0.03, help="seconds that a refusal takes at least; 0.15 while fewer than 64 were looked at")
    parser.add_argument("--kept", type=int, default=25, help="guesses on one connection")
    parser.add_argument("--processes", type=int, default=4, help="that they are spread over")
    parser.add_argument("--ratio", type=float, default=0, help="what p99 during / before may be; 0: not judged")
    parser.add_argument("--idle", type=int, default=240, help="seconds of owners alone, before")
    parser.add_argument("--pause", type=float, default=0, help="seconds between two sign-ins of owners; 0: each as often as codes allow")
    parser.add_argument("--least", type=int, default=40, help="sign-ins of owners during the attack, at least")
    parser.add_argument("--seed", type=int, default=20261122)
    options = parser.parse_args()
    server = OwnServer(os.environ["SEKISHO_BIN"])
    try:
        ca, owners = prepare(server, options)
        idle = Rounds(owners, seconds=options.idle)
        idle.run()
        report("idle", idle.times)
        attack, rounds = attack_with(server, ca, options, owners)
        faults = compare(options, idle.times, rounds.times)
        print_rules(server)
        if rounds.wrong:
            print_log(server)
        faults += [f"before the attack: {text}" for text in idle.wrong] + judge(server, attack, rounds, options.soonest)
    except BaseException:
        print(server.logged()[-4000:], file=sys.stderr)
        raise
    finally:
        server.remove()
    for fault in faults:
        print("FAULT:", fault)
    print("VERDICT:", f"{len(faults)} faults" if faults else "held")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
