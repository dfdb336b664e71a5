-- step_up: who came from that provider may prove there anew who they are. A transaction of that purpose: session_id is the session that asked.
SET SESSION system_versioning_alter_history = KEEP;
ALTER TABLE identity_provider ADD COLUMN step_up BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE federation_txn MODIFY COLUMN purpose ENUM('sign_in','link','test','sign_out','step_up') NOT NULL;
