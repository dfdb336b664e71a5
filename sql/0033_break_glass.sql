-- Accounts for when nothing else lets anybody in, at most two, and what they were used for and nobody has seen yet.
CREATE TABLE break_glass (
  slot TINYINT UNSIGNED PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  networks VARCHAR(1024) CHARACTER SET ascii NOT NULL,
  set_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  UNIQUE KEY (user_id),
  CONSTRAINT two_at_most CHECK (slot IN (1, 2)),
  FOREIGN KEY (user_id) REFERENCES user (id)
) WITH SYSTEM VERSIONING;
CREATE TABLE break_glass_use (
  event_id BINARY(16) PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  used_at DATETIME(6) NOT NULL,
  acknowledged_at DATETIME(6) NULL,
  acknowledged_by BINARY(16) NULL,
  KEY (acknowledged_at),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
