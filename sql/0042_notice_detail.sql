-- What a notice tells may be several fingerprints and addresses.
ALTER TABLE mail_outbox MODIFY COLUMN detail TEXT NULL;
