-- Where a campaign lives, which letter it sends whatever it is called, and the texts it was bound to before.

ALTER TABLE campaign ADD COLUMN folder TEXT NOT NULL DEFAULT '';         -- machine:/folder of its seal file; empty: not known
ALTER TABLE campaign ADD COLUMN letter_digest TEXT NOT NULL DEFAULT '';  -- of what the letter says; empty: not known
CREATE INDEX campaign_letter ON campaign (letter_digest, number);

-- The texts that were amended, each with its files, so that every letter that left can still be rebuilt.
CREATE TABLE earlier_text (
  campaign    INTEGER NOT NULL REFERENCES campaign (number),
  number      INTEGER NOT NULL,         -- from 1
  amended_at  REAL NOT NULL,
  settings    TEXT NOT NULL,
  text_digest TEXT NOT NULL,
  date        TEXT NOT NULL,
  PRIMARY KEY (campaign, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE earlier_file (
  campaign INTEGER NOT NULL,
  number   INTEGER NOT NULL,
  path     TEXT NOT NULL,
  content  BLOB NOT NULL REFERENCES content (digest),
  PRIMARY KEY (campaign, number, path),
  FOREIGN KEY (campaign, number) REFERENCES earlier_text (campaign, number)
) STRICT, WITHOUT ROWID;

ALTER TABLE delivery ADD COLUMN earlier_text INTEGER;  -- what its letter left with; NULL for the present text
