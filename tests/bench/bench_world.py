# SPDX-License-Identifier: GPL-3.0-or-later
"""People, sessions and the site of the running demo, as the bench programs need them."""
import os
import subprocess
import time

from measure import SERVER, cpu, private_kib
import sekisho_client
import world

sekisho_client.CONTRACT.check = lambda *a: None  # the flows judge the contract; here it would be part of the time


PER_LEASE = 10  # sessions that one lease may have open


def come_from_anywhere(login):
    """The load comes from many addresses, since each may ask so much only. A session without a device key ends in another
    network; this one counts as proven for a day, so that nobody has to prove it meanwhile."""
    world.person(login)
    subprocess.run(["mariadb", "--no-defaults", "-S", os.path.join(world.VAR, "data/run/db/db.sock"), "-u", "root", "sekisho", "-e",
                    "UPDATE auth_session s JOIN user u ON u.id = s.user_id SET s.proof_due_at = UTC_TIMESTAMP(6) + INTERVAL 1 DAY "
                    f"WHERE u.login = '{login}'"], check=True)


def server_pids():
    """Of each role and of the database: name -> pid."""
    found = {role: world.pids(role)[0] for role in SERVER}
    found["mariadbd"] = world.pids("mariadbd")[0]
    return found


def operation(name, *values, stdin=None):
    """As the console; the id of what was made."""
    said = world.ctl("op", name, *values, stdin=stdin).stdout
    return next((line[3:] for line in said.splitlines() if line.startswith("id=")), None)


def brokers():
    return world.pids("sekisho-broker")


def core_cpu(pids):
    """Seconds used by our processes, ended brokers included; the database apart."""
    ours = sum(cpu(pid, children=role == "sekishod") for role, pid in pids.items() if role != "mariadbd")
    return ours + sum(cpu(pid) for pid in brokers()), cpu(pids["mariadbd"])


def memory(pids):
    return {role: private_kib(pid) for role, pid in pids.items()}


class Leases:
    """Hands out leases with room for one more session."""

    def __init__(self, user="tanaka", name="ops"):
        self.user, self.name, self.lease, self.used = user, name, None, PER_LEASE

    def next(self):
        if self.used >= PER_LEASE:
            _, self.lease = world.borrow(self.user, self.name, minutes=480)
            self.used = 0
        self.used += 1
        return self.lease

    def closed(self):
        self.used -= 1


def wait_prompt(terminal, prompt=b"$ "):
    while prompt not in terminal.output:
        if not terminal.step():
            raise AssertionError(f"closed before the prompt: {terminal.ended} {terminal.stages} {terminal.output[-300:]!r}")


def clone(user):
    """Another browser of the same sign-in."""
    api = world.browser()
    api.cookies = world.person(user).cookies
    return api


def open_session(leases):
    return open_leased(world.person(leases.user), leases.next())


def open_leased(api, lease):
    """Seconds from the wish and from the opened socket to the prompt, and the terminal."""
    wished = time.monotonic()
    session = api.post("/api/v1/sessions", {"lease_id": lease["id"]})
    dialled = time.monotonic()
    terminal = api.terminal(session["id"])
    terminal.sock.settimeout(30)
    wait_prompt(terminal)
    now = time.monotonic()
    return now - wished, now - dialled, terminal


def end_session(terminal):
    terminal.send(b"\x02")
    terminal.wait_end()
    terminal.close()


def site_pids(name):
    """Processes of the customer's site with that name (its namespace cannot be named from here)."""
    site, found = os.readlink(f"/proc/{world.pids('sekisho-gateway')[0]}/ns/net"), []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
                if f.read().strip() == name and os.readlink(f"/proc/{pid}/ns/net") == site:
                    found.append(int(pid))
        except OSError:
            continue
    return sorted(found)


class Jump:
    """An OpenSSH jump host where the gateway stands, and a client that goes through it to the demo target."""

    ADDRESS, PORT, TARGET = "192.0.2.2", 2200, "198.51.100.10"

    def __init__(self):
        self.folder = os.path.join(world.VAR, "jump")
        self.site = os.path.join(world.VAR, "site")
        os.makedirs(self.folder, mode=0o700)
        self.key = os.path.join(self.folder, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        with open(self.key + ".pub", encoding="ascii") as f, \
                open(os.path.join(self.site, "etc/authorized_keys"), "a", encoding="ascii") as out:
            out.write(f.read())
        os.chmod(os.path.join(self.site, "etc/authorized_keys"), 0o644)
        self._server()
        self._client()

    def _server(self):
        with open(os.path.join(self.site, "etc/sshd_config"), encoding="utf-8") as f:
            lines = [line for line in f if not line.startswith(("ListenAddress", "Port ", "PidFile"))]
        with open(os.path.join(self.site, "etc/jump_config"), "w", encoding="utf-8") as f:
            f.writelines([f"ListenAddress {self.ADDRESS}\nPort {self.PORT}\nPidFile none\n", *lines])
        inside = ["nsenter", "-t", str(site_pids("sshd")[0]), "-n", "-m", "-r"]  # its root, too
        subprocess.run([*inside, "nft", "add", "rule", "inet", "site", "input", "tcp", "dport", str(self.PORT), "accept"],
                       check=True)
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.process = subprocess.Popen([*inside, "/usr/sbin/sshd", "-D", "-e", "-f", "/etc/jump_config"],
                                        stdout=self.log, stderr=self.log)
        world.until(self._listens, "the jump host listens")

    def _listens(self):
        with open(self.log.name, "rb") as f:
            return b"Server listening" in f.read()

    def _client(self):
        with open(os.path.join(self.site, "etc/ssh_host_ed25519_key.pub"), encoding="ascii") as f:
            host_key = " ".join(f.read().split()[:2])
        with open(os.path.join(self.folder, "known_hosts"), "w", encoding="ascii") as f:
            f.write(f"[{self.ADDRESS}]:{self.PORT} {host_key}\n{self.TARGET} {host_key}\n")
        self._config("default", "")
        self._config("x25519", "  KexAlgorithms curve25519-sha256\n")

    def _config(self, name, extra):
        """A file for each choice: options of the command line would not reach the jump connection."""
        with open(os.path.join(self.folder, name), "w", encoding="ascii") as f:
            f.write(f"Host *\n  User ops\n  IdentityFile {self.key}\n  IdentitiesOnly yes\n  BatchMode yes\n"
                    f"  UserKnownHostsFile {self.folder}/known_hosts\n  GlobalKnownHostsFile none\n{extra}"
                    f"Host target\n  HostName {self.TARGET}\n  ProxyJump jump\n"
                    f"Host jump\n  HostName {self.ADDRESS}\n  Port {self.PORT}\n")

    def command(self, config):
        return ["ssh", "-F", os.path.join(self.folder, config), "-tt", "target"]

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()
