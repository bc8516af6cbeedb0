-- Which key stands under which name in the DNS, since letters were first signed with it. Nothing of it is secret.

CREATE TABLE signing_key (
  name          TEXT PRIMARY KEY,       -- s1._domainkey.coalition.example
  fingerprint   TEXT NOT NULL,          -- SHA-256 in hex over the public part
  first_used_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
