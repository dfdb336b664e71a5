# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists and searches as what they look through grows tenfold, twice: processor time of web, authority and database for each.

Targets, requests with their loans and sessions, and audit events are put into the database as its owner, in what they
consist of like real ones, a thousand targets for each site; the events are numbered by the sequencer before anything is measured.
"""
import os
import subprocess

import bench_world as world
from bench_api import FRONT, request_file, tried
from measure import emit, sized

SIZES = sized((1000, 10000, 100000), (40,))
BACK = [role for role in FRONT if role != "sekisho-edge"]
QUESTIONS = (  # name, who asks, path
    ("audit_newest", "sato", "/api/v1/audit?limit=50"),
    ("audit_of_event", "sato", "/api/v1/audit?limit=50&event=session.end"),
    ("audit_of_actor", "sato", "/api/v1/audit?limit=50&actor=suzuki"),
    ("audit_of_rare_actor", "sato", "/api/v1/audit?limit=50&actor=rare"),
    ("audit_search_common", "sato", "/api/v1/audit?limit=50&q=web-0"),
    ("audit_search_rare", "sato", "/api/v1/audit?limit=50&q=needle"),
    ("requests_newest", "sato", "/api/v1/requests?scope=all&limit=50"),
    ("requests_mine", "yamada", "/api/v1/requests?scope=mine&limit=50"),
    ("requests_to_approve", "suzuki", "/api/v1/requests?scope=approvals&limit=50"),
    ("requests_search_rare", "sato", "/api/v1/requests?scope=all&limit=50&q=needle"),
    ("sessions_newest", "sato", "/api/v1/sessions?scope=all&limit=50"),
    ("sessions_search_rare", "sato", "/api/v1/sessions?scope=all&limit=50&q=needle"),
    ("targets_first", "admin", "/api/v1/targets?limit=50"),
    ("targets_search_rare", "admin", "/api/v1/targets?limit=50&q=needle"),
    ("my_targets_first", "tanaka", "/api/v1/my/targets?limit=50"),
    ("my_targets_search_rare", "tanaka", "/api/v1/my/targets?limit=50&q=needle"),
    ("overview", "admin", "/api/v1/overview"),
)
# The n-th of each, n from {first} to {last}: ids are hashes, so that nothing lies in order by chance.
FILL = """
SET @zero = REPEAT(X'00', 16), @now = UTC_TIMESTAMP(6);
SET @tanaka = (SELECT id FROM user WHERE login = 'tanaka'), @yamada = (SELECT id FROM user WHERE login = 'yamada');
SET @approvers = (SELECT group_id FROM workflow_stage LIMIT 1), @workflow = (SELECT id FROM workflow LIMIT 1);
SET @group = (SELECT group_id FROM target WHERE name = 'web-01');
SET @secret = (SELECT secret_id FROM account WHERE name = 'ops' LIMIT 1);
INSERT IGNORE INTO gateway_group (id, name, created_at, updated_at, event_id)
  SELECT UNHEX(MD5(CONCAT('g', seq))), CONCAT('site ', seq), @now, @now, @zero FROM seq_0_to_100;
INSERT INTO target (id, group_id, gateway_group_id, name, kind, description, port, created_at, updated_at, event_id)
  SELECT UNHEX(MD5(CONCAT('t', seq))), @group, UNHEX(MD5(CONCAT('g', seq DIV 1000))), CONCAT('web-', LPAD(seq, 7, '0')), 'linux_ssh',
  IF(seq = 7, 'needle', CONCAT('rack ', seq DIV 40)), 22, @now, @now, @zero FROM seq_{first}_to_{last};
INSERT INTO target_address (target_id, position, address, event_id)
  SELECT UNHEX(MD5(CONCAT('t', seq))), 0, CONCAT('198.51.100.', seq % 250), @zero FROM seq_{first}_to_{last};
INSERT INTO account (id, target_id, name, secret_id, lendable, concurrent, created_at, updated_at, event_id)
  SELECT UNHEX(MD5(CONCAT('a', seq))), UNHEX(MD5(CONCAT('t', seq))), 'ops', @secret, TRUE, TRUE, @now, @now, @zero
  FROM seq_{first}_to_{last};
