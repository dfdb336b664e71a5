-- How long a sign-in to the portal lasts: without use, and in any case.
CREATE TABLE session_limit (
  id BINARY(16) PRIMARY KEY,
  profile ENUM('standard','privileged','external') NOT NULL,
  is_default BOOLEAN NOT NULL,
  idle_minutes SMALLINT UNSIGNED NOT NULL,
  max_hours SMALLINT UNSIGNED NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  UNIQUE KEY (profile)
) WITH SYSTEM VERSIONING;
INSERT INTO session_limit (id, profile, is_default, idle_minutes, max_hours, updated_at, event_id)
VALUES (UNHEX('01900000000070008000000000000020'), 'standard', TRUE, 30, 12, UTC_TIMESTAMP(6), UNHEX('00000000000000000000000000000000')),
       (UNHEX('01900000000070008000000000000021'), 'privileged', FALSE, 15, 12, UTC_TIMESTAMP(6), UNHEX('00000000000000000000000000000000')),
       (UNHEX('01900000000070008000000000000022'), 'external', FALSE, 15, 4, UTC_TIMESTAMP(6), UNHEX('00000000000000000000000000000000'));
-- No row for a group and none above it: the default.
CREATE TABLE session_limit_group (
  group_id BINARY(16) PRIMARY KEY,
  limit_id BINARY(16) NOT NULL,
  event_id BINARY(16) NOT NULL,
  FOREIGN KEY (group_id) REFERENCES user_group (id),
  FOREIGN KEY (limit_id) REFERENCES session_limit (id)
) WITH SYSTEM VERSIONING;
