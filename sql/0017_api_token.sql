-- API tokens of people. scopes: names of permissions; networks: address ranges, none is any; both separated by blanks.
CREATE TABLE api_token (
  id BINARY(16) PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  token_hash BINARY(32) NOT NULL UNIQUE,
  name VARCHAR(64) NOT NULL,
  scopes VARCHAR(1024) CHARACTER SET ascii NOT NULL,
  networks VARCHAR(1024) CHARACTER SET ascii NOT NULL,
  created_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  last_used_at DATETIME(6) NULL,
  last_used_from VARCHAR(64) CHARACTER SET ascii NULL,
  ended_at DATETIME(6) NULL,
  end_reason VARCHAR(32) CHARACTER SET ascii NULL,
  KEY (user_id, ended_at),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
