-- What keeps a gateway's identity to one machine, and where it may come from.
SET SESSION system_versioning_alter_history = KEEP;
ALTER TABLE gateway
  MODIFY COLUMN state ENUM('waiting','enrolled','revoked','archived','held') NOT NULL DEFAULT 'waiting',
  ADD COLUMN source_ranges VARCHAR(1000) CHARACTER SET ascii NOT NULL DEFAULT '';
-- serial: of the connection attached last. machine: SHA-256 the gateway makes of its machine's id.
-- chain, chain_next: SHA-256 of the value the gateway holds, and of the one offered to it at its
-- last attach. contested_at: when a second run knocked while this one was there.
ALTER TABLE gateway_presence
  ADD COLUMN serial BINARY(16) NULL,
  ADD COLUMN locked BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN machine BINARY(32) NULL,
  ADD COLUMN chain BINARY(32) NULL,
  ADD COLUMN chain_next BINARY(32) NULL,
  ADD COLUMN contested_at DATETIME(6) NULL,
  ADD COLUMN alarm_reason VARCHAR(64) CHARACTER SET ascii NULL,
  ADD COLUMN alarm_at DATETIME(6) NULL,
  ADD COLUMN alarm_peer VARCHAR(64) CHARACTER SET ascii NULL;
