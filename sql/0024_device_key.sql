-- Devices that prove with a key that they are the one that signed in; sessions that must go on proving it.
-- public_key: P-256 point, uncompressed, whose private half the browser keeps and does not give away.
ALTER TABLE auth_device
  ADD COLUMN public_key BINARY(65) NULL,
  ADD COLUMN key_added_at DATETIME(6) NULL,
  ADD COLUMN user_agent VARCHAR(255) NOT NULL DEFAULT '',
  ADD COLUMN peer VARCHAR(64) CHARACTER SET ascii NOT NULL DEFAULT '';
-- proof_due_at: until then the device must have proven itself again; none: it has no key. former_hash: the cookie before the last
-- proof, good until former_until for requests that were on their way; whoever shows it later has a copy.
ALTER TABLE auth_session
  ADD COLUMN proof_due_at DATETIME(6) NULL,
  ADD COLUMN former_hash BINARY(32) NULL,
  ADD COLUMN former_until DATETIME(6) NULL,
  ADD KEY (former_hash);
ALTER TABLE auth_challenge MODIFY COLUMN purpose ENUM('register','sign_in','step_up','device') NOT NULL;
