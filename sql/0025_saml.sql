-- Our key for SAML: signs requests, opens sealed assertions. One at a time; the certificate (DER) is what providers know of it.
CREATE TABLE saml_key (
  slot TINYINT UNSIGNED PRIMARY KEY CHECK (slot = 1),
  secret_id BINARY(16) NOT NULL,
  certificate VARBINARY(8192) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  event_id BINARY(16) NOT NULL,
  FOREIGN KEY (secret_id) REFERENCES secret (id)
);
