# SPDX-License-Identifier: GPL-3.0-or-later
"""A working day at once: users ask, approvers decide, sessions run, an auditor reads, an administrator changes.

Everything the server confirmed goes into a journal; what it left unanswered is asked again (the same idempotency
key, or the state) until it is known. `Judge` compares the journal with the API, the database and the recordings.
Runs inside tests/flow/in-namespace.sh.
"""
import http.client
import json
import os
import random
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "flow"))
import sekisho_client  # noqa: E402
import world  # noqa: E402
from sekisho_client import ApiError  # noqa: E402

LOST = (OSError, http.client.HTTPException, ssl.SSLError)
PASSWORD = world.PASSWORD
TRY_AGAIN = {0, 429, 502, 503}


class Journal:
    """What the server confirmed, in order; also as lines of a file, to look at after a failure."""

    def __init__(self, path):
        self.lock, self.rows, self.faults = threading.Lock(), [], []
        self.file = open(path, "w", encoding="utf-8")

    def add(self, kind, **facts):
        row = {"at": time.time(), "kind": kind, **facts}
        with self.lock:
            self.rows.append(row)
            self.file.write(json.dumps(row, ensure_ascii=False) + "\n")
            self.file.flush()
        return row

    def fault(self, text):
        """Something that must not be: the run fails with it."""
        self.add("FAULT", text=text)
        with self.lock:
            self.faults.append(text)
        print("FAULT:", text, flush=True)

    def take(self, start):
        with self.lock:
            return self.rows[start:], len(self.rows)


def sql(statement, check=True):
    """As the database's owner, who sees everything; rows as lists of text."""
    done = subprocess.run(["mariadb", "--no-defaults", "--protocol=socket", "-S", os.path.join(world.VAR, "data/run/db.sock"),
                           "-u", "root", "-N", "-B", "sekisho"], input=statement, capture_output=True, text=True, errors="replace")
    if check and done.returncode:
        raise AssertionError(done.stderr)
    return [line.split("\t") for line in done.stdout.splitlines()]


def sql_many(statements):
    """The rows of each, by one client: a comparison asks hundreds of questions."""
    script = "".join(f"SELECT 'next-{i}';\n{statement};\n" for i, statement in enumerate(statements))
    answers, at = [[] for _ in statements], -1
    for row in sql(script):
        if row == [f"next-{at + 1}"]:
            at += 1
        else:
            answers[at].append(row)
    return answers


def uuid_sql(text):
    return "X'" + text.replace("-", "") + "'"


class Worker(threading.Thread):
    """Repeats its round until the load stops; holds between two rounds while the load is paused."""

    def __init__(self, load, name, rounds):
        super().__init__(name=name, daemon=True)
        self.load, self.rounds = load, rounds
        self.random = random.Random(f"{load.seed} {name}")
        self.idle, self.go = threading.Event(), threading.Event()

    def run(self):
        while not self.load.stopping.is_set():
            if not self.go.is_set():
                self.idle.set()
                self.go.wait()
                self.idle.clear()
            try:
                self.rounds(self)
            except Stopped:
                pass
            except Exception as error:  # noqa: BLE001  a worker that dies unseen would thin the load
                self.load.journal.fault(f"{self.name}: {type(error).__name__}: {error}")
                self.load.stopping.wait(0.5)
        self.idle.set()


class Stopped(Exception):
    pass


