# SPDX-License-Identifier: GPL-3.0-or-later
"""Attackers inside edge, web, worker, forward, mail, broker, replay, saml, oidc and gateway: what they try is refused."""
import base64
import collections
import json
import sys
import threading
import types
import unittest

from attackers import *  # noqa: F403

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../forward"))
from receivers import Receiver  # noqa: E402

OUTSIDE = Outside()
LONG = os.environ.get("SEKISHO_TEST_LONG") == "1"


def ready():
    """All roles run, and a browser is answered."""
    try:
        return browser().raw("GET", "/api/v1/me")[0] == 401
    except OSError:
        return False


KNOWN = {}  # what an attacker may have learned, for the plans
LANDLOCK = landlock()
YAMA_REFUSES = {"open_a_siblings_memory"} if yama() else set()
LONG_LIVED = ("web", "worker", "forward", "mail", "edge")  # edge last: without it the gateway is away for a while


def setUpModule():
    """Tanaka is signed in, and an attacker in web has the cookie."""
    receiver = Receiver(types.SimpleNamespace(folder=os.environ["SEKISHO_RECEIVER_FOLDER"], address="127.0.0.1"), "rsyslog")
    receiver.start()
    unittest.addModuleCleanup(receiver.stop)
    cookie = person("tanaka").cookies["__Host-sekisho"]
    gateway = person("admin").get("/api/v1/gateways")["items"][0]["id"]
    for path in ("keys/root.key", "state/keeper.state", "db/data/ibdata1", "recordings", "checkpoints", "run/ctl.sock"):
        if not os.path.exists(os.path.join(VAR, "data", path)):
            raise AssertionError(f"{path} is not there: its attempt attacks nothing")
    KNOWN.update(cookie=base64.urlsafe_b64decode(cookie + "=").hex(), gateway=gateway.replace("-", ""))
    restart("authority")


def restart(role, **plan):
    """With a plan read anew: authority takes the others with it."""
    write_plan(OUTSIDE, **KNOWN, **plan)
    old = pids(f"sekisho-{role}")
    os.kill(old[0], 9)
    until(lambda: pids(f"sekisho-{role}") not in ([], old) and ready(), f"{role} starts again")


# What the attempts make where nothing holds them.
LEFT_BEHIND = ["/tmp/sekisho-attack", "/tmp/sekisho-link", "/tmp/sekisho-node", "/dev/shm/sekisho-attack"]


def clean():
    """One role's file must not stand in the way of the next one."""
    for path in LEFT_BEHIND:
        if os.path.lexists(path):
            os.unlink(path)


def restart_gateway(**plan):
    """As packaging/demo starts it, with a plan read anew."""
    write_plan(OUTSIDE, **plan)
    old = pids("sekisho-gateway")[0]
    with open(f"/proc/{old}/cmdline", "rb") as f:
        command = f.read().decode().split("\0")[:-1]
    owner = os.stat(f"/proc/{old}").st_uid
    namespace = os.open(f"/proc/{old}/ns/net", os.O_RDONLY)
    os.kill(old, 9)
    with open(os.path.join(VAR, "site/gateway.log"), "ab") as out:
        new = subprocess.Popen(["nsenter", f"--net=/proc/self/fd/{namespace}", "setpriv", f"--reuid={owner}",
                                f"--regid={owner}", "--clear-groups", "--no-new-privs", *command],
                               pass_fds=[namespace], stdout=out, stderr=out)
    os.close(namespace)
    unittest.addModuleCleanup(new.wait)
    unittest.addModuleCleanup(new.kill)
    until(lambda: "online=1" in ctl("status", check=False).stdout, "the gateway is back")


def wrong(known, results, abi):
    """What is not as its row says: refused by what it names, or open where this Landlock knows no rule for it."""
    opens = {a.name for a in known if a.opens_below > abi} - YAMA_REFUSES
    return [r for r in results if r.result != ("ESCAPED" if r.name in opens else "refused")]


def tell(role, results, abi):
    """Which layer refused how many."""
    by = collections.Counter("open" if r.result == "ESCAPED" else r.by for r in results)
    print(f"\n  Landlock ABI {abi}, {role}: {len(results)} attempts; "
          + ", ".join(f"{count} {name}" for name, count in by.most_common()), end="", flush=True)
    if LONG:
        print("\n    EACCES, EBADF: " + ", ".join(r.name for r in results if r.by in ("EACCES", "EBADF")))


class Held(threading.Thread):
    """Somebody asks what a short-lived process is started for; it is held, and pid is its number."""

    def __init__(self, ask):
        super().__init__()
        held = re.compile(r"event=holding pid=(\d+)")
        before = len(held.findall(log()))
        self.ask, self.answer = ask, None
        self.start()
        until(lambda: len(held.findall(log())) > before, "a process is held")
        self.pid = int(held.findall(log())[-1])

    def run(self):
        self.answer = self.ask()


