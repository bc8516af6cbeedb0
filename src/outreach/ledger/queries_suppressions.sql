-- name: add_suppression
-- Adds an address, unless it is on the list already.
INSERT INTO suppression (key, address, reason, source, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING

-- name: remove_suppression
-- Takes an address off the list.
DELETE FROM suppression WHERE key = ?

-- name: find_suppressions
-- Those of some addresses that are on the list.
SELECT key, address, reason, source, at FROM suppression WHERE key IN (SELECT value FROM json_each(:keys))

-- name: page_suppressions
-- The list by address, some at a time.
SELECT key, address, reason, source, at FROM suppression WHERE key > :after ORDER BY key LIMIT :limit

-- name: listed_of_delivery
-- Listed recipients that one delivery would still name.
SELECT delivery, position, role FROM listed_recipient WHERE delivery = :delivery

-- name: listed_of_slice
-- Listed recipients that the open deliveries of a slice would still name.
SELECT delivery, position, role FROM listed_recipient WHERE campaign = :campaign AND slice = :slice

-- name: listed_of_campaign
-- Listed recipients that the open deliveries of a campaign would still name.
SELECT delivery, position, role FROM listed_recipient WHERE campaign = :campaign

-- name: listed_of_keys
-- Open deliveries, of whichever campaign, that would still name one of these addresses.
SELECT delivery, position, role FROM listed_recipient WHERE address_key IN (SELECT value FROM json_each(:keys))

-- name: suppress_recipient
-- Leaves out one of several recipients.
UPDATE recipient SET state = 'suppressed' WHERE delivery = ? AND position = ?

-- name: suppress_to
-- A To is on the list: nobody gets this letter.
UPDATE delivery SET state = 'suppressed', reason = 'on the suppression list', updated_at = ?2
WHERE id = ?1 RETURNING state

-- name: accept_without_copies
-- The To has its letter, and no copy is left to send.
UPDATE delivery SET state = 'accepted', reason = 'the copies left are on the suppression list', updated_at = ?2
WHERE id = ?1 AND state = 'deferred'
  AND NOT EXISTS (SELECT 1 FROM recipient WHERE delivery = ?1 AND state IN ('planned', 'deferred'))
RETURNING state

-- name: place_of
-- The campaign, the slice and the last attempt of a delivery.
SELECT campaign, slice, attempt FROM delivery WHERE id = ?
