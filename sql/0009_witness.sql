-- The newest checkpoint each gateway keeps as a witness, as it presented it; lost: our tree does not hold it.
CREATE TABLE witness (
  gateway_id BINARY(16) PRIMARY KEY,
  size BIGINT UNSIGNED NOT NULL,
  root BINARY(32) NOT NULL,
  note VARBINARY(512) NOT NULL,
  presented_at DATETIME(6) NOT NULL,
  verdict ENUM('new','ours','lost') NOT NULL,
  own_size BIGINT UNSIGNED NULL,
  alarmed_at DATETIME(6) NULL,
  acknowledged BOOLEAN NOT NULL DEFAULT FALSE,
  KEY (verdict)
);
