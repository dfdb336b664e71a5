-- Codes sent by mail, of which only a MAC under a key of authority's memory is stored, and since when a person's address is
-- known to be theirs. Rows go after a day.
SET SESSION system_versioning_alter_history = KEEP;
ALTER TABLE user ADD COLUMN email_confirmed_at DATETIME(6) NULL;
CREATE TABLE mail_code (
  id BINARY(16) PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  purpose ENUM('address','sign_in') NOT NULL,
  address VARCHAR(254) CHARACTER SET ascii NOT NULL,
  binding BINARY(32) NOT NULL,
  mac BINARY(32) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  tries TINYINT UNSIGNED NOT NULL DEFAULT 0,
  used_at DATETIME(6) NULL,
  KEY (user_id, purpose, created_at),
  KEY (created_at),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
