-- name: create_roster
-- The tables of a roster. Numbers follow the order in which rows were read.
CREATE TEMP TABLE roster (
  number INTEGER PRIMARY KEY, row INTEGER NOT NULL, key TEXT NOT NULL, address_key TEXT NOT NULL,
  address TEXT NOT NULL, json TEXT NOT NULL, digest BLOB NOT NULL, recipients INTEGER NOT NULL,
  copies INTEGER NOT NULL) STRICT;
CREATE TEMP TABLE roster_recipient (
  number INTEGER NOT NULL, position INTEGER NOT NULL, role TEXT NOT NULL, address_key TEXT NOT NULL,
  address TEXT NOT NULL, PRIMARY KEY (number, position)) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE roster_duplicate (
  number INTEGER PRIMARY KEY, first INTEGER NOT NULL, what TEXT NOT NULL, is_id INTEGER NOT NULL) STRICT;
CREATE TEMP TABLE roster_elsewhere (
  number INTEGER PRIMARY KEY, address TEXT NOT NULL, campaign TEXT NOT NULL) STRICT;
-- On a list that came as digests, and not on our own yet.
CREATE TEMP TABLE roster_listed (
  key TEXT PRIMARY KEY, address TEXT NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL, at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE roster_new (position INTEGER PRIMARY KEY, number INTEGER NOT NULL) STRICT;

-- name: drop_roster
-- Drops the tables of a roster.
DROP TABLE temp.roster; DROP TABLE temp.roster_recipient; DROP TABLE temp.roster_duplicate;
DROP TABLE temp.roster_elsewhere; DROP TABLE temp.roster_listed; DROP TABLE temp.roster_new

-- name: index_roster
-- Made when they are first needed: sorting a million rows once is faster than keeping them sorted.
CREATE INDEX IF NOT EXISTS temp.roster_key ON roster (key);
CREATE INDEX IF NOT EXISTS temp.roster_address ON roster_recipient (address_key, role, number)

-- name: add_rows
-- Takes rows in.
INSERT INTO temp.roster (number, row, key, address_key, address, json, digest, recipients, copies)
SELECT * FROM (VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)) WHERE column1 IS NOT NULL

-- name: add_row_recipients
-- Takes envelope recipients of rows in.
INSERT INTO temp.roster_recipient (number, position, role, address_key, address)
SELECT * FROM (VALUES (?1, ?2, ?3, ?4, ?5)) WHERE column1 IS NOT NULL

-- name: page_rows
-- The next rows in the order in which they were read.
SELECT number, row, json FROM temp.roster WHERE number > :after ORDER BY number LIMIT :limit

-- name: forget_duplicates
-- Empties the table of duplicates.
DELETE FROM temp.roster_duplicate

-- name: note_repeated_addresses
-- Rows with a To that an earlier row has; of several such, the first in the cell.
WITH repeated (address_key, first) AS (
  SELECT address_key, min(number) FROM temp.roster_recipient
  WHERE role = 'to' GROUP BY address_key HAVING count(*) > 1)
INSERT INTO temp.roster_duplicate (number, first, what, is_id)
SELECT number, first, address, 0 FROM (
  -- With min(), the other columns are those of the row that has the minimum.
  SELECT later.number, repeated.first, later.address, min(later.position)
  FROM repeated JOIN temp.roster_recipient AS later ON later.address_key = repeated.address_key
  WHERE later.role = 'to' AND later.number > repeated.first
  GROUP BY later.number)

-- name: note_repeated_ids
-- Rows with an id that an earlier row has, and whose addresses are new.
WITH repeated (key, first) AS (
  SELECT key, min(number) FROM temp.roster GROUP BY key HAVING count(*) > 1)
INSERT INTO temp.roster_duplicate (number, first, what, is_id)
SELECT later.number, repeated.first, later.key, 1
FROM repeated JOIN temp.roster AS later ON later.key = repeated.key
WHERE later.number > repeated.first
ON CONFLICT (number) DO NOTHING

-- name: count_duplicates
-- How many rows repeat an earlier one.
SELECT count(*) FROM temp.roster_duplicate

-- name: find_duplicates
-- The first rows that repeat an earlier one.
SELECT later.row, earlier.row, what, is_id
FROM temp.roster_duplicate
JOIN temp.roster AS later ON later.number = roster_duplicate.number
JOIN temp.roster AS earlier ON earlier.number = roster_duplicate.first
ORDER BY later.row, later.number LIMIT :limit

-- name: noted_duplicates
-- The rows that repeat an earlier one, in the order in which they were read.
SELECT number FROM temp.roster_duplicate ORDER BY number

