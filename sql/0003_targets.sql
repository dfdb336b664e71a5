-- Gateways, targets, accounts, policy.
CREATE TABLE gateway_group (
  id BINARY(16) PRIMARY KEY,
  name VARCHAR(128) NOT NULL UNIQUE,
  description VARCHAR(1000) NOT NULL DEFAULT '',
  archived BOOLEAN NOT NULL DEFAULT FALSE,
  version BIGINT NOT NULL DEFAULT 1,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL
) WITH SYSTEM VERSIONING;
CREATE TABLE gateway (
  id BINARY(16) PRIMARY KEY,
  group_id BINARY(16) NOT NULL,
  name VARCHAR(128) NOT NULL UNIQUE,
  kind ENUM('internet') NOT NULL DEFAULT 'internet',
  state ENUM('waiting','enrolled','revoked','archived') NOT NULL DEFAULT 'waiting',
  version BIGINT NOT NULL DEFAULT 1,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  FOREIGN KEY (group_id) REFERENCES gateway_group (id)
) WITH SYSTEM VERSIONING;
CREATE TABLE gateway_token (
  id BINARY(16) PRIMARY KEY,
  gateway_id BINARY(16) NOT NULL,
  token_hash BINARY(32) NOT NULL UNIQUE,
  expires_at DATETIME(6) NOT NULL,
  used_at DATETIME(6) NULL,
  used_from VARCHAR(64) CHARACTER SET ascii NULL,
  created_by BINARY(16) NULL,
  created_at DATETIME(6) NOT NULL,
  KEY (gateway_id),
  FOREIGN KEY (gateway_id) REFERENCES gateway (id)
);
CREATE TABLE gateway_certificate (
  serial BINARY(16) PRIMARY KEY,
  gateway_id BINARY(16) NOT NULL,
  not_before DATETIME(6) NOT NULL,
  not_after DATETIME(6) NOT NULL,
  revoked_at DATETIME(6) NULL,
  certificate VARBINARY(4096) NOT NULL,
  KEY (gateway_id),
  FOREIGN KEY (gateway_id) REFERENCES gateway (id)
);
-- Changes all the time: apart from the versioned row.
CREATE TABLE gateway_presence (
  gateway_id BINARY(16) PRIMARY KEY,
  state ENUM('online','late','offline') NOT NULL,
  connections INT UNSIGNED NOT NULL,
  agent_version VARCHAR(64) NOT NULL DEFAULT '',
  boot_id BINARY(16) NULL,
  peer VARCHAR(64) CHARACTER SET ascii NOT NULL DEFAULT '',
  attached_at DATETIME(6) NULL,
  last_beat_at DATETIME(6) NULL,
  rtt_us INT UNSIGNED NULL,
  clock_skew_ms BIGINT NULL,
  policy_version BIGINT NULL,
  refused_reason VARCHAR(64) CHARACTER SET ascii NULL,
  FOREIGN KEY (gateway_id) REFERENCES gateway (id)
);
CREATE TABLE target_group (
  id BINARY(16) PRIMARY KEY,
  parent_id BINARY(16) NULL,
  name VARCHAR(128) NOT NULL UNIQUE,
  description VARCHAR(1000) NOT NULL DEFAULT '',
  archived BOOLEAN NOT NULL DEFAULT FALSE,
  version BIGINT NOT NULL DEFAULT 1,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  FOREIGN KEY (parent_id) REFERENCES target_group (id)
) WITH SYSTEM VERSIONING;
CREATE TABLE target (
  id BINARY(16) PRIMARY KEY,
  group_id BINARY(16) NOT NULL,
  gateway_group_id BINARY(16) NOT NULL,
  name VARCHAR(128) NOT NULL UNIQUE,
  kind VARCHAR(32) CHARACTER SET ascii NOT NULL,
  description VARCHAR(1000) NOT NULL DEFAULT '',
  port INT UNSIGNED NOT NULL,
  archived BOOLEAN NOT NULL DEFAULT FALSE,
  version BIGINT NOT NULL DEFAULT 1,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  FOREIGN KEY (group_id) REFERENCES target_group (id),
  FOREIGN KEY (gateway_group_id) REFERENCES gateway_group (id)
) WITH SYSTEM VERSIONING;
CREATE TABLE target_address (
  target_id BINARY(16) NOT NULL,
  position TINYINT UNSIGNED NOT NULL,
  address VARCHAR(253) CHARACTER SET ascii NOT NULL,
  event_id BINARY(16) NOT NULL,
  PRIMARY KEY (target_id, position),
  FOREIGN KEY (target_id) REFERENCES target (id)
) WITH SYSTEM VERSIONING;
CREATE TABLE target_host_key (
  target_id BINARY(16) NOT NULL,
  type VARCHAR(64) CHARACTER SET ascii NOT NULL,
  sha256 BINARY(32) NOT NULL,
  pinned_at DATETIME(6) NOT NULL,
  session_id BINARY(16) NULL,
  event_id BINARY(16) NOT NULL,
  PRIMARY KEY (target_id, type),
  FOREIGN KEY (target_id) REFERENCES target (id)
) WITH SYSTEM VERSIONING;
CREATE TABLE target_state (
  target_id BINARY(16) PRIMARY KEY,
  state ENUM('reachable','unreachable') NOT NULL,
  reason VARCHAR(64) CHARACTER SET ascii NULL,
  checked_at DATETIME(6) NOT NULL,
  gateway_id BINARY(16) NULL,
  FOREIGN KEY (target_id) REFERENCES target (id)
);
CREATE TABLE account (
  id BINARY(16) PRIMARY KEY,
  target_id BINARY(16) NOT NULL,
  name VARCHAR(64) NOT NULL,
  description VARCHAR(1000) NOT NULL DEFAULT '',
  secret_id BINARY(16) NULL,
  secret_set_at DATETIME(6) NULL,
  lendable BOOLEAN NOT NULL DEFAULT TRUE,
  concurrent BOOLEAN NOT NULL DEFAULT FALSE,
  archived BOOLEAN NOT NULL DEFAULT FALSE,
  version BIGINT NOT NULL DEFAULT 1,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  UNIQUE KEY (target_id, name),
  FOREIGN KEY (target_id) REFERENCES target (id),
  FOREIGN KEY (secret_id) REFERENCES secret (id)
) WITH SYSTEM VERSIONING;
CREATE TABLE account_state (
  account_id BINARY(16) PRIMARY KEY,
  state ENUM('ok','unverified','refused','unreachable') NOT NULL,
  reason VARCHAR(64) CHARACTER SET ascii NULL,
  checked_at DATETIME(6) NOT NULL,
  FOREIGN KEY (account_id) REFERENCES account (id)
);
CREATE TABLE workflow (
  id BINARY(16) PRIMARY KEY,
  name VARCHAR(128) NOT NULL UNIQUE,
  description VARCHAR(1000) NOT NULL DEFAULT '',
  self_approval BOOLEAN NOT NULL DEFAULT FALSE,
  ticket_required BOOLEAN NOT NULL DEFAULT FALSE,
  max_minutes INT UNSIGNED NOT NULL DEFAULT 480,
  max_ahead_days INT UNSIGNED NOT NULL DEFAULT 30,
  archived BOOLEAN NOT NULL DEFAULT FALSE,
  version BIGINT NOT NULL DEFAULT 1,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL
) WITH SYSTEM VERSIONING;
CREATE TABLE workflow_stage (
  workflow_id BINARY(16) NOT NULL,
  position TINYINT UNSIGNED NOT NULL,
  group_id BINARY(16) NOT NULL,
  needed INT UNSIGNED NOT NULL, -- 0: every member of the group (as of the decision)
  event_id BINARY(16) NOT NULL,
  PRIMARY KEY (workflow_id, position),
  FOREIGN KEY (workflow_id) REFERENCES workflow (id),
  FOREIGN KEY (group_id) REFERENCES user_group (id)
) WITH SYSTEM VERSIONING;
-- Who may use what: subject (person or group and groups below) x object (target, or target group and groups below). Deny wins.
CREATE TABLE access_rule (
  id BINARY(16) PRIMARY KEY,
  name VARCHAR(128) NOT NULL,
  effect ENUM('allow','deny') NOT NULL,
  user_id BINARY(16) NULL,
  user_group_id BINARY(16) NULL,
  target_id BINARY(16) NULL,
  target_group_id BINARY(16) NULL,
  account_pattern VARCHAR(64) NOT NULL DEFAULT '*',
  workflow_id BINARY(16) NULL, -- allow rules: how it is approved
  archived BOOLEAN NOT NULL DEFAULT FALSE,
  version BIGINT NOT NULL DEFAULT 1,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  KEY (user_group_id),
  KEY (target_group_id),
  FOREIGN KEY (user_id) REFERENCES user (id),
  FOREIGN KEY (user_group_id) REFERENCES user_group (id),
  FOREIGN KEY (target_id) REFERENCES target (id),
  FOREIGN KEY (target_group_id) REFERENCES target_group (id),
  FOREIGN KEY (workflow_id) REFERENCES workflow (id)
) WITH SYSTEM VERSIONING;
