-- trust: PEM certificates that sign what the provider answers with; none: those of the machine. subject, display: whom the first step
-- named, while the second is waited for: linked only then.
SET SESSION system_versioning_alter_history = KEEP;
ALTER TABLE identity_provider ADD COLUMN trust TEXT CHARACTER SET ascii NULL;
ALTER TABLE federation_txn
  ADD COLUMN subject VARBINARY(512) NULL,
  ADD COLUMN display VARCHAR(255) NULL;
