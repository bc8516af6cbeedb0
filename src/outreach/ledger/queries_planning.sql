-- name: campaign_number_by_name
-- The number of a campaign, and the text it is bound to.
SELECT number, text_digest FROM campaign WHERE name = :name

-- name: group_rows
-- The roster's rows in groups that planning treats alike: where the delivery stands, whether its letter has left,
-- whether the row differs from the plan, whether a To is suppressed; how many, how many of these `only` names and are
-- due by then, and how many Cc and how many Bcc the latter would send.
SELECT standing.state, coalesce(standing.has_left, 0), contact.digest IS NOT roster.digest AS differs,
  roster.number IN (
    SELECT number FROM temp.roster_recipient WHERE role = 'to' AND (address_key IN (SELECT key FROM suppression)
      OR address_key IN (SELECT key FROM temp.roster_listed))),
  count(*),
  sum((:only IS NULL OR roster.number IN (
    SELECT number FROM temp.roster_recipient
    WHERE role = 'to' AND address_key IN (SELECT value FROM json_each(:only))))
    AND (standing.state IS NOT 'deferred' OR standing.due_at <= :due_by)),
  sum(CASE
    WHEN roster.copies = 0 OR (standing.state = 'deferred' AND standing.due_at > :due_by)
      OR (:only IS NOT NULL AND roster.number NOT IN (
        SELECT number FROM temp.roster_recipient
        WHERE role = 'to' AND address_key IN (SELECT value FROM json_each(:only)))) THEN 0
    WHEN standing.state = 'deferred' AND (standing.has_left OR contact.digest = roster.digest) THEN (
      SELECT count(*) FROM recipient
      WHERE recipient.delivery = contact.delivery AND role = 'cc' AND recipient.state IN ('planned', 'deferred')
        AND address_key NOT IN (SELECT key FROM suppression)
          AND address_key NOT IN (SELECT key FROM temp.roster_listed))
    ELSE (
      SELECT count(*) FROM temp.roster_recipient AS copy
      WHERE copy.number = roster.number AND role = 'cc' AND address_key NOT IN (SELECT key FROM suppression)
        AND address_key NOT IN (SELECT key FROM temp.roster_listed))
    END),
  sum(CASE
    WHEN roster.copies = 0 OR (standing.state = 'deferred' AND standing.due_at > :due_by)
      OR (:only IS NOT NULL AND roster.number NOT IN (
        SELECT number FROM temp.roster_recipient
        WHERE role = 'to' AND address_key IN (SELECT value FROM json_each(:only)))) THEN 0
    WHEN standing.state = 'deferred' AND (standing.has_left OR contact.digest = roster.digest) THEN (
      SELECT count(*) FROM recipient
      WHERE recipient.delivery = contact.delivery AND role = 'bcc' AND recipient.state IN ('planned', 'deferred')
        AND address_key NOT IN (SELECT key FROM suppression)
          AND address_key NOT IN (SELECT key FROM temp.roster_listed))
    ELSE (
      SELECT count(*) FROM temp.roster_recipient AS copy
      WHERE copy.number = roster.number AND role = 'bcc' AND address_key NOT IN (SELECT key FROM suppression)
        AND address_key NOT IN (SELECT key FROM temp.roster_listed))
    END)
FROM temp.roster
LEFT JOIN contact ON contact.campaign = :campaign AND contact.key = roster.key
LEFT JOIN standing ON standing.delivery = contact.delivery
GROUP BY 1, 2, 3, 4

-- name: group_vanished
-- The deliveries whose rows are not in the roster, in the same groups.
SELECT standing.state, standing.has_left, 0, 0, count(*),
  sum((:only IS NULL OR contact.delivery IN (
    SELECT delivery FROM to_address
    WHERE campaign = :campaign AND address_key IN (SELECT value FROM json_each(:only))))
    AND (standing.state <> 'deferred' OR standing.due_at <= :due_by)),
  sum((SELECT count(*) FROM recipient
       WHERE standing.state = 'deferred' AND standing.due_at <= :due_by AND recipient.delivery = contact.delivery
         AND role = 'cc' AND recipient.state IN ('planned', 'deferred'))),
  sum((SELECT count(*) FROM recipient
       WHERE standing.state = 'deferred' AND standing.due_at <= :due_by AND recipient.delivery = contact.delivery
         AND role = 'bcc' AND recipient.state IN ('planned', 'deferred')))
FROM contact JOIN standing ON standing.delivery = contact.delivery
WHERE contact.campaign = :campaign AND NOT EXISTS (SELECT 1 FROM temp.roster WHERE roster.key = contact.key)
GROUP BY 1, 2

