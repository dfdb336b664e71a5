-- Where people and their programs may come from. Lists are words with a blank between; the rules are replaced as one.
CREATE TABLE network_policy (
  id TINYINT PRIMARY KEY,
  version BIGINT NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL
) WITH SYSTEM VERSIONING;
INSERT INTO network_policy (id, version, updated_at, event_id)
VALUES (1, 1, UTC_TIMESTAMP(6), UNHEX('00000000000000000000000000000000'));
-- Neither role nor user_id: for everybody.
CREATE TABLE network_rule (
  place TINYINT UNSIGNED PRIMARY KEY,
  deny BOOLEAN NOT NULL,
  entrance ENUM('portal','api','any') NOT NULL,
  role VARCHAR(32) CHARACTER SET ascii NULL,
  user_id BINARY(16) NULL,
  networks VARCHAR(1024) CHARACTER SET ascii NOT NULL,
  countries VARCHAR(1024) CHARACTER SET ascii NOT NULL,
  asns VARCHAR(1024) CHARACTER SET ascii NOT NULL,
  note VARCHAR(200) NOT NULL,
  event_id BINARY(16) NOT NULL,
  FOREIGN KEY (user_id) REFERENCES user (id)
) WITH SYSTEM VERSIONING;
