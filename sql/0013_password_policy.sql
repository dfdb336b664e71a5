-- Password policies for groups of people, former passwords, passwords that must be changed.
CREATE TABLE password_policy (
  id BINARY(16) PRIMARY KEY,
  profile ENUM('nist','classic') NOT NULL,
  is_default BOOLEAN NOT NULL,
  min_length TINYINT UNSIGNED NOT NULL,
  need_lower BOOLEAN NOT NULL,
  need_upper BOOLEAN NOT NULL,
  need_digit BOOLEAN NOT NULL,
  history TINYINT UNSIGNED NOT NULL,
  max_age_days SMALLINT UNSIGNED NOT NULL,
  words VARCHAR(1000) NOT NULL DEFAULT '',
  version BIGINT NOT NULL DEFAULT 1,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  UNIQUE KEY (profile)
) WITH SYSTEM VERSIONING;
INSERT INTO password_policy (id, profile, is_default, min_length, need_lower, need_upper, need_digit, history,
                             max_age_days, updated_at, event_id)
VALUES (UNHEX('01900000000070008000000000000001'), 'nist', TRUE, 12, FALSE, FALSE, FALSE, 0, 0,
        UTC_TIMESTAMP(6), UNHEX('00000000000000000000000000000000')),
       (UNHEX('01900000000070008000000000000002'), 'classic', FALSE, 8, TRUE, TRUE, TRUE, 5, 90,
        UTC_TIMESTAMP(6), UNHEX('00000000000000000000000000000000'));
-- No row for a group and none above it: the default.
CREATE TABLE password_policy_group (
  group_id BINARY(16) PRIMARY KEY,
  policy_id BINARY(16) NOT NULL,
  event_id BINARY(16) NOT NULL,
  FOREIGN KEY (group_id) REFERENCES user_group (id),
  FOREIGN KEY (policy_id) REFERENCES password_policy (id)
) WITH SYSTEM VERSIONING;
CREATE TABLE auth_password_history (
  user_id BINARY(16) NOT NULL,
  set_at DATETIME(6) NOT NULL,
  hash VARBINARY(128) NOT NULL,
  PRIMARY KEY (user_id, set_at),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
INSERT INTO auth_password_history (user_id, set_at, hash) SELECT user_id, changed_at, hash FROM auth_password;
ALTER TABLE auth_password ADD COLUMN must_change BOOLEAN NOT NULL DEFAULT FALSE;
-- A sign-in whose password is too old or must be changed: it may do nothing else before.
ALTER TABLE auth_session ADD COLUMN password_due BOOLEAN NOT NULL DEFAULT FALSE;
-- Asked for by one administrator, done by another.
CREATE TABLE auth_reset (
  user_id BINARY(16) PRIMARY KEY,
  asked_by BINARY(16) NOT NULL,
  asked_at DATETIME(6) NOT NULL,
  FOREIGN KEY (user_id) REFERENCES user (id),
  FOREIGN KEY (asked_by) REFERENCES user (id)
);
