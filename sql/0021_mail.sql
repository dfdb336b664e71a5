-- Notices to people about their own account, and the mail server that takes them.
SET SESSION system_versioning_alter_history = KEEP;
ALTER TABLE user ADD COLUMN email VARCHAR(254) CHARACTER SET ascii NULL;

-- host '': no mail is sent.
CREATE TABLE mail_server (
  one TINYINT PRIMARY KEY CHECK (one = 1),
  host VARCHAR(253) CHARACTER SET ascii NOT NULL DEFAULT '',
  port SMALLINT UNSIGNED NOT NULL DEFAULT 587,
  security ENUM('starttls','tls','loopback') NOT NULL DEFAULT 'starttls',
  login VARCHAR(255) NOT NULL DEFAULT '',
  secret_id BINARY(16) NULL,
  sender VARCHAR(254) CHARACTER SET ascii NOT NULL DEFAULT '',
  ca TEXT CHARACTER SET ascii NULL,
  version BIGINT NOT NULL DEFAULT 1,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NULL
);
INSERT INTO mail_server (one, updated_at) VALUES (1, UTC_TIMESTAMP(6));
-- What the sender met last.
CREATE TABLE mail_state (
  one TINYINT PRIMARY KEY CHECK (one = 1),
  sent_at DATETIME(6) NULL,
  error VARCHAR(400) NULL,
  error_at DATETIME(6) NULL
);
INSERT INTO mail_state (one) VALUES (1);

-- A notice, made in the transaction of what it tells of. waiting until the mail server took it (sent) or the
-- time was up (failed); dropped when it turned out to be nothing; unsent: no address, or no mail server then.
-- Rows that are done stay for 90 days: people see their own.
CREATE TABLE mail_outbox (
  id BINARY(16) PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  kind VARCHAR(32) CHARACTER SET ascii NOT NULL,
  language ENUM('ja','en') NOT NULL,
  login VARCHAR(64) NOT NULL,
  display_name VARCHAR(128) NOT NULL,
  address VARCHAR(254) CHARACTER SET ascii NULL,
  occurred_at DATETIME(6) NOT NULL,
  peer VARCHAR(64) CHARACTER SET ascii NULL,
  user_agent VARCHAR(255) NULL,
  detail VARCHAR(255) NULL,
  state ENUM('waiting','sent','failed','dropped','unsent') NOT NULL,
  next_at DATETIME(6) NOT NULL,
  give_up_at DATETIME(6) NOT NULL,
  attempts INT UNSIGNED NOT NULL DEFAULT 0,
  error VARCHAR(400) NULL,
  done_at DATETIME(6) NULL,
  KEY (state, next_at),
  KEY (user_id, kind, occurred_at),
  KEY (user_id, occurred_at),
  KEY (occurred_at),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
