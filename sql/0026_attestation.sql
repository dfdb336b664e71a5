-- Models of authenticators that count at floor level 3, and the certificate each one's chain must lead to (DER).
CREATE TABLE attestation_model (
  id BINARY(16) PRIMARY KEY,
  aaguid BINARY(16) NOT NULL,
  name VARCHAR(64) NOT NULL,
  root VARBINARY(4096) NOT NULL,
  fingerprint BINARY(32) NOT NULL,
  subject VARCHAR(256) NOT NULL,
  not_after DATETIME(6) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  UNIQUE KEY (aaguid, fingerprint)
);
INSERT INTO factor_floor (id, level, is_default, updated_at, event_id)
VALUES (UNHEX('01900000000070008000000000000013'), 3, FALSE, UTC_TIMESTAMP(6), UNHEX('00000000000000000000000000000000'));
-- The model its attestation proved; none, or a model that is listed no more: it proves nothing.
ALTER TABLE auth_passkey ADD COLUMN attested_by BINARY(16) NULL;
