-- Where administrators let somebody come from for a few days without the score of the sign-in counting (auth/exception.h).
-- approved_at NULL: a second administrator is awaited; approved_by NULL beside it: none was needed.
CREATE TABLE sign_in_exception (
  id BINARY(16) PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  network VARCHAR(64) CHARACTER SET ascii NOT NULL,
  note VARCHAR(200) NOT NULL,
  asked_by BINARY(16) NOT NULL,
  asked_at DATETIME(6) NOT NULL,
  approved_by BINARY(16) NULL,
  approved_at DATETIME(6) NULL,
  until_at DATETIME(6) NOT NULL,
  ended_at DATETIME(6) NULL,
  end_reason VARCHAR(32) CHARACTER SET ascii NULL,
  KEY (user_id, ended_at),
  KEY (ended_at, until_at),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
