-- Sign-ins whose first proof was right, accepted or not: what they showed, what of it the profile learned, and what their
-- person said of it. look: auth/risk_profile.h; taught NULL: nothing was learned. Kept for 40 days (auth/past.h).
CREATE TABLE auth_sign_in (
  id BINARY(16) PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  session_id BINARY(16) NULL,
  occurred_at DATETIME(6) NOT NULL,
  peer VARCHAR(64) CHARACTER SET ascii NOT NULL,
  user_agent VARCHAR(255) NOT NULL,
  reason VARCHAR(64) CHARACTER SET ascii NULL,
  look VARBINARY(64) NULL,
  taught TINYINT UNSIGNED NULL,
  for_all BOOLEAN NOT NULL,
  verdict ENUM('me','not_me') NULL,
  judged_at DATETIME(6) NULL,
  judged_by BINARY(16) NULL,
  seen_at DATETIME(6) NULL,
  seen_by BINARY(16) NULL,
  KEY (user_id, occurred_at),
  KEY (occurred_at),
  KEY (verdict, seen_at),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
-- When the session's passkey was last shown.
ALTER TABLE auth_session ADD COLUMN passkey_at DATETIME(6) NULL;
