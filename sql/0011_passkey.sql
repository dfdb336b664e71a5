-- Passkeys (W3C Web Authentication). algorithm: of COSE. attestation: format it was registered with, whose statement held.
CREATE TABLE auth_passkey (
  id BINARY(16) PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  credential_id VARBINARY(1023) NOT NULL UNIQUE,
  public_key VARBINARY(512) NOT NULL,
  algorithm SMALLINT NOT NULL,
  sign_count INT UNSIGNED NOT NULL,
  aaguid BINARY(16) NOT NULL,
  attestation VARCHAR(16) CHARACTER SET ascii NOT NULL,
  transports VARCHAR(64) CHARACTER SET ascii NOT NULL,
  backup_eligible BOOLEAN NOT NULL,
  backed_up BOOLEAN NOT NULL,
  user_verified BOOLEAN NOT NULL,
  label VARCHAR(64) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  last_used_at DATETIME(6) NULL,
  KEY (user_id),
  FOREIGN KEY (user_id) REFERENCES user (id)
);
-- Asked once, answered once, within five minutes. token_hash: of what the asker got beside the challenge; session_id: the portal
-- session it belongs to, none while signing in. A used one stays until it is too old anyway, so that a second use is known as such.
CREATE TABLE auth_challenge (
  token_hash BINARY(32) PRIMARY KEY,
  purpose ENUM('register','sign_in','step_up') NOT NULL,
  challenge BINARY(32) NOT NULL,
  session_id BINARY(16) NULL,
  created_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  used_at DATETIME(6) NULL,
  KEY (expires_at)
);
