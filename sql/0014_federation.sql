-- Identity providers (SAML 2.0, OpenID Connect), who is known there, and sign-ins under way.
-- issuer: of OpenID Connect, or SAML's entityID. contexts: acr, amr or authentication context classes that count as a second factor.
CREATE TABLE identity_provider (
  id BINARY(16) PRIMARY KEY,
  kind ENUM('oidc','saml') NOT NULL,
  name VARCHAR(64) NOT NULL,
  state ENUM('disabled','enabled','archived') NOT NULL DEFAULT 'disabled',
  issuer VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  client_id VARCHAR(255) NOT NULL DEFAULT '',
  secret_id BINARY(16) NULL,
  addresses VARCHAR(1000) CHARACTER SET ascii NOT NULL DEFAULT '',
  link_attribute VARCHAR(255) NOT NULL DEFAULT '',
  provision BOOLEAN NOT NULL DEFAULT FALSE,
  login_attribute VARCHAR(255) NOT NULL DEFAULT '',
  login_suffix VARCHAR(128) NOT NULL DEFAULT '',
  display_attribute VARCHAR(255) NOT NULL DEFAULT '',
  second_factor ENUM('ask','trust') NOT NULL DEFAULT 'ask',
  contexts VARCHAR(1000) NOT NULL DEFAULT '',
  version BIGINT NOT NULL DEFAULT 1,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  KEY (name)
) WITH SYSTEM VERSIONING;
-- What was fetched from it or handed in, in the form of its kind. It stays in force while later fetches fail.
CREATE TABLE identity_provider_metadata (
  provider_id BINARY(16) PRIMARY KEY,
  metadata MEDIUMBLOB NULL,
  fetched_at DATETIME(6) NULL,
  tried_at DATETIME(6) NULL,
  problem VARCHAR(64) CHARACTER SET ascii NULL,
  FOREIGN KEY (provider_id) REFERENCES identity_provider (id)
);
-- Attribute -> group or role. privileged: whoever wrote the row knew that it gives more than everybody has.
CREATE TABLE identity_map (
  id BINARY(16) PRIMARY KEY,
  provider_id BINARY(16) NOT NULL,
  attribute VARCHAR(255) NOT NULL,
  value VARCHAR(255) NOT NULL,
  group_id BINARY(16) NULL,
  role VARCHAR(32) CHARACTER SET ascii NULL,
  privileged BOOLEAN NOT NULL DEFAULT FALSE,
  event_id BINARY(16) NOT NULL,
  KEY (provider_id),
  FOREIGN KEY (provider_id) REFERENCES identity_provider (id),
  FOREIGN KEY (group_id) REFERENCES user_group (id)
) WITH SYSTEM VERSIONING;
CREATE TABLE federated_identity (
  id BINARY(16) PRIMARY KEY,
  provider_id BINARY(16) NOT NULL,
  subject VARBINARY(512) NOT NULL,
  user_id BINARY(16) NOT NULL,
  display VARCHAR(255) NOT NULL,
  made_by ENUM('owner','rule','provision') NOT NULL,
  created_at DATETIME(6) NOT NULL,
  last_used_at DATETIME(6) NULL,
  event_id BINARY(16) NOT NULL,
  UNIQUE KEY (provider_id, subject),
  UNIQUE KEY (provider_id, user_id),
  KEY (user_id),
  FOREIGN KEY (provider_id) REFERENCES identity_provider (id),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
-- Begun by a browser, answered once, within ten minutes. state_hash and browser_hash: SHA-256 of what travels; session_id: of the portal
-- session that asked (link, test). An answered one stays until it is too old anyway, so that a second answer is known as such.
-- user_id, factor: the first step is done, and a second factor is asked for. result: what a test has shown.
CREATE TABLE federation_txn (
  id BINARY(16) PRIMARY KEY,
  provider_id BINARY(16) NOT NULL,
  purpose ENUM('sign_in','link','test') NOT NULL,
  state_hash BINARY(32) NOT NULL UNIQUE,
  browser_hash BINARY(32) NOT NULL,
  nonce BINARY(32) NOT NULL,
  verifier BINARY(32) NOT NULL,
  session_id BINARY(16) NULL,
  created_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  answered_at DATETIME(6) NULL,
  user_id BINARY(16) NULL,
  proven_at DATETIME(6) NULL,
  finished_at DATETIME(6) NULL,
  result MEDIUMTEXT NULL,
  KEY (expires_at),
  KEY (browser_hash),
  FOREIGN KEY (provider_id) REFERENCES identity_provider (id)
);
-- Identifiers of messages that may be used once: assertions, logout tokens.
CREATE TABLE federation_seen (
  provider_id BINARY(16) NOT NULL,
  seen_hash BINARY(32) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  PRIMARY KEY (provider_id, seen_hash),
  KEY (expires_at)
);
