# SPDX-License-Identifier: GPL-3.0-or-later
"""E1: a target's life as its administrator meets it: create, store a secret, test the connection by hop, archive; thousands."""
import uuid

import world
from world import *  # noqa: F403


class Targets(Flow):
    def setUp(self):
        self.admin = person("admin")
        self.demo = self.admin.get("/api/v1/targets", q="web-01")["items"][0]

    def made(self, name, **other):
        body = {"name": name, "kind": "linux_ssh", "group_id": self.demo["group"]["id"],
                "gateway_group_id": self.demo["gateway_group"]["id"], "port": 22, "addresses": ["198.51.100.10"]}
        body.update(other)
        return self.admin.post("/api/v1/targets", body)

    def account_with(self, target, name, secret):
        made = self.admin.post(f"/api/v1/targets/{target['id']}/accounts", {"name": name})
        account = made if "id" in made and made.get("name") == name else \
            next(a for a in self.admin.get(f"/api/v1/targets/{target['id']}")["accounts"] if a["name"] == name)
        self.admin.call("PUT", f"/api/v1/accounts/{account['id']}/secret?kind=password", octets=secret)
        return account

    def tried(self, target, account=None):
        return self.admin.post(f"/api/v1/targets/{target['id']}/test", {"account_id": account["id"]} if account else {})

    def test_the_stored_account_passes_every_hop(self):
        demo = self.admin.get(f"/api/v1/targets/{self.demo['id']}")
        ops = next(a for a in demo["accounts"] if a["name"] == "ops")
        answer = self.tried(demo, ops)
        self.assertTrue(answer["ok"], answer)
        after = self.admin.get(f"/api/v1/targets/{self.demo['id']}")
        self.assertEqual(next(a for a in after["accounts"] if a["name"] == "ops")["state"]["state"], "ok")
        self.assertTrue(after["host_keys"])

    def test_each_failure_names_its_hop(self):
        wrong = self.made("e1-wrong-password")
        account = self.account_with(wrong, "root", b"certainly not the password")
        answer = self.tried(wrong, account)
        self.assertEqual((answer["ok"], answer["hop"]), (False, "login"), answer)
        closed = self.made("e1-closed-port", port=9)
        answer = self.tried(closed)
        self.assertEqual((answer["ok"], answer["hop"]), (False, "target"), answer)
        nowhere = self.admin.post("/api/v1/gateway-groups", {"name": "e1-no-gateway"})
        lonely = self.made("e1-no-gateway", gateway_group_id=nowhere["id"])
        answer = self.tried(lonely)
        self.assertEqual((answer["ok"], answer["hop"]), (False, "gateway"), answer)

    def test_a_change_needs_the_version_it_starts_from(self):
        target = self.made("e1-versions")
        path = f"/api/v1/targets/{target['id']}"
        self.refused(428, self.admin.call, "PATCH", path, body={"description": "x"})
        changed = self.admin.call("PATCH", path, body={"description": "x"}, headers={"If-Match": f'"{target["version"]}"'})
        self.assertEqual(changed["description"], "x")
        self.refused(412, self.admin.call, "PATCH", path, body={"description": "y"}, headers={"If-Match": f'"{target["version"]}"'})
        event = person("sato").get("/api/v1/audit", event="target.changed")["items"][0]
        self.assertIn("description", str(event["leaf"]))
        self.admin.call("DELETE", path, headers={"If-Match": f'"{changed["version"]}"'})
        self.assertNotIn("e1-versions", [t["name"] for t in self.admin.get("/api/v1/targets", q="e1-")["items"] if not t["archived"]])

    def test_the_same_creation_twice_makes_one(self):
        body = {"name": "e1-once", "kind": "linux_ssh", "group_id": self.demo["group"]["id"],
                "gateway_group_id": self.demo["gateway_group"]["id"], "port": 22, "addresses": ["198.51.100.11"]}
        key = {"Idempotency-Key": "e1-once-0001"}
        first = self.admin.call("POST", "/api/v1/targets", body=body, headers=key)
        again = self.admin.call("POST", "/api/v1/targets", body=body, headers=key)
        self.assertEqual(first["id"], again["id"])
        self.refused(409, self.admin.call, "POST", "/api/v1/targets", body={**body, "name": "e1-other"}, headers=key)



class ThousandsOfTargets(Flow):
    """More targets behind one gateway than a small signed policy holds (128 KiB)."""

    IMPORTS, ROWS = 16, 250

    @staticmethod
    def policy():
        with open(os.path.join(world.VAR, "site/gateway/id/policy.bundle"), "rb") as f:
            return f.read()

    def imported(self, admin, rows):
        text = "target,kind,target_group,gateway_group,port,addresses,account,lendable,concurrent\n" + "\n".join(rows)
        return admin.call("POST", "/api/v1/targets/import", octets=text.encode(), headers={"Content-Type": "text/csv"})

    def one_more_login(self, name, password):
        """At the site's server, beside the demo's accounts."""
        digest = subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True, text=True, check=True)
        etc = os.path.join(world.VAR, "site/etc")
        with open(os.path.join(etc, "passwd"), encoding="ascii") as f:
            ops = next(line for line in f if line.startswith("ops:")).split(":")
        for file, line in (("passwd", ":".join([name, *ops[1:]])), ("shadow", f"{name}:{digest.stdout.strip()}:20000:0:99999:7:::\n")):
            with open(os.path.join(etc, file), "a", encoding="ascii") as f:
                f.write(line)

    def test_the_last_of_thousands_behind_one_gateway_is_reached(self):
        admin, tanaka, suzuki = person("admin"), person("tanaka"), person("suzuki")
        demo = admin.get(f"/api/v1/targets/{admin.get('/api/v1/targets', q='web-01')['items'][0]['id']}")
        groups = f"{demo['group']['name']},{demo['gateway_group']['name']}"
        for file in range(self.IMPORTS):
            rows = [f"m{file}-{n:03},linux_ssh,{groups},22,10.{file}.0.{n};10.{file}.1.{n},,," for n in range(self.ROWS)]
            self.assertEqual(self.imported(admin, rows)["targets"], self.ROWS)
        self.imported(admin, [f"m-last,linux_ssh,{groups},{demo['port']},{demo['addresses'][0]},last,true,true"])
        last = admin.get("/api/v1/targets", q="m-last")["items"][0]
        account = admin.get(f"/api/v1/targets/{last['id']}")["accounts"][0]
        self.one_more_login("last", "a-quiet-word-for-the-last-one")
        admin.call("PUT", f"/api/v1/accounts/{account['id']}/secret?kind=password", octets=b"a-quiet-word-for-the-last-one")
        until(lambda: uuid.UUID(last["id"]).bytes in self.policy(), "the gateway's policy names the last one")
        self.assertGreater(len(self.policy()), 128 * 1024)
        answer = admin.post(f"/api/v1/targets/{last['id']}/test", {"account_id": account["id"]})
        self.assertTrue(answer["ok"], answer)
        request = tanaka.post("/api/v1/requests", {"account_ids": [account["id"]], "purpose": "the last one", "ticket": "INC-1",
                                                   "minutes": 60})
        suzuki.post(f"/api/v1/requests/{request['id']}/approve", {})
        lease = tanaka.get(f"/api/v1/requests/{request['id']}")["leases"][0]
        _, terminal = open_terminal("tanaka", lease)
        shell_ready(terminal)
        terminal.close()


if __name__ == "__main__":
    import unittest
    unittest.main()
