-- Which second factors count for whom: level 0 any, 1 a passkey, 2 a passkey of one device.
CREATE TABLE factor_floor (
  id BINARY(16) PRIMARY KEY,
  level TINYINT UNSIGNED NOT NULL,
  is_default BOOLEAN NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  UNIQUE KEY (level)
) WITH SYSTEM VERSIONING;
INSERT INTO factor_floor (id, level, is_default, updated_at, event_id)
VALUES (UNHEX('01900000000070008000000000000010'), 0, TRUE, UTC_TIMESTAMP(6), UNHEX('00000000000000000000000000000000')),
       (UNHEX('01900000000070008000000000000011'), 1, FALSE, UTC_TIMESTAMP(6), UNHEX('00000000000000000000000000000000')),
       (UNHEX('01900000000070008000000000000012'), 2, FALSE, UTC_TIMESTAMP(6), UNHEX('00000000000000000000000000000000'));
-- No row for a group and none above it: the default.
CREATE TABLE factor_floor_group (
  group_id BINARY(16) PRIMARY KEY,
  floor_id BINARY(16) NOT NULL,
  event_id BINARY(16) NOT NULL,
  FOREIGN KEY (group_id) REFERENCES user_group (id),
  FOREIGN KEY (floor_id) REFERENCES factor_floor (id)
) WITH SYSTEM VERSIONING;
-- The passkey a portal session was opened or confirmed with; none: something weaker.
ALTER TABLE auth_session ADD COLUMN passkey_id BINARY(16) NULL;
