-- What was found out about a relay, so that the next run need not find it out again at some letter's cost.

CREATE TABLE relay_fault (
  account  TEXT NOT NULL,               -- username@host:port
  what     TEXT NOT NULL,
  found_at REAL NOT NULL,
  PRIMARY KEY (account, what)
) STRICT, WITHOUT ROWID;
