-- Audit, vault, installation-wide settings.
CREATE TABLE setting (
  name VARCHAR(64) CHARACTER SET ascii PRIMARY KEY,
  value VARBINARY(4096) NOT NULL
);

CREATE TABLE audit_event (
  id BINARY(16) PRIMARY KEY,
  occurred_at DATETIME(6) NOT NULL,
  event VARCHAR(64) CHARACTER SET ascii NOT NULL,
  is_auth BOOLEAN NOT NULL,
  outcome ENUM('ok','refused','failed') NOT NULL,
  actor_id BINARY(16) NULL,
  actor_login VARCHAR(64) NULL,
  object_type VARCHAR(32) CHARACTER SET ascii NULL,
  object_id BINARY(16) NULL,
  object_name VARCHAR(255) NULL,
  peer VARCHAR(64) CHARACTER SET ascii NULL,
  trace CHAR(16) CHARACTER SET ascii NOT NULL,
  leaf MEDIUMBLOB NOT NULL,
  KEY (occurred_at, id),
  KEY (event, occurred_at),
  KEY (actor_id, occurred_at),
  KEY (object_id, occurred_at)
);
CREATE TABLE audit_pending (id BINARY(16) PRIMARY KEY);
CREATE TABLE audit_sequence (
  n BIGINT UNSIGNED PRIMARY KEY,
  id BINARY(16) NOT NULL UNIQUE,
  leaf_hash BINARY(32) NOT NULL
);
CREATE TABLE audit_node (
  level TINYINT UNSIGNED NOT NULL,
  n BIGINT UNSIGNED NOT NULL,
  hash BINARY(32) NOT NULL,
  PRIMARY KEY (level, n)
);
CREATE TABLE audit_state (
  one TINYINT PRIMARY KEY CHECK (one = 1),
  size BIGINT UNSIGNED NOT NULL
);
INSERT INTO audit_state VALUES (1, 0);
CREATE TABLE audit_checkpoint (
  size BIGINT UNSIGNED NOT NULL,
  signed_at DATETIME(6) NOT NULL,
  root BINARY(32) NOT NULL,
  note VARBINARY(2048) NOT NULL,
  vkey VARBINARY(255) NOT NULL,
  PRIMARY KEY (size, signed_at)
);

CREATE TABLE vault_state (
  one TINYINT PRIMARY KEY CHECK (one = 1),
  blob_ MEDIUMBLOB NOT NULL,
  updated_at DATETIME(6) NOT NULL
);
CREATE TABLE secret (
  id BINARY(16) PRIMARY KEY,
  kind TINYINT UNSIGNED NOT NULL,
  current_version INT UNSIGNED NOT NULL,
  created_at DATETIME(6) NOT NULL
);
CREATE TABLE secret_version (
  secret_id BINARY(16) NOT NULL,
  version INT UNSIGNED NOT NULL,
  blob_ MEDIUMBLOB NOT NULL,
  created_at DATETIME(6) NOT NULL,
  created_by BINARY(16) NULL,
  PRIMARY KEY (secret_id, version),
  FOREIGN KEY (secret_id) REFERENCES secret (id)
);
CREATE TABLE idempotency (
  user_id BINARY(16) NOT NULL,
  key_hash BINARY(32) NOT NULL,
  operation VARCHAR(64) CHARACTER SET ascii NOT NULL,
  input_hash BINARY(32) NOT NULL,
  result_id BINARY(16) NOT NULL,
  result_version BIGINT NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (user_id, key_hash),
  KEY (created_at)
);