-- name: copies_of_first
-- How many Cc and Bcc the first so many letters have that would go now, in row order.
WITH going (number, delivery) AS (
  SELECT roster.number, CASE WHEN standing.state = 'deferred' THEN standing.delivery END
  FROM temp.roster
  LEFT JOIN campaign ON campaign.name = :name
  LEFT JOIN contact ON contact.campaign = campaign.number AND contact.key = roster.key
  LEFT JOIN standing ON standing.delivery = contact.delivery
  WHERE (standing.state IS NULL OR standing.state IN ('planned', 'cancelled', 'suppressed')
         OR (standing.state = 'deferred' AND standing.due_at <= :due_by))
    AND roster.number NOT IN (
      SELECT number FROM temp.roster_recipient WHERE role = 'to' AND (address_key IN (SELECT key FROM suppression)
        OR address_key IN (SELECT key FROM temp.roster_listed)))
    AND (:only IS NULL OR roster.number IN (
      SELECT number FROM temp.roster_recipient
      WHERE role = 'to' AND address_key IN (SELECT value FROM json_each(:only))))
  ORDER BY roster.row, roster.number LIMIT :letters),
copy (role, address_key) AS (
  SELECT role, address_key FROM going JOIN temp.roster_recipient ON roster_recipient.number = going.number
  WHERE delivery IS NULL
  UNION ALL
  SELECT role, address_key FROM going JOIN recipient ON recipient.delivery = going.delivery
  WHERE recipient.state IN ('planned', 'deferred'))
SELECT coalesce(sum(role = 'cc'), 0), coalesce(sum(role = 'bcc'), 0)
FROM copy WHERE address_key NOT IN (SELECT key FROM suppression)
  AND address_key NOT IN (SELECT key FROM temp.roster_listed)

-- name: changed_examples
-- The first rows that differ from the plan and whose letters have not left.
SELECT roster.row, roster.address, contact.json, roster.json
FROM temp.roster
JOIN contact ON contact.campaign = :campaign AND contact.key = roster.key
JOIN standing ON standing.delivery = contact.delivery
WHERE contact.digest <> roster.digest AND NOT standing.has_left
ORDER BY roster.row LIMIT :limit

-- name: count_repeated_ids
-- How many rows have the id of an earlier one.
SELECT count(*) - count(DISTINCT key) FROM temp.roster

-- name: add_campaign
-- A campaign that was not known.
INSERT INTO campaign (id, name, created_at, settings, text_digest, rows_digest, date, folder, letter_digest, rehearsal)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: note_plan
-- The rows that a campaign was last planned with, and from where.
UPDATE campaign SET rows_digest = ?2, folder = ?3, letter_digest = ?4 WHERE number = ?1

-- name: note_not_before
-- The time before which nothing of a campaign leaves, as it was last planned.
UPDATE campaign SET not_before = ?2 WHERE number = ?1

-- name: amend_campaign
-- Binds a campaign to another text.
UPDATE campaign SET
  settings = ?2, text_digest = ?3, rows_digest = ?4, date = ?5, folder = ?6, letter_digest = ?7
WHERE number = ?1

-- name: choose_vanished
-- Open deliveries whose row is gone.
INSERT INTO temp.chosen (delivery)
SELECT contact.delivery FROM contact JOIN standing ON standing.delivery = contact.delivery
WHERE contact.campaign = :campaign AND standing.state IN ('planned', 'deferred') AND NOT standing.has_left
  AND NOT EXISTS (SELECT 1 FROM temp.roster WHERE roster.key = contact.key)

-- name: choose_changed
-- Deliveries that have not left and whose row differs from the plan.
INSERT INTO temp.chosen (delivery, number)
SELECT contact.delivery, roster.number
FROM temp.roster
JOIN contact ON contact.campaign = :campaign AND contact.key = roster.key
JOIN standing ON standing.delivery = contact.delivery
WHERE contact.digest <> roster.digest AND NOT standing.has_left

-- name: choose_returning
-- Cancelled deliveries whose row is back, and suppressed ones whose addresses are off the list.
INSERT INTO temp.chosen (delivery)
SELECT contact.delivery
FROM temp.roster
JOIN contact ON contact.campaign = :campaign AND contact.key = roster.key
JOIN delivery ON delivery.id = contact.delivery
WHERE delivery.state = 'cancelled' OR (delivery.state = 'suppressed' AND NOT EXISTS (
  SELECT 1 FROM temp.roster_recipient
  WHERE roster_recipient.number = roster.number AND role = 'to' AND address_key IN (SELECT key FROM suppression)))

