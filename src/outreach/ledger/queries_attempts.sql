-- name: record_result
-- What became of an attempt, if that is the last (?4 is the number the ledger must hold) and the move is legal; once
-- a person has decided, it is not. The first attempt that was charged begins the time after which we give up.
UPDATE delivery SET
  state = ?7, attempts = attempts + ?8, attempt = ?3,
  first_attempt_at = CASE WHEN ?8 THEN coalesce(first_attempt_at, ?9) WHEN attempts > 0 THEN first_attempt_at END,
  due_at = ?10, chain = ?11, stage = ?12, code = ?13, enhanced = ?14, reply = ?15, reason = ?16, updated_at = ?9
WHERE id = ?1 AND campaign = ?2 AND attempt = ?4 AND state IN (?5, ?6)
RETURNING recipients

-- name: record_recipient
-- What became of one of several envelope recipients.
UPDATE recipient SET state = ?3, stage = ?4, code = ?5, enhanced = ?6, reply = ?7 WHERE delivery = ?1 AND position = ?2

-- name: wake_slice
-- A slice falls due when a delivery of it does; one that is held is looked at when it is released.
UPDATE slice SET due_at = min(coalesce(due_at, ?3), ?3) WHERE campaign = ?1 AND number = ?2

-- name: record_intent
-- The last check before a body leaves.
UPDATE delivery SET
  state = 'sending', attempt = ?6, first_attempt_at = coalesce(first_attempt_at, ?7), date = ?8, intent_at = ?7,
  message_id = ?9, chain = ?10, updated_at = ?7
WHERE id = ?1 AND campaign = ?2 AND slice = ?3 AND state IN ('planned', 'deferred') AND attempt = ?6 - 1
  AND EXISTS (SELECT 1 FROM slice WHERE campaign = ?2 AND number = ?3 AND epoch = ?4 AND owner = ?5)
  AND NOT EXISTS (SELECT 1 FROM campaign WHERE number = ?2 AND (paused OR not_before > ?7))
  -- What the view listed_recipient asks, written out for one delivery: half the time.
  AND NOT (recipients = 1 AND EXISTS (
    SELECT 1 FROM contact JOIN suppression ON suppression.key = contact.address_key WHERE contact.delivery = ?1))
  AND NOT (recipients > 1 AND EXISTS (
    SELECT 1 FROM recipient JOIN suppression ON suppression.key = recipient.address_key
    WHERE recipient.delivery = ?1 AND recipient.state IN ('planned', 'deferred')))
  -- Nor to anybody who has it: from another row, or from a campaign of another name. Where only a copy of a letter that
  -- left is still due, its To has it from here.
  AND NOT ((recipients = 1 OR state = 'planned') AND EXISTS (
    SELECT 1
    FROM (SELECT address_key FROM contact WHERE delivery = ?1
          UNION ALL
          SELECT address_key FROM recipient WHERE recipient.delivery = ?1 AND role = 'to' AND position > 0) AS own
    CROSS JOIN campaign AS here ON here.number = ?2 AND NOT here.rehearsal
    CROSS JOIN sent_letter AS sent ON sent.address_key = own.address_key
    WHERE sent.delivery <> ?1
      AND (sent.campaign = ?2 OR (sent.letter_digest = here.letter_digest AND here.letter_digest <> ''))))
RETURNING recipients, (SELECT address_key FROM contact WHERE contact.delivery = ?1)

-- name: name_recipients
-- Of several recipients, those that the body goes to.
UPDATE recipient SET state = 'sending'
WHERE delivery = :delivery AND position IN (SELECT value FROM json_each(:named))
RETURNING address_key

-- name: why_refused
-- What stood against an intent.
SELECT delivery.state, delivery.attempt,
       EXISTS (SELECT 1 FROM slice WHERE campaign = ?2 AND number = ?3 AND epoch = ?4 AND owner = ?5),
       (SELECT paused FROM campaign WHERE number = ?2),
       EXISTS (
         SELECT 1 FROM contact JOIN suppression ON suppression.key = contact.address_key WHERE contact.delivery = ?1
         UNION ALL
         SELECT 1 FROM recipient JOIN suppression ON suppression.key = recipient.address_key
         WHERE recipient.delivery = ?1),
       (SELECT not_before FROM campaign WHERE number = ?2)
FROM delivery WHERE id = ?1 AND campaign = ?2 AND slice = ?3

-- name: cancel_sent_elsewhere
-- The To has this letter from another row or another campaign: nobody gets it from here.
UPDATE delivery SET state = 'cancelled', reason = 'has this letter already', updated_at = ?2 WHERE id = ?1
