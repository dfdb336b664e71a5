-- unsolicited: a SAML provider may begin a sign-in by itself.
SET SESSION system_versioning_alter_history = KEEP;
ALTER TABLE identity_provider ADD COLUMN unsolicited BOOLEAN NOT NULL DEFAULT FALSE;
