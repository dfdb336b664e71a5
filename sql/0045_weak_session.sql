-- weak: a mailed code opened it, and no factor was shown in it since.
ALTER TABLE auth_session ADD COLUMN weak BOOLEAN NOT NULL DEFAULT FALSE;
