-- What authority remembers of sign-ins over a restart: counts by source, bans, the campaign that is on (auth/watch.h). One row.
CREATE TABLE auth_watch (
  one TINYINT PRIMARY KEY,
  value MEDIUMBLOB NOT NULL,
  saved_at DATETIME(6) NOT NULL
);