INSERT INTO request (id, number, requester_id, workflow_id, purpose, ticket, starts_at, ends_at, state, stage, stage_count,
  created_at, updated_at, decided_at)
  SELECT UNHEX(MD5(CONCAT('r', seq))), CONCAT('R-2020-', LPAD(seq, 6, '0')), IF(seq % 10, @tanaka, @yamada), @workflow,
  IF(seq = 7, 'needle', 'patches of the month'), CONCAT('INC-', seq), @now - INTERVAL seq MINUTE, @now + INTERVAL 600 MINUTE,
  IF(seq % 100 = 0, 'pending', 'finished'), 1, 1, @now - INTERVAL seq MINUTE, @now, @now FROM seq_{first}_to_{last};
INSERT INTO request_stage (request_id, position, group_id, needed)
  SELECT UNHEX(MD5(CONCAT('r', seq))), 1, @approvers, 1 FROM seq_{first}_to_{last};
INSERT INTO request_account (request_id, account_id)
  SELECT UNHEX(MD5(CONCAT('r', seq))), UNHEX(MD5(CONCAT('a', seq))) FROM seq_{first}_to_{last};
INSERT INTO lease (id, request_id, account_id, user_id, starts_at, ends_at, exclusive, state, ended_at)
  SELECT UNHEX(MD5(CONCAT('l', seq))), UNHEX(MD5(CONCAT('r', seq))), UNHEX(MD5(CONCAT('a', seq))), IF(seq % 10, @tanaka, @yamada),
  @now - INTERVAL seq MINUTE, @now, FALSE, 'ended', @now FROM seq_{first}_to_{last} WHERE seq % 100;
INSERT INTO session (id, lease_id, user_id, account_id, target_id, state, stage, created_at, connected_at, ended_at, peer)
  SELECT UNHEX(MD5(CONCAT('s', seq))), UNHEX(MD5(CONCAT('l', seq))), IF(seq % 10, @tanaka, @yamada), UNHEX(MD5(CONCAT('a', seq))),
  UNHEX(MD5(CONCAT('t', seq))), 'ended', 'live', @now - INTERVAL seq MINUTE, @now - INTERVAL seq MINUTE, @now, '198.51.100.7'
  FROM seq_{first}_to_{last} WHERE seq % 100;
INSERT INTO audit_event (id, occurred_at, event, is_auth, outcome, actor_id, actor_login, object_type, object_id, object_name,
  peer, trace, leaf)
  SELECT UNHEX(MD5(CONCAT('e', seq))), @now - INTERVAL seq MINUTE, ELT(1 + seq % 4, 'session.start', 'session.end', 'request.created',
  'secret.released'), FALSE, 'ok', @tanaka, IF(seq = 7, 'rare', IF(seq % 10, 'tanaka', 'suzuki')), 'session',
  UNHEX(MD5(CONCAT('s', seq))), IF(seq = 7, 'needle', CONCAT('ops@web-', LPAD(seq, 7, '0'))), '198.51.100.7', LPAD(HEX(seq), 16, '0'),
  CONCAT('{{"v":1,"n":', seq, ',"text":"', REPEAT('x', 450), '"}}') FROM seq_{first}_to_{last};
INSERT INTO audit_pending (id) SELECT UNHEX(MD5(CONCAT('e', seq))) FROM seq_{first}_to_{last};
"""


def sql(text):
    done = subprocess.run(["mariadb", "--no-defaults", "--protocol=socket", "-S", os.path.join(world.world.VAR, "data/run/db.sock"),
                           "-u", "root", "-N", "-B", "sekisho"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def fill(first, last):
    step = 10000
    for start in range(first, last + 1, step):
        sql(FILL.format(first=start, last=min(start + step - 1, last)))
    world.world.until(lambda: sql("SELECT COUNT(*) FROM audit_pending") == "0", "all events are numbered", 300)
    sql("ANALYZE TABLE target, account, request, lease, session, audit_event, audit_sequence, target_address, request_stage")


def main():
    pids, size = world.server_pids(), 0
    last = {}
    for wanted in SIZES:
        fill(size + 1, wanted)
        size = wanted
        for name, who, path in QUESTIONS:
            request = request_file("growth", "GET", path, user=who)
            rate, used, p50, p99, bad = tried("kept", world.world.PORT, world.world.CA, 2, request, [pids[role] for role in BACK])
            emit(f"growth_{name}_{size}", used / 1000, "ms", used / last[name] if name in last else None,
                 "a_tenth_as_many" if name in last else "-", p50_ms=p50, p99_ms=p99, rate=rate, not_answered=bad)
            last[name] = used
