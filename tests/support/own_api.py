# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser at a server of the test's own (own_server.py)."""
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../flow"))
from sekisho_client import Api  # noqa: E402


class OwnApi(Api):
    """For which localhost is that server's address; `server_names` has to have both."""

    def __init__(self, address, **named):
        super().__init__(**named)
        self.address = address

    def _connect(self):
        connection = super()._connect()
        connection._create_connection = lambda _, *rest: socket.create_connection((self.address, self.port), *rest)
        return connection

    def reached(self):
        """Edge gets its certificate a moment after the server answers its console."""
        try:
            self.get("/api/v1/sign-in/providers")
        except OSError:
            return False
        return True
