# SPDX-License-Identifier: GPL-3.0-or-later
"""X3: the audit log at a syslog receiver over TLS, whole and in order, whoever goes away meanwhile.
What arrived is put into a Merkle tree again: its root must be the one the server signed."""
import os
import signal
import sys
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../support"), os.path.join(HERE, "../peers")]
from own_server import OwnServer, make_ca, make_certificate, until  # noqa: E402
from receivers import PORT, LastMile, Receiver  # noqa: E402
import tlog  # noqa: E402

BIN = os.environ["SEKISHO_BIN"]
LAST_MILE = 6515


class Producer(threading.Thread):
    """Events in the background, so that something is always on its way. Without a count: until end()."""

    def __init__(self, server, count=None):
        super().__init__(daemon=True)
        self.server, self.count, self.made, self.failure = server, count, 0, None
        self.start()

    def run(self):
        try:
            while self.count is None or self.made < self.count:
                self.server.op("gateway_groups.create", name=f"group {self.made} ] \" \\ 関所 {os.urandom(4).hex()}")
                self.made += 1
        except Exception as error:  # noqa: BLE001 - told by the test's thread
            self.failure = error

    def end(self):
        self.count = self.made
        self.wait()

    def wait(self, made=None):
        if made is None:
            self.join()
        else:
            until(lambda: self.made >= made or self.failure, f"{made} events made")
        if self.failure:
            raise self.failure


class Forwarding:
    kind, unread = "", False

    @classmethod
    def setUpClass(cls):
        cls.server = OwnServer(BIN)
        folder = cls.server.folder
        for ca in ("ca", "other-ca"):
            make_ca(folder, ca)
        make_certificate(folder, "receiver", "ca", f"IP:{cls.server.address}")
        make_certificate(folder, "stranger", "other-ca", f"IP:{cls.server.address}")
        make_certificate(folder, "misnamed", "ca", "IP:127.0.0.1")
        make_certificate(folder, "sender", "ca", "DNS:sekisho")
        cls.last_mile = LastMile((cls.server.address, LAST_MILE), (cls.server.address, PORT)) if cls.unread else None
        port = LAST_MILE if cls.unread else PORT
        cls.server.settings += [f'syslog_server = "{cls.server.address}:{port}"', f'syslog_ca_file = "{folder}/ca.pem"',
                                f'syslog_certificate_file = "{folder}/sender.pem"', f'syslog_key_file = "{folder}/sender.key"',
                                f'public_url = "https://{cls.server.address}:8443"', "log_level = debug"]
        cls.receiver = Receiver(cls.server, cls.kind)
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.remove()
        if cls.last_mile:
            cls.last_mile.close()
        cls.receiver.stop()

    def setUp(self):
        if self.receiver.process is None:
            self.receiver.start()

    def vkey(self):
        with open(os.path.join(self.server.data, "checkpoints/vkey"), encoding="ascii") as f:
            return f.read().strip()

    def latest(self):
        if not os.path.exists(os.path.join(self.server.data, "checkpoints/vkey")):
            return 0, b""  # nothing is signed yet
        with open(os.path.join(self.server.data, "checkpoints/latest"), encoding="utf-8") as f:
            return tlog.open_checkpoint(f.read(), self.vkey())

    def covered(self, size):
        return len(self.receiver.events()[0]) >= size and any(
            tlog.open_checkpoint(note, self.vkey())[0] >= size for note in self.receiver.checkpoints())

    def all_arrived(self, least):
        """Every event up to the newest checkpoint, each with one content, and together the signed tree."""
        until(lambda: self.latest()[0] >= least, "all is signed")
        size, root = self.latest()
        until(lambda: self.covered(size), f"{size} events and their checkpoint arrived; {self.server.logged()[-1500:]}")
        leaves, doubled = self.receiver.events()
        self.assertEqual([n for n in range(size) if n not in leaves], [], "lost")
        self.assertTrue(all(len(leaves[n]) == 1 for n in range(size)), "one number, two contents")
        hashes = []
        for n in range(size):
            said, text = next(iter(leaves[n]))
            hashes.append(tlog.leaf_hash(text.encode()))
            self.assertEqual(hashes[-1].hex(), said)
        self.assertEqual(tlog.Tree(hashes).head(size), root)
        return doubled

    def confirmed(self):
        """The sender knows that all that is signed was read."""
        size = self.latest()[0]
        until(lambda: any(int(part.split()[0]) >= size for part in self.server.logged().split("event=forward_confirmed n=")[1:]),
              f"{size} confirmed; {self.server.logged()[-1500:]}")


