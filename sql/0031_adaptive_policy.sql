-- What follows from the score of a sign-in, and the lists two of its rules need (words with a blank between). Thresholds
-- are thousandths of a natural logarithm, budgets are ten-thousandths of the sign-ins.
CREATE TABLE adaptive_policy (
  id TINYINT PRIMARY KEY,
  mode ENUM('off','audit','enforce') NOT NULL,
  by_budget BOOLEAN NOT NULL,
  challenge_budget SMALLINT UNSIGNED NOT NULL,
  block_budget SMALLINT UNSIGNED NOT NULL,
  challenge INT NOT NULL,
  block INT NOT NULL,
  offices VARCHAR(1024) CHARACTER SET ascii NOT NULL,
  hosters VARCHAR(1024) CHARACTER SET ascii NOT NULL,
  version BIGINT NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL
) WITH SYSTEM VERSIONING;
INSERT INTO adaptive_policy (id, mode, by_budget, challenge_budget, block_budget, challenge, block, offices, hosters, version, updated_at, event_id)
VALUES (1, 'audit', FALSE, 100, 10, 1000, 6500, '',
  '9009 13335 14061 14618 15169 16276 16509 20473 24940 31898 37963 45102 51167 60068 63949 132203 212238 396982',
  1, UTC_TIMESTAMP(6), UNHEX('00000000000000000000000000000000'));
-- When budgets were last looked at, and how many sign-ins there were to look at.
CREATE TABLE adaptive_tuning (
  id TINYINT PRIMARY KEY,
  day SMALLINT UNSIGNED NOT NULL,
  scores INT UNSIGNED NOT NULL
);
INSERT INTO adaptive_tuning (id, day, scores) VALUES (1, 0, 0);
-- Accepted sign-ins with a known device, by day since 1970 and step of the score (auth/risk_budget.h).
CREATE TABLE adaptive_score (
  day SMALLINT UNSIGNED NOT NULL,
  step SMALLINT UNSIGNED NOT NULL,
  seen INT UNSIGNED NOT NULL,
  PRIMARY KEY (day, step)
);
