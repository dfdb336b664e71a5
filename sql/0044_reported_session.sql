-- What a sign-in added, so that "not me" takes it away: by which session, none for what came by enrolling or from before.
ALTER TABLE auth_totp ADD COLUMN session_id BINARY(16) NULL;
ALTER TABLE auth_passkey ADD COLUMN session_id BINARY(16) NULL;
ALTER TABLE auth_recovery_code ADD COLUMN session_id BINARY(16) NULL;
-- Mail addresses that people replaced themselves. Rows go after 40 days, as sign-ins do.
CREATE TABLE mail_address_change (
  id BINARY(16) PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  session_id BINARY(16) NULL,
  former VARCHAR(254) CHARACTER SET ascii NULL,
  changed_at DATETIME(6) NOT NULL,
  KEY (user_id, changed_at),
  KEY (changed_at),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
-- People new to a network (a number under a key) with a known device: each once in a period of 28 days and the one before.
CREATE TABLE auth_colleague (
  prefix BIGINT NOT NULL,
  period SMALLINT UNSIGNED NOT NULL,
  user_id BINARY(16) NOT NULL,
  PRIMARY KEY (prefix, period, user_id),
  KEY (period),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
