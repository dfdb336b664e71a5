-- People, roles, sign-in.
CREATE TABLE user (
  id BINARY(16) PRIMARY KEY,
  login VARCHAR(64) NOT NULL,
  display_name VARCHAR(128) NOT NULL,
  language ENUM('ja','en') NOT NULL DEFAULT 'ja',
  timezone VARCHAR(64) CHARACTER SET ascii NOT NULL DEFAULT 'Asia/Tokyo',
  theme ENUM('system','light','dark') NOT NULL DEFAULT 'system',
  state ENUM('invited','active','disabled','archived') NOT NULL DEFAULT 'invited',
  version BIGINT NOT NULL DEFAULT 1,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  UNIQUE KEY (login),
  KEY (display_name)
) WITH SYSTEM VERSIONING;
CREATE TABLE user_group (
  id BINARY(16) PRIMARY KEY,
  parent_id BINARY(16) NULL,
  name VARCHAR(128) NOT NULL,
  description VARCHAR(1000) NOT NULL DEFAULT '',
  archived BOOLEAN NOT NULL DEFAULT FALSE,
  version BIGINT NOT NULL DEFAULT 1,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  UNIQUE KEY (name),
  FOREIGN KEY (parent_id) REFERENCES user_group (id)
) WITH SYSTEM VERSIONING;
CREATE TABLE user_group_member (
  group_id BINARY(16) NOT NULL,
  user_id BINARY(16) NOT NULL,
  event_id BINARY(16) NOT NULL,
  PRIMARY KEY (group_id, user_id),
  KEY (user_id),
  FOREIGN KEY (group_id) REFERENCES user_group (id),
  FOREIGN KEY (user_id) REFERENCES user (id)
) WITH SYSTEM VERSIONING;
-- Roles are built in (rbac/role.c); a grant gives one to a person or to a group and all groups below it.
CREATE TABLE role_grant (
  id BINARY(16) PRIMARY KEY,
  role VARCHAR(32) CHARACTER SET ascii NOT NULL,
  user_id BINARY(16) NULL,
  group_id BINARY(16) NULL,
  event_id BINARY(16) NOT NULL,
  UNIQUE KEY (role, user_id),
  UNIQUE KEY (role, group_id),
  KEY (user_id),
  KEY (group_id),
  FOREIGN KEY (user_id) REFERENCES user (id),
  FOREIGN KEY (group_id) REFERENCES user_group (id)
) WITH SYSTEM VERSIONING;
CREATE TABLE auth_password (
  user_id BINARY(16) PRIMARY KEY,
  hash VARBINARY(128) NOT NULL,
  changed_at DATETIME(6) NOT NULL,
  FOREIGN KEY (user_id) REFERENCES user (id)
);
CREATE TABLE auth_totp (
  user_id BINARY(16) PRIMARY KEY,
  secret_id BINARY(16) NOT NULL,
  last_step BIGINT UNSIGNED NOT NULL DEFAULT 0,
  confirmed_at DATETIME(6) NULL,
  FOREIGN KEY (user_id) REFERENCES user (id)
);
CREATE TABLE auth_enrolment (
  id BINARY(16) PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  token_hash BINARY(32) NOT NULL UNIQUE,
  expires_at DATETIME(6) NOT NULL,
  used_at DATETIME(6) NULL,
  created_by BINARY(16) NULL,
  created_at DATETIME(6) NOT NULL,
  totp_secret_id BINARY(16) NULL,
  KEY (user_id),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
CREATE TABLE auth_session (
  id BINARY(16) PRIMARY KEY,
  cookie_hash BINARY(32) NOT NULL UNIQUE,
  user_id BINARY(16) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  authenticated_at DATETIME(6) NOT NULL,
  last_seen_at DATETIME(6) NOT NULL,
  idle_expires_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  ended_at DATETIME(6) NULL,
  end_reason VARCHAR(32) CHARACTER SET ascii NULL,
  peer VARCHAR(64) CHARACTER SET ascii NOT NULL,
  user_agent VARCHAR(255) NOT NULL,
  device_id BINARY(16) NULL,
  KEY (user_id, ended_at),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
CREATE TABLE auth_device (
  id BINARY(16) PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  token_hash BINARY(32) NOT NULL UNIQUE,
  first_seen_at DATETIME(6) NOT NULL,
  last_seen_at DATETIME(6) NOT NULL,
  revoked_at DATETIME(6) NULL,
  KEY (user_id),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
-- Delay lanes: subject is HMAC(login), so unknown names have lanes too.
CREATE TABLE auth_lane (
  subject BINARY(32) NOT NULL,
  lane BINARY(32) NOT NULL,
  authenticator ENUM('password','totp') NOT NULL,
  fails INT UNSIGNED NOT NULL,
  last_fail_at DATETIME(6) NOT NULL,
  next_at DATETIME(6) NOT NULL,
  PRIMARY KEY (subject, lane, authenticator),
  KEY (last_fail_at)
);
