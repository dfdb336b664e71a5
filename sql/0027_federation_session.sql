-- Which provider a portal session came from, and what the provider calls its own session ('': it did not say): whom a logout there ends here.
CREATE TABLE federation_session (
  session_id BINARY(16) PRIMARY KEY,
  provider_id BINARY(16) NOT NULL,
  subject VARBINARY(512) NOT NULL,
  sid VARBINARY(255) NOT NULL DEFAULT '',
  display VARCHAR(255) NOT NULL DEFAULT '',
  KEY (provider_id, subject),
  KEY (provider_id, sid),
  FOREIGN KEY (session_id) REFERENCES auth_session (id),
  FOREIGN KEY (provider_id) REFERENCES identity_provider (id)
);
ALTER TABLE federation_txn ADD COLUMN sid VARBINARY(255) NOT NULL DEFAULT '';
