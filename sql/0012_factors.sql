-- Several one-time-code devices for one person, each with a name and a counter of its own, and recovery codes.
ALTER TABLE auth_totp
  ADD COLUMN id BINARY(16) NULL FIRST,
  ADD COLUMN label VARCHAR(64) NOT NULL DEFAULT '',
  ADD COLUMN created_at DATETIME(6) NULL,
  ADD COLUMN last_used_at DATETIME(6) NULL;
UPDATE auth_totp SET id = secret_id, created_at = COALESCE(confirmed_at, UTC_TIMESTAMP(6));
-- confirmed_at NULL: shown to its owner, who has not yet answered with a code of it.
ALTER TABLE auth_totp
  MODIFY COLUMN id BINARY(16) NOT NULL,
  MODIFY COLUMN created_at DATETIME(6) NOT NULL,
  ADD KEY (user_id),
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (id),
  ADD UNIQUE KEY (secret_id);
-- The codes of one person share a salt: one Argon2id tells whether it is any of them.
CREATE TABLE auth_recovery_code (
  user_id BINARY(16) NOT NULL,
  hash BINARY(32) NOT NULL,
  salt BINARY(16) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  used_at DATETIME(6) NULL,
  used_from VARCHAR(64) CHARACTER SET ascii NULL,
  PRIMARY KEY (user_id, hash),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
ALTER TABLE auth_lane MODIFY COLUMN authenticator VARCHAR(16) CHARACTER SET ascii NOT NULL;
