-- Two keys of ours for SAML while one follows the other: what signs is in_use (1, of one row at most); sealed assertions are opened with
-- either. expires_at: of the certificate, which runs 3650 days from when it was made. The key from before goes by the event that made it.
ALTER TABLE saml_key
  MODIFY COLUMN slot TINYINT UNSIGNED NOT NULL CHECK (slot IN (1, 2)),
  ADD COLUMN id BINARY(16) NULL,
  ADD COLUMN in_use TINYINT UNSIGNED NULL CHECK (in_use = 1),
  ADD COLUMN expires_at DATETIME(6) NULL;
UPDATE saml_key SET id = event_id, in_use = 1, expires_at = created_at + INTERVAL 3650 DAY;
ALTER TABLE saml_key
  MODIFY COLUMN id BINARY(16) NOT NULL,
  MODIFY COLUMN expires_at DATETIME(6) NOT NULL,
  ADD UNIQUE KEY (id),
  ADD UNIQUE KEY (in_use);
