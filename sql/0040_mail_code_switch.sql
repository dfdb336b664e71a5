-- Whether a code by mail may be the second step of a sign-in (auth/signin_mail.c). Off: it is no authentication factor.
SET SESSION system_versioning_alter_history = KEEP;
ALTER TABLE adaptive_policy ADD COLUMN mail_code BOOLEAN NOT NULL DEFAULT FALSE;