-- name: renumber_rows
-- Rows move when others come and go; that is no change to the contact.
UPDATE contact SET row = roster.row FROM temp.roster
WHERE contact.campaign = :campaign AND contact.key = roster.key AND contact.row <> roster.row

-- name: chosen_digests
-- The new digests of the chosen deliveries' contacts.
SELECT delivery.campaign, delivery.id, delivery.attempt, roster.digest
FROM temp.chosen
JOIN delivery ON delivery.id = chosen.delivery
JOIN temp.roster ON roster.number = chosen.number
ORDER BY delivery.id

-- name: amend_contacts
-- The chosen deliveries' contacts take the values of their rows.
UPDATE contact SET
  address_key = roster.address_key, address = roster.address, json = roster.json, digest = roster.digest
FROM temp.chosen JOIN temp.roster ON roster.number = chosen.number
WHERE contact.delivery = chosen.delivery

-- name: drop_amended_recipients
-- Their recipients are listed anew.
DELETE FROM recipient WHERE delivery IN (SELECT delivery FROM temp.chosen)

-- name: amend_deliveries
-- How many they are may have changed.
UPDATE delivery SET recipients = roster.recipients
FROM temp.chosen JOIN temp.roster ON roster.number = chosen.number
WHERE delivery.id = chosen.delivery

-- name: add_amended_recipients
-- The To stand where the delivery does, the copies have not been tried.
INSERT INTO recipient (delivery, position, role, address_key, state)
SELECT delivery.id, position, role, roster_recipient.address_key,
       CASE WHEN role = 'to' AND delivery.state <> 'cancelled' THEN delivery.state ELSE 'planned' END
FROM temp.chosen
JOIN delivery ON delivery.id = chosen.delivery
JOIN temp.roster_recipient ON roster_recipient.number = chosen.number
WHERE delivery.recipients > 1

-- name: forget_new
-- Empties the table of new rows.
DELETE FROM temp.roster_new

-- name: choose_new
-- Numbers the rows that the campaign does not know, in row order, from 1. Read as they lie: in the order of their keys,
-- each would be looked up somewhere else in the file.
INSERT INTO temp.roster_new (number)
SELECT roster.number
FROM temp.roster NOT INDEXED LEFT JOIN contact ON contact.campaign = :campaign AND contact.key = roster.key
WHERE contact.delivery IS NULL
ORDER BY roster.row, roster.number

-- name: last_numbers
-- The numbers after which new deliveries and slices are counted.
SELECT coalesce((SELECT max(id) FROM delivery), 0),
       coalesce((SELECT max(number) FROM slice WHERE campaign = :campaign), 0)

-- name: add_deliveries
-- Plans the new rows.
INSERT INTO delivery (id, campaign, slice, recipients, state)
SELECT :last_delivery + position, :campaign, :last_slice + 1 + (position - 1) / :size, roster.recipients, 'planned'
FROM temp.roster_new JOIN temp.roster ON roster.number = roster_new.number
ORDER BY position

-- name: add_contacts
-- Whom they are for.
INSERT INTO contact (delivery, campaign, key, row, address_key, address, json, digest)
SELECT :last_delivery + position, :campaign, key, row, address_key, address, json, digest
FROM temp.roster_new JOIN temp.roster ON roster.number = roster_new.number
ORDER BY position

-- name: indexes_of_contacts
-- The indexes of the contacts that are not in the order in which they are added, and how each is made.
SELECT name, sql FROM sqlite_schema
WHERE type = 'index' AND tbl_name = 'contact' AND name IN ('contact_key', 'contact_address') ORDER BY name

-- name: add_recipients
-- The recipients of those that have several.
INSERT INTO recipient (delivery, position, role, address_key, state)
SELECT :last_delivery + roster_new.position, roster_recipient.position, role, roster_recipient.address_key, 'planned'
FROM temp.roster_new
JOIN temp.roster ON roster.number = roster_new.number
JOIN temp.roster_recipient ON roster_recipient.number = roster_new.number
WHERE roster.recipients > 1
ORDER BY roster_new.position, roster_recipient.position

-- name: add_slices
-- The slices of the new deliveries, due at once.
INSERT INTO slice (campaign, number, due_at)
SELECT :campaign, :last_slice + 1 + (position - 1) / :size, 0
FROM temp.roster_new GROUP BY (position - 1) / :size

-- name: restore_copies
-- Copies that were left out and are off the suppression list; the delivery is still open.
UPDATE recipient SET state = 'planned'
WHERE role <> 'to' AND state = 'suppressed'
  AND address_key NOT IN (SELECT key FROM suppression)
  AND delivery IN (SELECT id FROM delivery WHERE campaign = :campaign AND delivery.state IN ('planned', 'deferred'))
