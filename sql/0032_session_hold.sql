-- The sign-in a privileged session goes on under, and until when it is held since that one ended.
ALTER TABLE session
  ADD COLUMN sign_in_id BINARY(16) NULL,
  ADD COLUMN hold_until DATETIME(6) NULL;
