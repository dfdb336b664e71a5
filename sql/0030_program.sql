-- Programs that sign in for themselves, their client secrets and access tokens. Lists (roles, scopes: names of permissions,
-- networks: address ranges, none is any) are words separated by blanks. A name is never given twice.
CREATE TABLE program (
  id BINARY(16) PRIMARY KEY,
  name VARCHAR(64) CHARACTER SET ascii NOT NULL,
  display_name VARCHAR(128) NOT NULL,
  state ENUM('active','disabled','deleted') NOT NULL DEFAULT 'active',
  roles VARCHAR(512) CHARACTER SET ascii NOT NULL,
  scopes VARCHAR(1024) CHARACTER SET ascii NOT NULL,
  networks VARCHAR(1024) CHARACTER SET ascii NOT NULL,
  token_seconds INT UNSIGNED NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  UNIQUE KEY (name)
) WITH SYSTEM VERSIONING;
CREATE TABLE program_secret (
  id BINARY(16) PRIMARY KEY,
  program_id BINARY(16) NOT NULL,
  secret_hash BINARY(32) NOT NULL UNIQUE,
  created_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  last_used_at DATETIME(6) NULL,
  last_used_from VARCHAR(64) CHARACTER SET ascii NULL,
  ended_at DATETIME(6) NULL,
  end_reason VARCHAR(32) CHARACTER SET ascii NULL,
  KEY (program_id, ended_at),
  FOREIGN KEY (program_id) REFERENCES program (id)
);
CREATE TABLE program_token (
  id BINARY(16) PRIMARY KEY,
  program_id BINARY(16) NOT NULL,
  secret_id BINARY(16) NOT NULL,
  token_hash BINARY(32) NOT NULL UNIQUE,
  scopes VARCHAR(1024) CHARACTER SET ascii NOT NULL,
  networks VARCHAR(1024) CHARACTER SET ascii NOT NULL,
  created_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  ended_at DATETIME(6) NULL,
  KEY (program_id, expires_at),
  FOREIGN KEY (program_id) REFERENCES program (id),
  FOREIGN KEY (secret_id) REFERENCES program_secret (id)
);
