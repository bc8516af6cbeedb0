-- name: hashed_lists
-- The salts of the lists that came as digests and changed after a revision, and how far the revisions have come.
SELECT salt, (SELECT max(revision) FROM hashed_list) FROM hashed_list WHERE revision > :after ORDER BY revision

-- name: note_hashed_list
-- A list that is new, or that more was added to.
INSERT INTO hashed_list (salt, revision) VALUES (?1, coalesce((SELECT max(revision) FROM hashed_list), 0) + 1)
ON CONFLICT (salt) DO UPDATE SET revision = excluded.revision

-- name: add_hashed
-- Adds a digest, unless it is there already.
INSERT INTO hashed_suppression (salt, digest, reason, source, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING

-- name: find_hashed
-- Those of some digests that are in a list.
SELECT digest, reason, source, at FROM hashed_suppression
WHERE salt = :salt AND digest IN (SELECT value FROM json_each(:digests))

-- name: remove_hashed
-- Takes a digest off a list.
DELETE FROM hashed_suppression WHERE salt = ? AND digest = ?

-- name: count_hashed
-- How many digests came from whom, and when the first.
SELECT source, count(*), min(at) FROM hashed_suppression GROUP BY source ORDER BY source

-- name: page_open_addresses
-- Deliveries whose letter has not been accepted, with the addresses they would go to, some at a time.
SELECT delivery.id, contact.address_key, contact.address
FROM delivery JOIN contact ON contact.delivery = delivery.id
WHERE delivery.id > :after AND state NOT IN ('accepted', 'bounced', 'complained') ORDER BY delivery.id LIMIT :limit

-- name: open_copies_of
-- The other addresses of those that have several.
SELECT address_key, address_key FROM recipient
WHERE delivery IN (SELECT value FROM json_each(:deliveries)) AND position > 0

-- name: note_listed
-- An address of the roster that is on a list by its digest.
INSERT INTO temp.roster_listed (key, address, reason, source, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING

-- name: find_listed
-- The addresses of the roster that are on a list by their digests.
SELECT key, address, reason, source, at FROM temp.roster_listed

-- name: page_roster_addresses
-- The addresses of the roster, some at a time.
SELECT number, position, address_key FROM temp.roster_recipient
WHERE (number, position) > (:number, :position) ORDER BY number, position LIMIT :limit

-- name: page_hashed
-- All digests, some at a time.
SELECT salt, digest, reason, source, at FROM hashed_suppression
WHERE (salt, digest) > (:salt, :digest) ORDER BY salt, digest LIMIT :limit
