# SPDX-License-Identifier: GPL-3.0-or-later
"""The site's service manager: starts the gateway again in the network it was in."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "flow"))
import world  # noqa: E402


class Gateway:
    def __init__(self):
        self.network = os.open(f"/proc/{world.pids('sekisho-gateway')[0]}/ns/net", os.O_RDONLY)
        self.started = []

    def start(self):
        site = os.path.join(world.VAR, "site")
        with open(os.path.join(site, "gateway.log"), "ab") as log:
            self.started.append(subprocess.Popen(
                ["nsenter", f"--net=/proc/self/fd/{self.network}", "setpriv", "--reuid", "61500", "--regid", "61500", "--clear-groups",
                 "--no-new-privs", f"{site}/bin/sekisho-gateway", "run", "--state", f"{site}/gateway/id", "--first-delay-ms", "10"],
                stdout=log, stderr=log, pass_fds=(self.network,)))

    def restart(self):
        """One that waits a minute, because its connections broke again and again, begins anew."""
        if self.started:
            self.started[-1].terminate()
            self.started[-1].wait()
        self.start()

    def end(self):
        for process in self.started:
            process.kill()
            process.wait()