def reading(session):
    return person("sato").get(f"/api/v1/recordings/{session}/cast")


OURS = {"X-Sekisho": "1", "Origin": f"https://localhost:{PORT}"}


def hand_in_metadata(provider):
    """What starts a saml process; status of the answer. This is no metadata: refused once it was looked at."""
    path = f"/api/v1/identity-providers/{provider}/metadata"
    return person("admin").raw("PUT", path, json.dumps({"metadata": "<nonsense/>"}), {**OURS, "Content-Type": "application/json"})[0]


def fetch_metadata(provider):
    """What starts an oidc process; what is wrong with the provider then. Its address is of this machine: refused."""
    return json.loads(person("admin").raw("POST", f"/api/v1/identity-providers/{provider}/fetch", headers=OURS)[2])["problem"]


# And what is answered when the process does its work, and when it broke.
HELPERS = {"saml": (hand_in_metadata, 422, 503), "oidc": (fetch_metadata, "oidc.address", "oidc.helper")}


class Contained(Flow):
    """The table of each role, in the confinement that the machine's kernel gives."""

    def setUp(self):
        self.addCleanup(clean)
        until(lambda: all(pids(f"sekisho-{role}") for role in LONG_LIVED) and ready(), "all run")

    def results_of(self, role, sibling, number=0):
        pid = [p for p in pids(f"sekisho-{role}") if p != sibling][0]
        return attack(pid, sibling, number)

    def all_refused(self, role, sibling=None, abi=LANDLOCK, gateways=True):
        """Without gateways connected, edge has nobody to deceive: those attempts find nothing to attack."""
        known = attempts(role)
        clean()
        sibling = sibling or pids("sekisho-keeper")[0]
        results = self.results_of(role, sibling)
        self.assertEqual({a.name for a in known if not a.alone}, {r.name for r in results})
        tell(role, results, abi)
        self.assertEqual([r for r in wrong(known, results, abi) if gateways or r.by != "unprepared"], [], role)
        for one in (a for a in known if a.alone and not a.closes):
            self.assertEqual([(r.name, r.result) for r in self.results_of(role, sibling, one.number)],
                             [(one.name, "refused")], role)
            if one.name == "connect_outside_without_connect":
                self.served_again()

    def served_again(self):
        """What an attacker did to the listening socket ends with its process."""
        os.kill(pids("sekisho-edge")[0], 9)
        until(ready, "a browser is answered again")

    def all_roles_refuse(self, at=LANDLOCK, messages=False, **plan):
        with self.subTest(role="broker"):
            self.broker_refuses(at, messages, **plan)
        with self.subTest(role="replay"):
            self.replay_refuses(at, **plan)
        for role in HELPERS:
            with self.subTest(role=role):
                self.helper_refuses(role, at, **plan)
        with self.subTest(role="gateway"), Neighbour() as neighbour:
            self.all_refused("gateway", neighbour, at)
        for role in LONG_LIVED:
            with self.subTest(role=role):
                self.all_refused(role, abi=at)

    def broker_refuses(self, at, messages, **plan):
        """The sibling is another broker: it has the same user."""
        until(lambda: "online=1" in ctl("status", check=False).stdout, "the gateway is there", 120)
        other, terminal = open_terminal("yamada")
        shell_ready(terminal)
        self.addCleanup(terminal.close)
        KNOWN["session"] = other["id"].replace("-", "")
        sibling = pids("sekisho-broker")[0]
        known = attempts("broker")
        for number in [0, *(a.number for a in known if a.alone and (messages or not a.closes))]:
            self.recorded, terminal = self.attacked_session(plan)
            results = self.results_of("broker", sibling, number)
            terminal.close()
            until(lambda: len(pids("sekisho-broker")) == 1, "the attacked session is over")
            expected = {a.name for a in known if (a.number == number if number else not a.alone)}
            self.assertEqual({r.name for r in results}, expected)
            self.assertEqual(wrong(known, results, at), [])
            if number == 0:
                tell("broker", results, at)

    def replay_refuses(self, at, **plan):
        """Another one is the sibling: it has the same user. What is read stays what it was."""
        person("sato").post(f"/api/v1/recordings/{self.recorded}/views")
        whole = person("sato").get(f"/api/v1/recordings/{self.recorded}/cast")
        self.held_refuses("replay", lambda: reading(self.recorded), lambda _: whole, at, plan)

    def helper_refuses(self, role, at, **plan):
        """What it was started for is then answered as ever, or, of one that spoke out of turn, as of one that broke."""
        ask, usual, broken = HELPERS[role]
        client = {"client_id": "sekisho"} if role == "oidc" else {}
        provider = person("admin").post("/api/v1/identity-providers", {
            "kind": role, "name": f"Attacked {role} {at}", "issuer": f"https://127.0.0.1:{10000 + at}", **client})["id"]
        self.held_refuses(role, lambda: ask(provider), lambda one: broken if one and one.closes else usual, at, plan)

    def held_refuses(self, role, ask, answered, at, plan):
        write_plan(OUTSIDE, **KNOWN, **plan, hold=1)
        known = attempts(role)
        for one in [None, *(a for a in known if a.alone)]:
            sibling = Held(ask) if one is None else None
            held = Held(ask)
            results = attack(held.pid, sibling.pid if sibling else pids("sekisho-keeper")[0], one.number if one else 0)
            held.join()
            self.assertEqual(held.answer, answered(one), one)
            self.assertEqual({r.name for r in results}, {one.name} if one else {a.name for a in known if not a.alone})
            self.assertEqual(wrong(known, results, at), [])
            if sibling:
                tell(role, results, at)
                attack(sibling.pid, sibling.pid, known[-1].number)  # lets it go on
                sibling.join()
        write_plan(OUTSIDE, **KNOWN, **plan)

    def attacked_session(self, plan):
        _, lease = borrow("tanaka")
        session = person("tanaka").post("/api/v1/sessions", {"lease_id": lease["id"]})
        write_plan(OUTSIDE, **KNOWN, own_session=session["id"].replace("-", ""), **plan)
        terminal = person("tanaka").terminal(session["id"])
        shell_ready(terminal)
        return session["id"], terminal

    def test_a_every_attempt_is_refused(self):
        self.all_roles_refuse(messages=LONG)

    def test_messages_out_of_turn_cost_the_channel(self):
        """One attempt in each of three roles at a time: each role is then started again, slower each time."""
        if not LONG:
            self.skipTest("SEKISHO_TEST_LONG=1 runs it: a minute of starting again")
        rounds = {role: [a for a in attempts(role) if a.closes] for role in LONG_LIVED}
        sibling = pids("sekisho-keeper")[0]
        while any(rounds.values()):
            before = {}
            for role in (role for role in rounds if rounds[role]):
                one, before[role] = rounds[role].pop(), pids(f"sekisho-{role}")
                told = [(r.name, r.result) for r in attack(before[role][0], sibling, one.number)]
                killed = told == [] and one.name == "start_a_process"  # the supervisor kills who speaks out of turn
                self.assertTrue(killed or told == [(one.name, "refused")], (role, one.name, told))
            until(lambda: all(pids(f"sekisho-{role}") not in ([], old) for role, old in before.items()) and ready(),
                  "all start again")

    def test_also_by_a_kernel_without_landlock(self):
        """What is left then: identities, the filter, the receivers' tables, the database's grants."""
        self.older_kernel(0)

    def test_also_by_a_kernel_without_landlock_for_networks(self):
        """ABI 3: no rules for TCP, none for abstract sockets and signals."""
        if not LONG:
            self.skipTest("SEKISHO_TEST_LONG=1 runs it: the one without any Landlock says more")
        self.older_kernel(3)

    def older_kernel(self, abi):
        restart("authority", abi=abi)
        if LONG:
            restart_gateway(abi=abi)
            self.all_roles_refuse(abi, abi=abi)
            return
        for role in HELPERS:
            with self.subTest(role=role):
                self.helper_refuses(role, abi, abi=abi)
        for role in LONG_LIVED:
            with self.subTest(role=role):
                self.all_refused(role, abi=abi, gateways=False)

    def test_the_filter_kills(self):
        """As in the product: with death in place of an answer."""
        for role in LONG_LIVED:
            with self.subTest(role=role):
                restart(role, kill=1)
                fork = next(a for a in attempts(role) if a.name == "fork")
                pid = pids(f"sekisho-{role}")[0]
                self.assertEqual(attack(pid, pids("sekisho-keeper")[0], fork.number), [])
                killed = f'event=child_ended child={role} pid={pid} status="killed by the sandbox'
                until(lambda: killed in log(), killed)

    def test_without_confinement_the_attempts_work(self):
        """So that a refusal above is the confinement's, and an attempt that attacks nothing is found."""
        restart("web", off=1)
        clean()
        results = {r.name: r.result for r in attack(pids("sekisho-web")[0], pids("sekisho-keeper")[0])}
        self.assertEqual({a.name: results[a.name] for a in attempts("web") if a.plain},
                         {a.name: "ESCAPED" for a in attempts("web") if a.plain})
        restart("web")


if __name__ == "__main__":
    unittest.main()
