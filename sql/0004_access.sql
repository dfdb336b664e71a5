-- Requests, approvals, leases, privileged sessions.
CREATE TABLE request_counter (year SMALLINT PRIMARY KEY, last INT UNSIGNED NOT NULL);
CREATE TABLE request (
  id BINARY(16) PRIMARY KEY,
  number VARCHAR(32) CHARACTER SET ascii NOT NULL UNIQUE, -- R-2026-000012
  requester_id BINARY(16) NOT NULL,
  workflow_id BINARY(16) NOT NULL,
  purpose VARCHAR(1000) NOT NULL,
  ticket VARCHAR(64) NOT NULL DEFAULT '',
  starts_at DATETIME(6) NOT NULL,
  ends_at DATETIME(6) NOT NULL,
  state ENUM('pending','approved','rejected','withdrawn','expired','finished') NOT NULL,
  stage TINYINT UNSIGNED NOT NULL DEFAULT 1,
  stage_count TINYINT UNSIGNED NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  decided_at DATETIME(6) NULL,
  KEY (requester_id, created_at),
  KEY (state, ends_at),
  FOREIGN KEY (requester_id) REFERENCES user (id),
  FOREIGN KEY (workflow_id) REFERENCES workflow (id)
);
CREATE TABLE request_stage ( -- the workflow as it was when asked
  request_id BINARY(16) NOT NULL,
  position TINYINT UNSIGNED NOT NULL,
  group_id BINARY(16) NOT NULL,
  needed INT UNSIGNED NOT NULL,
  PRIMARY KEY (request_id, position),
  KEY (group_id),
  FOREIGN KEY (request_id) REFERENCES request (id)
);
CREATE TABLE request_account (
  request_id BINARY(16) NOT NULL,
  account_id BINARY(16) NOT NULL,
  PRIMARY KEY (request_id, account_id),
  KEY (account_id),
  FOREIGN KEY (request_id) REFERENCES request (id),
  FOREIGN KEY (account_id) REFERENCES account (id)
);
CREATE TABLE approval (
  request_id BINARY(16) NOT NULL,
  position TINYINT UNSIGNED NOT NULL,
  user_id BINARY(16) NOT NULL,
  decision ENUM('approve','reject') NOT NULL,
  comment VARCHAR(1000) NOT NULL DEFAULT '',
  decided_at DATETIME(6) NOT NULL,
  PRIMARY KEY (request_id, position, user_id),
  FOREIGN KEY (request_id) REFERENCES request (id),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
CREATE TABLE request_comment (
  id BINARY(16) PRIMARY KEY,
  request_id BINARY(16) NOT NULL,
  user_id BINARY(16) NOT NULL,
  text VARCHAR(1000) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  KEY (request_id, created_at),
  FOREIGN KEY (request_id) REFERENCES request (id),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
CREATE TABLE lease (
  id BINARY(16) PRIMARY KEY,
  request_id BINARY(16) NOT NULL,
  account_id BINARY(16) NOT NULL,
  user_id BINARY(16) NOT NULL,
  starts_at DATETIME(6) NOT NULL,
  ends_at DATETIME(6) NOT NULL,
  exclusive BOOLEAN NOT NULL,
  state ENUM('scheduled','active','ended','returned','revoked') NOT NULL,
  ended_at DATETIME(6) NULL,
  end_reason VARCHAR(64) CHARACTER SET ascii NULL,
  version BIGINT NOT NULL DEFAULT 1,
  KEY (account_id, state),
  KEY (user_id, state),
  KEY (state, ends_at),
  FOREIGN KEY (request_id) REFERENCES request (id),
  FOREIGN KEY (account_id) REFERENCES account (id),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
CREATE TABLE session (
  id BINARY(16) PRIMARY KEY,
  lease_id BINARY(16) NOT NULL,
  user_id BINARY(16) NOT NULL,
  account_id BINARY(16) NOT NULL,
  target_id BINARY(16) NOT NULL,
  gateway_id BINARY(16) NULL,
  state ENUM('waiting','connecting','live','ended','failed','broken') NOT NULL,
  stage VARCHAR(16) CHARACTER SET ascii NOT NULL DEFAULT 'gateway', -- gateway, target, login, live
  created_at DATETIME(6) NOT NULL,
  connected_at DATETIME(6) NULL,
  ended_at DATETIME(6) NULL,
  end_hop VARCHAR(16) CHARACTER SET ascii NULL,
  end_reason VARCHAR(64) CHARACTER SET ascii NULL,
  end_text VARCHAR(255) NULL,
  peer VARCHAR(64) CHARACTER SET ascii NOT NULL,
  bytes_in BIGINT UNSIGNED NOT NULL DEFAULT 0,
  bytes_out BIGINT UNSIGNED NOT NULL DEFAULT 0,
  last_activity_at DATETIME(6) NULL,
  not_after DATETIME(6) NULL, -- state waiting: queue expiry
  KEY (user_id, created_at),
  KEY (account_id, created_at),
  KEY (lease_id),
  KEY (state),
  KEY (created_at),
  FOREIGN KEY (lease_id) REFERENCES lease (id),
  FOREIGN KEY (user_id) REFERENCES user (id),
  FOREIGN KEY (account_id) REFERENCES account (id),
  FOREIGN KEY (target_id) REFERENCES target (id)
);
CREATE TABLE recording (
  session_id BINARY(16) PRIMARY KEY,
  file_name VARCHAR(255) CHARACTER SET ascii NOT NULL,
  secret_id BINARY(16) NOT NULL, -- the data key, sealed
  public_key BINARY(32) NULL,
  chunks BIGINT UNSIGNED NOT NULL DEFAULT 0,
  bytes BIGINT UNSIGNED NOT NULL DEFAULT 0,
  commands INT UNSIGNED NOT NULL DEFAULT 0,
  duration_ms BIGINT UNSIGNED NOT NULL DEFAULT 0,
  head BINARY(32) NULL,
  state ENUM('writing','complete','broken','lost') NOT NULL,
  FOREIGN KEY (session_id) REFERENCES session (id),
  FOREIGN KEY (secret_id) REFERENCES secret (id)
);
