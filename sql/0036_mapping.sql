-- mapping_applies: created: to whom is made only; sign_in: at every sign-in. Providers from before go on as they were. provider_id: the
-- identity provider that gave it; NULL: somebody did, by hand. said: what the mapping asks about, while the second step is waited for.
SET SESSION system_versioning_alter_history = KEEP;
ALTER TABLE identity_provider ADD COLUMN mapping_applies ENUM('created','sign_in') NOT NULL DEFAULT 'created';
ALTER TABLE user_group_member
  ADD COLUMN provider_id BINARY(16) NULL,
  ADD FOREIGN KEY (provider_id) REFERENCES identity_provider (id);
ALTER TABLE role_grant
  ADD COLUMN provider_id BINARY(16) NULL,
  ADD FOREIGN KEY (provider_id) REFERENCES identity_provider (id);
ALTER TABLE federation_txn ADD COLUMN said MEDIUMBLOB NULL;
