-- What a campaign was checked as when it was last planned: a send that finds all the same need not check again.

CREATE TABLE checked (
  campaign INTEGER PRIMARY KEY REFERENCES campaign (number),
  key      TEXT NOT NULL,               -- SHA-256 in hex over all that the check depended on
  value    TEXT NOT NULL                -- JSON: what it found, as far as a send needs it
) STRICT;

-- Who is on the suppression list is part of every check.
CREATE TRIGGER suppression_added AFTER INSERT ON suppression BEGIN DELETE FROM checked; END;
CREATE TRIGGER suppression_changed AFTER UPDATE ON suppression BEGIN DELETE FROM checked; END;
CREATE TRIGGER suppression_removed AFTER DELETE ON suppression BEGIN DELETE FROM checked; END;
