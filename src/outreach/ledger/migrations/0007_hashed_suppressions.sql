-- Suppression lists of others, which came as keyed digests: only who has an address can find it in them.

CREATE TABLE hashed_list (
  salt     BLOB PRIMARY KEY,
  revision INTEGER NOT NULL             -- grows with each import, over all lists
) STRICT, WITHOUT ROWID;

CREATE TABLE hashed_suppression (
  salt   BLOB NOT NULL REFERENCES hashed_list (salt),
  digest TEXT NOT NULL,                 -- HMAC-SHA-256 of the address key, in hex; the salt is the key
  reason TEXT NOT NULL,
  source TEXT NOT NULL,
  at     REAL NOT NULL,
  PRIMARY KEY (salt, digest)
) STRICT, WITHOUT ROWID;

-- Who is on the suppression list is part of every check; and what was kept before knew of no basis that ends.
CREATE TRIGGER hashed_list_added AFTER INSERT ON hashed_list BEGIN DELETE FROM checked; END;
CREATE TRIGGER hashed_list_changed AFTER UPDATE ON hashed_list BEGIN DELETE FROM checked; END;
CREATE TRIGGER hashed_suppression_removed AFTER DELETE ON hashed_suppression BEGIN DELETE FROM checked; END;
DELETE FROM checked;
