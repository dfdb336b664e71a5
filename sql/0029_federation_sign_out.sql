-- sign_out: who signs out here is sent to the provider to be signed out there as well. A transaction of that purpose waits for its answer;
-- session_id is the session that has ended.
SET SESSION system_versioning_alter_history = KEEP;
ALTER TABLE identity_provider ADD COLUMN sign_out ENUM('here','provider') NOT NULL DEFAULT 'here';
ALTER TABLE federation_txn MODIFY COLUMN purpose ENUM('sign_in','link','test','sign_out') NOT NULL;
