-- metadata_url: where a SAML provider's metadata is fetched from; empty: it is handed in. next_at: when it is fetched again, of itself.
-- valid_until: of the metadata in force, as it says.
SET SESSION system_versioning_alter_history = KEEP;
ALTER TABLE identity_provider ADD COLUMN metadata_url VARCHAR(1024) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
ALTER TABLE identity_provider_metadata ADD COLUMN next_at DATETIME(6) NULL, ADD COLUMN valid_until DATETIME(6) NULL, ADD KEY (next_at);
