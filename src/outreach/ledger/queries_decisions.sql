-- name: choose_none
-- Empties the table of chosen deliveries.
DELETE FROM temp.chosen

-- name: choose_decided
-- Chooses deliveries by state; where `keys` is not NULL, just those to its addresses.
INSERT INTO temp.chosen (delivery)
SELECT id FROM delivery
WHERE campaign = :campaign AND state IN (SELECT value FROM json_each(:states))
  AND (:keys IS NULL OR id IN (SELECT delivery FROM to_address WHERE campaign = :campaign
                               AND address_key IN (SELECT value FROM json_each(:keys))))

-- name: chosen_addresses
-- The first of the addresses chosen.
SELECT address FROM temp.chosen JOIN contact USING (delivery) ORDER BY delivery LIMIT :limit

-- name: unmatched_keys
-- The address keys asked for that none of the deliveries chosen has.
SELECT value FROM json_each(:keys)
WHERE value NOT IN (SELECT address_key FROM to_address
                    WHERE campaign = :campaign AND delivery IN (SELECT delivery FROM temp.chosen))

-- name: move_chosen_recipients
-- Of several recipients, those that stood as the delivery did go along; a bounce is about the To alone, and a copy
-- that must not be written to is not planned again. What is cancelled or suppressed keeps its recipients as they were.
UPDATE recipient SET state = :state
WHERE delivery IN (SELECT delivery FROM temp.chosen)
  AND :state IN ('planned', 'accepted', 'failed', 'bounced', 'complained')
  AND state = (SELECT delivery.state FROM delivery WHERE delivery.id = recipient.delivery)
  AND (role = 'to' OR (:state NOT IN ('bounced', 'complained')
                       AND NOT (:state = 'planned' AND address_key IN (SELECT key FROM suppression))))

-- name: aim_chosen
-- The state that each takes. Where a To has its letter, only copies are left to decide about: while one is to be
-- sent, the delivery is deferred, and cancelling them leaves it accepted.
UPDATE temp.chosen SET state = CASE
  WHEN NOT EXISTS (SELECT 1 FROM recipient
                   WHERE recipient.delivery = chosen.delivery AND role = 'to' AND recipient.state = 'accepted')
    THEN :state
  WHEN :state = 'cancelled' THEN 'accepted'
  WHEN :state IN ('planned', 'accepted') AND EXISTS (
         SELECT 1 FROM recipient
         WHERE recipient.delivery = chosen.delivery AND recipient.state IN ('planned', 'deferred'))
    THEN 'deferred'
  ELSE :state END

-- name: cancel_copies
-- Copies that a person cancelled when the To had its letter already.
UPDATE recipient SET state = 'cancelled'
WHERE delivery IN (SELECT delivery FROM temp.chosen WHERE chosen.state = 'accepted')
  AND state IN ('planned', 'deferred')

-- name: chosen_standings
-- Where the chosen deliveries stand and where they go.
SELECT delivery.campaign, delivery.id, delivery.attempt, delivery.state, chosen.state
FROM temp.chosen JOIN delivery ON delivery.id = chosen.delivery
ORDER BY delivery.id

-- name: move_chosen
-- Moves the chosen deliveries. What is planned anew is due at once; its tries, and the time after which we give up,
-- begin again.
UPDATE delivery SET
  state = chosen.state, reason = :reason, updated_at = :at,
  attempts = iif(:state = 'planned', 0, attempts),
  first_attempt_at = iif(:state = 'planned', NULL, first_attempt_at),
  due_at = iif(:state = 'planned', 0, due_at)
FROM temp.chosen WHERE delivery.id = chosen.delivery

-- name: chosen_slices
-- The slices of the chosen deliveries.
SELECT DISTINCT campaign, slice FROM temp.chosen JOIN delivery ON delivery.id = chosen.delivery

-- name: undecided
-- The deliveries that are unsure, by row.
SELECT delivery.id, contact.address, contact.json, contact.row, delivery.attempts, delivery.intent_at,
       coalesce(chain.account, ''), delivery.message_id, delivery.reason, delivery.attempt,
       delivery.stage, delivery.code, delivery.enhanced, delivery.reply
FROM campaign
JOIN delivery ON delivery.campaign = campaign.number AND delivery.state = 'unsure'
JOIN contact ON contact.delivery = delivery.id
LEFT JOIN chain ON chain.number = delivery.chain
WHERE campaign.id = :id
ORDER BY contact.row, delivery.id

-- name: forget_earlier_text
-- A letter that nobody has, as a person says, leaves with the present text.
UPDATE delivery SET earlier_text = NULL
WHERE id IN (SELECT delivery FROM temp.chosen)
  AND NOT EXISTS (SELECT 1 FROM recipient WHERE recipient.delivery = delivery.id AND recipient.state = 'accepted')