-- name: drop_repeated
-- Drops a row if an earlier one, still there, has its id or one of its To addresses.
DELETE FROM temp.roster
WHERE number = ?1 AND (
  EXISTS (SELECT 1 FROM temp.roster AS earlier WHERE earlier.key = roster.key AND earlier.number < ?1)
  OR EXISTS (
    SELECT 1 FROM temp.roster_recipient AS own
    JOIN temp.roster_recipient AS earlier ON earlier.address_key = own.address_key AND earlier.role = 'to'
    WHERE own.number = ?1 AND own.role = 'to' AND earlier.number < ?1))
RETURNING digest

-- name: drop_recipients
-- Drops the recipients of a row.
DELETE FROM temp.roster_recipient WHERE number = ?

-- name: forget_sent_elsewhere
-- Empties the table of rows whose To has the letter from another campaign.
DELETE FROM temp.roster_elsewhere

-- name: anybody_may_have_letter
-- Whether any letter of this campaign, or the same of another, may have left: nearly always there is none to look for.
SELECT EXISTS (SELECT 1 FROM campaign WHERE name = :name)
  OR EXISTS (SELECT 1 FROM campaign WHERE letter_digest = :letter AND letter_digest <> '')
  OR EXISTS (SELECT 1 FROM earlier_text WHERE letter_digest = :letter AND letter_digest <> '')

-- name: note_sent_elsewhere
-- Rows that would get a letter, and of whose To one has it, or may have it: from another campaign with the same letter,
-- or from this one under another id.
INSERT INTO temp.roster_elsewhere (number, address, campaign)
SELECT own.number, own.address, other.name
FROM temp.roster_recipient AS own
CROSS JOIN temp.roster ON roster.number = own.number
CROSS JOIN sent_letter AS sent ON sent.address_key = own.address_key
CROSS JOIN campaign AS other ON other.number = sent.campaign
LEFT JOIN campaign AS here ON here.name = :name
LEFT JOIN contact ON contact.campaign = here.number AND contact.key = roster.key
LEFT JOIN standing ON standing.delivery = contact.delivery
WHERE own.role = 'to'
  AND (standing.state IS NULL
       OR (standing.state IN ('planned', 'deferred', 'suppressed', 'cancelled') AND NOT standing.has_left))
  AND ((other.name = :name AND sent.key <> roster.key)
       OR (other.name <> :name AND sent.letter_digest = :letter AND :letter <> ''))
ON CONFLICT (number) DO NOTHING

-- name: note_readdressed
-- How many rows have a To that gets no letter, because that of the row has left to somebody else; and the first.
SELECT count(*), coalesce(min(own.row), 0), coalesce(min(own.address), '') FROM (
  SELECT roster.row, roster_recipient.address
  FROM campaign
  CROSS JOIN temp.roster
  CROSS JOIN contact ON contact.campaign = campaign.number AND contact.key = roster.key
  CROSS JOIN standing ON standing.delivery = contact.delivery AND standing.has_left
  CROSS JOIN temp.roster_recipient ON roster_recipient.number = roster.number AND role = 'to'
  WHERE campaign.name = :name AND contact.digest <> roster.digest
    AND NOT EXISTS (
      SELECT 1 FROM to_address
      WHERE to_address.delivery = contact.delivery AND to_address.address_key = roster_recipient.address_key)
    AND NOT EXISTS (
      SELECT 1 FROM sent_letter
      -- The contact's campaign, not campaign.number: so that it is asked only for contacts that have changed.
      WHERE sent_letter.address_key = roster_recipient.address_key AND sent_letter.campaign = contact.campaign)
  GROUP BY roster.number) AS own

-- name: addresses_of_row
-- The To of a row.
SELECT roster.row, roster_recipient.address_key, roster_recipient.address
FROM temp.roster CROSS JOIN temp.roster_recipient ON roster_recipient.number = roster.number AND role = 'to'
WHERE roster.number = ? ORDER BY position

-- name: stands_in_roster
-- Whether an address is a To of any row.
SELECT EXISTS (SELECT 1 FROM temp.roster_recipient WHERE address_key = ? AND role = 'to')

-- name: count_sent_elsewhere
-- How many they are.
SELECT count(*) FROM temp.roster_elsewhere

-- name: find_sent_elsewhere
-- The first of them.
SELECT roster.row, roster_elsewhere.address, roster_elsewhere.campaign
FROM temp.roster_elsewhere JOIN temp.roster ON roster.number = roster_elsewhere.number
ORDER BY roster.row, roster.number LIMIT :limit

-- name: digests_sent_elsewhere
-- Their digests, before they are dropped.
SELECT digest FROM temp.roster WHERE number IN (SELECT number FROM temp.roster_elsewhere)

-- name: drop_sent_elsewhere
-- Drops them.
DELETE FROM temp.roster_recipient WHERE number IN (SELECT number FROM temp.roster_elsewhere);
DELETE FROM temp.roster WHERE number IN (SELECT number FROM temp.roster_elsewhere)
