-- What sign-ins looked like so far (auth/risk_profile.h): of each person, and of all together. Values are numbers under a key.
CREATE TABLE auth_profile (
  user_id BINARY(16) PRIMARY KEY,
  value VARBINARY(2500) NOT NULL,
  saved_at DATETIME(6) NOT NULL,
  FOREIGN KEY (user_id) REFERENCES user (id)
);
-- Below 1024: sums and hours. seen: half sign-ins; kinds: different values, in the rows of sums.
CREATE TABLE auth_common (
  value BIGINT PRIMARY KEY,
  seen INT UNSIGNED NOT NULL,
  kinds INT UNSIGNED NOT NULL
);