class Load:
    def __init__(self, seed=1, users=("tanaka", "yamada"), threads=4, approvers=2):
        sekisho_client.CONTRACT.check = lambda *a: None  # the flows judge the contract; here it would be the load
        self.seed = seed
        self.journal = Journal(os.path.join(world.VAR, "journal.jsonl"))
        self.stopping = threading.Event()
        self.lock, self.count = threading.Lock(), 0
        self.waiting, self.finished = [], []  # requests for approvers, sessions for the auditor
        self.people = {login: world.person(login) for login in (*users, "suzuki", "sato", "admin")}
        for api in self.people.values():
            api.timeout = 5
        self.account = world.account(self.people[users[0]], "ops")["id"]
        self.workers = [Worker(self, f"user-{i}", lambda w, who=users[i % len(users)]: self.use(w, who)) for i in range(threads)]
        self.workers += [Worker(self, f"approver-{i}", self.approve) for i in range(approvers)]
        self.workers += [Worker(self, "auditor", self.read), Worker(self, "admin", self.change)]

    # -- running --------------------------------------------------------------------------------

    def start(self):
        for worker in self.workers:
            worker.go.set()
            worker.start()

    def pause(self, seconds=300):
        """Every worker has finished its round; what was unanswered is known."""
        deadline = time.monotonic() + seconds
        for worker in self.workers:  # users first: they wait for approvers
            worker.go.clear()
            if not worker.idle.wait(max(0.1, deadline - time.monotonic())):
                self.journal.fault(f"{worker.name} got no definite answer in {seconds} s")

    def resume(self):
        for worker in self.workers:
            worker.go.set()

    def stop(self):
        self.stopping.set()
        self.resume()
        for worker in self.workers:
            worker.join(60)

    def number(self):
        with self.lock:
            self.count += 1
            return self.count

    # -- asking until the outcome is known -------------------------------------------------------

    def ask(self, call, *arguments, seconds=180, **named):
        """Repeats what may be repeated: reads, and writes with an idempotency key."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return call(*arguments, **named)
            except LOST:
                pass
            except ApiError as error:
                if error.status not in TRY_AGAIN:
                    raise
            if time.monotonic() > deadline:
                raise AssertionError(f"no definite answer in {seconds} s: {arguments}")
            if self.stopping.wait(0.05):
                raise Stopped

    def settle(self, call, path, body, done):
        """A write without a key: asked again only while its effect is not there. True: it is there."""
        while True:
            try:
                call(path, body)
                return True
            except LOST:
                pass
            except ApiError as error:
                if error.status not in TRY_AGAIN:
                    return self.ask(done)
            if self.ask(done):
                return True
            if self.stopping.wait(0.05):
                raise Stopped

    def create(self, api, path, body, kind, **facts):
        key = {"Idempotency-Key": f"load-{self.seed}-{self.number():08d}"}
        made = self.ask(self.created, api, path, body, key)
        self.journal.add(kind, id=made["id"], key=key["Idempotency-Key"], **facts)
        return made

    @staticmethod
    def created(api, path, body, key):
        """What cannot be read back at that moment is confirmed by its place alone."""
        headers = {"X-Sekisho": "1", "Origin": f"https://localhost:{api.port}", "Content-Type": "application/json", **key}
        status, answer, payload = api.raw("POST", path, json.dumps(body).encode(), headers)
        if status >= 400:
            raise ApiError(status, json.loads(payload), answer)
        return json.loads(payload) if payload else {"id": answer["location"].rsplit("/", 1)[1]}

    # -- the parts of the day --------------------------------------------------------------------

    def use(self, worker, who):
        api, number = self.people[who], self.number()
        purpose = f"load {self.seed} {number}"
        request = self.create(api, "/api/v1/requests", {"account_ids": [self.account], "purpose": purpose, "ticket": f"L-{number}",
                                                        "minutes": 30}, "request", who=who, purpose=purpose)
        path = f"/api/v1/requests/{request['id']}"
        state = lambda: self.ask(api.get, path)  # noqa: E731
        if worker.random.random() < 0.15:
            if self.settle(api.post, f"{path}/withdraw", None, lambda: state()["state"] == "withdrawn"):
                self.journal.add("withdrawn", id=request["id"], who=who)
            return
        self.waiting.append((request["id"], worker.random.random() < 0.1))
        while state()["state"] == "pending":
            if self.stopping.wait(0.05):
                raise Stopped
        request = state()
        if request["state"] != "approved":
            return
        lease = request["leases"][0]
        for _ in range(worker.random.randint(1, 2)):
            self.session(worker, api, who, lease)
        over = lambda: lease["id"] not in [one["id"] for one in self.ask(api.get, "/api/v1/my/leases")["items"]]  # noqa: E731
        if self.settle(api.post, f"/api/v1/leases/{lease['id']}/return", None, over):
            self.journal.add("returned", id=lease["id"], request=request["id"], who=who)

    def session(self, worker, api, who, lease):
        session = self.create(api, "/api/v1/sessions", {"lease_id": lease["id"]}, "session", who=who, lease=lease["id"])
        terminal, seen = None, ""
        try:
            terminal = api.terminal(session["id"])
            terminal.wait_stage(5, 1, 20)
            for i in range(worker.random.randint(1, 4)):
                mark = f"mark-{self.number()}"
                terminal.type(f"echo {mark}-$((40+{i}))\r")
                terminal.wait_for(f"{mark}-{40 + i}", 10)
            terminal.send(b"\x02")
            terminal.wait_end(10)
        except (AssertionError, ApiError, *LOST):
            pass  # a fault cut it; what was seen until then counts
        finally:
            if terminal:
                seen = terminal.output.decode(errors="ignore")
                terminal.close()
        self.journal.add("seen", id=session["id"], who=who, text=seen)
        if seen:
            self.finished.append(session["id"])

    def approve(self, worker):
        try:
            request, reject = self.waiting.pop(0)
        except IndexError:
            self.stopping.wait(0.03)
            return
        api, path = self.people["suzuki"], f"/api/v1/requests/{request}"
        verb, state = ("reject", "rejected") if reject else ("approve", "approved")
        body = {"comment": "負荷試験"} if reject else {}
        if self.settle(api.post, f"{path}/{verb}", body, lambda: self.ask(api.get, path)["state"] != "pending"):
            self.journal.add(state, id=request, who="suzuki")

    def read(self, worker):
        api = self.people["sato"]
        if self.finished:
            session = worker.random.choice(self.finished[-20:])
            try:
                self.ask(api.post, f"/api/v1/recordings/{session}/views")
                self.ask(api.get, f"/api/v1/recordings/{session}/events", first=0, count=100)
            except ApiError as error:
                if error.status not in (404, 409, 500):  # not ended yet; a replay process that was killed
                    raise
        self.ask(api.get, "/api/v1/audit", limit=20)
        self.stopping.wait(0.2)

    def change(self, worker):
        """A secret replaced and a theme changed: writes with and without a pipe."""
        api, theme = self.people["admin"], worker.random.choice(("light", "dark", "system"))
        self.ask(api.call, "PATCH", "/api/v1/me", body={"theme": theme})
        self.journal.add("theme", theme=theme)
        self.stopping.wait(0.3)


class Judge:
    """Compares the journal with what is there. Called while the load is paused."""

    # What must be empty whatever happened.
    NEVER = {
        "a lease without an approved request":
            "SELECT l.id FROM lease l JOIN request r ON r.id = l.request_id WHERE r.state NOT IN ('approved', 'finished')",
        "an approved request without its lease":
            "SELECT r.number FROM request r JOIN request_account a ON a.request_id = r.id LEFT JOIN lease l ON "
            "l.request_id = r.id AND l.account_id = a.account_id WHERE r.state IN ('approved', 'finished') AND l.id IS NULL",
        "an approved request without enough approvals":
            "SELECT r.number FROM request r JOIN request_stage s ON s.request_id = r.id WHERE r.state IN ('approved', 'finished') "
            "AND (SELECT COUNT(*) FROM approval a WHERE a.request_id = r.id AND a.position = s.position AND "
            "a.decision = 'approve') < s.needed",
        "a finished request with an open lease":
            "SELECT r.number FROM request r JOIN lease l ON l.request_id = r.id WHERE r.state = 'finished' AND "
            "l.state IN ('scheduled', 'active')",
        "an exclusive account lent twice at once":
            "SELECT a.id FROM lease a JOIN lease b ON a.account_id = b.account_id AND a.id < b.id AND (a.exclusive OR b.exclusive) "
            "AND a.state IN ('scheduled', 'active') AND b.state IN ('scheduled', 'active') AND a.starts_at < b.ends_at "
            "AND b.starts_at < a.ends_at",
        "a connected session without a recording":
            "SELECT s.id FROM session s LEFT JOIN recording r ON r.session_id = s.id WHERE s.connected_at IS NOT NULL AND "
            "(r.session_id IS NULL OR r.public_key IS NULL OR r.state = 'lost')",
        "a session over with its recording open for longer than a minute":
            "SELECT s.id FROM session s JOIN recording r ON r.session_id = s.id WHERE s.state IN ('ended', 'failed') AND "
            "r.state = 'writing'",
        "one purpose asked for twice":
            "SELECT purpose FROM request WHERE purpose LIKE 'load %' GROUP BY purpose HAVING COUNT(*) > 1",
        "a request without its event":
            "SELECT number FROM request r WHERE NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.object_id = r.id AND "
            "e.event = 'request.created')",
        "a decision without its event":
            "SELECT HEX(a.request_id) FROM approval a WHERE NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.object_id = "
            "a.request_id AND e.actor_id = a.user_id AND e.event IN ('request.approved', 'request.rejected'))",
        "a session without its event":
            "SELECT HEX(s.id) FROM session s WHERE NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.object_id = s.id AND "
            "e.event = 'session.requested')",
        "a connected session without a released secret's event":
            "SELECT HEX(s.id) FROM session s WHERE s.connected_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit_event e WHERE "
            "e.object_id = s.account_id AND e.event = 'secret.released' AND e.outcome = 'ok' AND INSTR(e.leaf, LOWER(CONCAT_WS('-', "
            "SUBSTR(HEX(s.id), 1, 8), SUBSTR(HEX(s.id), 9, 4), SUBSTR(HEX(s.id), 13, 4), SUBSTR(HEX(s.id), 17, 4), "
            "SUBSTR(HEX(s.id), 21)))) > 0)",
        "a gap in the numbers of the audit log":
            "SELECT COUNT(*), MAX(n) FROM audit_sequence HAVING COUNT(*) <> MAX(n) + 1",
        "an event that is neither numbered nor waiting":
            "SELECT HEX(e.id) FROM audit_event e LEFT JOIN audit_sequence s ON s.id = e.id LEFT JOIN audit_pending p ON p.id = e.id "
            "WHERE s.id IS NULL AND p.id IS NULL",
        "a number without its event":
            "SELECT s.n FROM audit_sequence s LEFT JOIN audit_event e ON e.id = s.id WHERE e.id IS NULL",
    }

    def __init__(self, load):
        self.load, self.journal, self.at = load, load.journal, 0
        self.asked = []
        self.seen, self.verified, self.folder = {}, 0, tempfile.mkdtemp(dir=world.VAR)
        self.auditor = world.browser()  # as patient as an export of the whole log needs
        self.auditor.cookies, self.auditor.timeout = load.people["sato"].cookies, 120

    def settled(self):
        """Nothing is on its way any more: events numbered, sessions ended, broken recordings measured."""
        waiting = ("SELECT (SELECT COUNT(*) FROM audit_pending) + (SELECT COUNT(*) FROM session WHERE state IN ('connecting', 'live')) + "
                   "(SELECT COUNT(*) FROM session s JOIN recording r ON r.session_id = s.id WHERE r.state = 'writing' AND "
                   "s.state NOT IN ('waiting'))")
        world.until(lambda: sql(waiting, False) == [["0"]], "nothing under way", 180)

    def compare(self):
        try:
            self.settled()
        except AssertionError as error:
            self.journal.fault(f"{error}: {sql('SELECT HEX(id), state, stage FROM session WHERE state IN (1+1, 3)', False)}")
        for name, rows in zip(self.NEVER, sql_many(self.NEVER.values())):
            if rows:
                self.journal.fault(f"{name}: {rows[:5]}")
        rows, self.at = self.journal.take(self.at)
        self.asked = []
        for row in rows:
            check = getattr(self, "was_" + row["kind"], None)
            if check:
                check(row)
        for (row, _, wanted), found in zip(self.asked, sql_many([statement for _, statement, _ in self.asked])):
            if not found or found[0][0] not in wanted:
                self.journal.fault(f"confirmed and lost: {row}: {found}")

    def one(self, row, statement, wanted):
        self.asked.append((row, statement, wanted))

    def was_request(self, row):
        self.one(row, f"SELECT purpose FROM request WHERE id = {uuid_sql(row['id'])}", (row["purpose"],))

    def was_withdrawn(self, row):
        self.one(row, f"SELECT state FROM request WHERE id = {uuid_sql(row['id'])}", ("withdrawn",))

    def was_approved(self, row):
        self.one(row, f"SELECT state FROM request WHERE id = {uuid_sql(row['id'])}", ("approved", "finished", "withdrawn"))

    def was_rejected(self, row):
        self.one(row, f"SELECT state FROM request WHERE id = {uuid_sql(row['id'])}", ("rejected", "withdrawn"))

    def was_returned(self, row):
        self.one(row, f"SELECT state FROM lease WHERE id = {uuid_sql(row['id'])}", ("returned", "ended"))

    def was_session(self, row):
        self.one(row, f"SELECT HEX(lease_id) FROM session WHERE id = {uuid_sql(row['id'])}", (row["lease"].replace("-", "").upper(),))

    def was_seen(self, row):
        if row["text"]:
            self.seen[row["id"]] = row["text"]

    # -- recordings ------------------------------------------------------------------------------

    def recordings(self):
        """Each session somebody saw something of: the recording verifies offline and holds all that was seen."""
        if not self.seen:
            return
        ask, api = self.load.ask, self.auditor
        world.until(lambda: self.signed(ask, api), "all is under a signed checkpoint", 180)
        export, vkey = os.path.join(self.folder, "audit.jsonl"), ask(api.get, "/api/v1/audit/state")["vkey"]
        with open(export, "wb") as f:
            f.write(ask(api.get, "/api/v1/audit/export"))
        log = self.verify("export", export, "--vkey", vkey)
        if log.returncode:
            self.journal.fault(f"the audit log does not verify: {log.stdout} {log.stderr}")
        for session, text in self.seen.items():
            self.recording(session, text, export, vkey)
        self.seen = {}

    def signed(self, ask, api):
        state = ask(api.get, "/api/v1/audit/state")
        return state["pending"] == 0 and state["checkpoint"] and state["checkpoint"]["size"] == state["size"]

    def verify(self, *arguments):
        return subprocess.run([os.path.join(world.BIN, "sekisho-verify"), *arguments], capture_output=True, text=True)

    def recording(self, session, text, export, vkey):
        skr = os.path.join(world.VAR, "data/recordings", f"{session}.skr")
        done = self.verify("recording", skr, "--export", export, "--vkey", vkey)
        if done.returncode not in (0, 3):
            self.journal.fault(f"recording of {session} does not verify: {done.stdout} {done.stderr}")
            return
        self.verified += 1
        ask, api = self.load.ask, self.auditor
        recorded = ""
        for line in ask(api.get, f"/api/v1/recordings/{session}/cast").decode().splitlines()[1:]:
            event = json.loads(line)
            recorded += event[2] if event[1] == "o" else ""
        if plain(text) not in plain(recorded):
            self.journal.fault(f"{session}: seen but not recorded: {text[-200:]!r} not in {recorded[-300:]!r}")


def plain(text):
    return re.sub("\ufffd", "", text)
