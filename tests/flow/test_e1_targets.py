# SPDX-License-Identifier: GPL-3.0-or-later
"""E1: a target's life as its administrator meets it: create, store a secret, test the connection by hop, archive."""
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


if __name__ == "__main__":
    import unittest
    unittest.main()
