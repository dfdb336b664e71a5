-- What every role may know about the installation (setting holds keys, so nobody but authority reads it):
-- "vault.state" = sealed | open, "sandbox.<role>" = "<landlock abi> <seccomp 0|1> <own identity 0|1>".
CREATE TABLE system_state (
  name VARCHAR(64) CHARACTER SET ascii PRIMARY KEY,
  value VARBINARY(4096) NOT NULL,
  updated_at DATETIME(6) NOT NULL
);
