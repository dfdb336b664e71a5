-- Key rotation: which KEK each secret is sealed under, and the oldest that may be used still.
ALTER TABLE vault_state ADD COLUMN oldest_kek INT UNSIGNED NOT NULL DEFAULT 0;
ALTER TABLE secret_version ADD COLUMN kek INT UNSIGNED NOT NULL DEFAULT 1, ADD KEY (kek);