class Cases(Forwarding):
    def test_1_everything_arrives_once(self):
        Producer(self.server, 40).wait()
        self.assertEqual(self.all_arrived(40), 0)
        self.confirmed()
        self.assertEqual(self.receiver.events()[1], 0)

    def test_2_what_happens_while_it_is_down_waits(self):
        before = self.receiver.events()[1]
        self.all_arrived(1)
        self.confirmed()
        size, at = self.latest()[0], len(self.server.logged())
        self.receiver.stop()
        Producer(self.server, 30).wait()
        until(lambda: "event=forward " in self.server.logged()[at:], "the failure is said")
        self.receiver.start()
        self.assertEqual(self.all_arrived(size + 30), before)
        self.confirmed()

    def test_3_restarted_in_the_middle_nothing_is_lost(self):
        size = self.latest()[0]
        producer = Producer(self.server, 40)
        producer.wait(20)
        self.receiver.stop()
        self.receiver.start()
        producer.wait()
        self.all_arrived(size + 40)

    def test_4_our_own_sender_and_server_killed(self):
        size = self.latest()[0]
        producer = Producer(self.server, 40)
        producer.wait(15)
        os.kill(until(lambda: self.server.pid_of("forward"), "the sender runs"), signal.SIGKILL)
        producer.wait()
        self.all_arrived(size + 40)
        self.confirmed()
        before = self.receiver.events()[1]
        self.server.stop()  # in order: its last events are confirmed, nothing is sent again
        self.server.start()
        Producer(self.server, 5).wait()
        self.all_arrived(self.latest()[0])
        self.assertEqual(self.receiver.events()[1], before)

    def test_5_a_receiver_without_the_right_certificate_gets_nothing(self):
        self.all_arrived(1)
        self.confirmed()
        self.receiver.stop()
        have = len(self.receiver.messages())
        for certificate, why in (("stranger", "self-signed|unable to get local issuer"), ("misnamed", "IP address mismatch")):
            at = len(self.server.logged())
            self.receiver.start(certificate)
            Producer(self.server, 2).wait()
            until(lambda: "the certificate is refused" in self.server.logged()[at:], f"{certificate} is refused")
            self.assertRegex(self.server.logged()[at:], why)
            self.receiver.stop()
        self.assertEqual(len(self.receiver.messages()), have)
        self.receiver.start()
        self.all_arrived(self.latest()[0])


class Unread(Forwarding):
    unread = True

    def swallowing(self):
        """Events arrive; then the receiver's kernel takes some that its process will never read."""
        size, before = self.latest()[0], self.last_mile.swallowed
        producer = Producer(self.server)
        until(lambda: len(self.receiver.events()[0]) > size + 3, "events arrive")
        self.last_mile.swallowing = True
        until(lambda: self.last_mile.swallowed > before + 1000, "events were taken and not read")
        return size, producer

    def kill_receiver(self):
        self.receiver.stop(signal.SIGKILL)
        self.last_mile.reset()
        self.last_mile.swallowing = False

    def test_killed_while_it_reads_nothing_is_lost(self):
        self.all_arrived(1)
        self.confirmed()
        size, producer = self.swallowing()
        self.kill_receiver()
        producer.wait(producer.made + 10)
        self.receiver.start()
        producer.end()
        self.all_arrived(size + producer.made)
        self.confirmed()

    def test_killed_before_it_confirms_nothing_is_lost(self):
        self.all_arrived(1)
        self.confirmed()
        size, producer = self.swallowing()
        ends = self.last_mile.swallowed_ends
        producer.end()
        until(lambda: self.last_mile.swallowed_ends > ends, "the sender asks for the confirmation")
        self.kill_receiver()
        self.receiver.start()
        self.all_arrived(size + producer.made)
        self.confirmed()


class Rsyslog(Cases, unittest.TestCase):
    kind = "rsyslog"


class RsyslogUnread(Unread, unittest.TestCase):
    kind = "rsyslog"


class SyslogNg(Cases, unittest.TestCase):
    kind = "syslog-ng"


class SyslogNgUnread(Unread, unittest.TestCase):
    kind = "syslog-ng"


if __name__ == "__main__":
    unittest.main()
