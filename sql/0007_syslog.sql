-- How far the audit log was handed to a syslog receiver ("host:port"): all events below n were surely read there.
CREATE TABLE syslog_position (
  receiver VARCHAR(300) CHARACTER SET ascii PRIMARY KEY,
  n BIGINT UNSIGNED NOT NULL,
  confirmed_at DATETIME(6) NULL,
  error VARCHAR(400) NULL,
  error_at DATETIME(6) NULL
);
