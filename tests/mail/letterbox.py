# SPDX-License-Identifier: GPL-3.0-or-later
"""letterbox.py ADDRESS PORT CERTIFICATE KEY: a mail server with STARTTLS; a line of JSON for each message, until its input ends."""
import json
import sys

from smtp_server import Mailbox, Server


class Telling(Mailbox):
    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        _, secure, message = self.messages[-1]
        print(json.dumps({"to": envelope.rcpt_tos, "secure": secure, "subject": message["Subject"], "text": message.get_content()}), flush=True)
        return answer


address, port, certificate, key = sys.argv[1:]
server = Server(address, int(port), certificate, key, box=Telling())
print("ready", flush=True)
sys.stdin.read()
server.stop()
