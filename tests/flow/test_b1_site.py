# SPDX-License-Identifier: GPL-3.0-or-later
"""B1: nothing in the customer's network listens for the server; without its gateway the target is unreachable."""
import signal
import socket
import subprocess

from world import *  # noqa: F403
import world


class Site(Flow):
    def test_only_the_target_itself_listens_inside(self):
        listening = in_site("ss", "-Hltn").stdout.split("\n")
        addresses = [line.split()[3] for line in listening if line.split()]
        self.assertEqual(addresses, ["198.51.100.10:22"])

    def test_the_gateway_has_only_outgoing_connections(self):
        rows = [line.split() for line in in_site("ss", "-Htn", "state", "established").stdout.splitlines()]
        wan = [row for row in rows if row[2].startswith("192.0.2.2:")]
        self.assertGreaterEqual(len(wan), 1)
        for row in wan:
            self.assertEqual(row[3], f"192.0.2.1:{world.PORT}")

    def test_no_address_changes_after_the_start(self):
        addresses = subprocess.run(["ip", "-6", "-o", "addr", "show", "dev", "sk-wan0"], capture_output=True, text=True, check=True)
        self.assertEqual(addresses.stdout, "")
        self.assertEqual(in_site("ip", "-6", "-o", "addr", "show", "dev", "wan").stdout, "")

    def test_inbound_is_dropped_and_the_target_unreachable_from_the_server(self):
        for address in ("192.0.2.2", "198.51.100.10"):
            with self.assertRaises(OSError):
                socket.create_connection((address, 22), timeout=1)

    def test_without_the_gateway_the_session_waits_and_says_so(self):
        _, lease = borrow("yamada")
        gateways = pids("sekisho-gateway")
        self.assertEqual(len(gateways), 1)
        os.kill(gateways[0], signal.SIGSTOP)
        try:
            sato = person("admin")
            until(lambda: sato.get("/api/v1/gateways")["items"][0]["presence"]["state"] != "online", "gateway not online", 300)
            session, terminal = open_terminal("yamada", lease)
            terminal.wait_stage(2, 3)
        finally:
            os.kill(gateways[0], signal.SIGCONT)
        shell_ready(terminal)
        terminal.close()


if __name__ == "__main__":
    import unittest
    unittest.main()
