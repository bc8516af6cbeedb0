-- name: record_result
-- What became of an attempt, if that is the last (?5 is the number the ledger must hold) and the move is legal; once
-- a person has decided, it is not. The first attempt that was charged begins the time after which we give up.
UPDATE delivery SET
  state = ?8, attempts = attempts + ?9, attempt = ?4,
  first_attempt_at = CASE WHEN ?9 THEN coalesce(first_attempt_at, ?10) WHEN attempts > 0 THEN first_attempt_at END,
  due_at = ?11, chain = ?2, stage = ?12, code = ?13, enhanced = ?14, reply = ?15, reason = ?16, updated_at = ?10
WHERE id = ?3 AND campaign = ?1 AND attempt = ?5 AND state IN (?6, ?7)
RETURNING recipients

-- name: record_results
-- The same for several deliveries of one recipient each: all of them (?3 says how many), or none.
WITH given (id, attempt, before, state_a, state_b, state, charged, at, due_at, stage, code, enhanced, reply, reason)
  AS (VALUES (?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17))
UPDATE delivery SET
  state = given.state, attempts = attempts + given.charged, attempt = given.attempt,
  first_attempt_at = CASE WHEN given.charged THEN coalesce(first_attempt_at, given.at)
                          WHEN attempts > 0 THEN first_attempt_at END,
  due_at = given.due_at, chain = ?2, stage = given.stage, code = given.code, enhanced = given.enhanced,
  reply = given.reply, reason = given.reason, updated_at = given.at
FROM given
WHERE delivery.id = given.id AND ?3 = (
  SELECT count(*) FROM given CROSS JOIN delivery AS fit ON fit.id = given.id
  WHERE fit.campaign = ?1 AND fit.recipients = 1 AND fit.attempt = given.before
    AND fit.state IN (given.state_a, given.state_b))

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
  -- Nor to a copy that was suppressed after this delivery was handed out: ?11 are the places of those it names.
  AND NOT (recipients > 1 AND EXISTS (
    SELECT 1 FROM recipient
    WHERE recipient.delivery = ?1 AND recipient.state NOT IN ('planned', 'deferred')
      AND position IN (SELECT value FROM json_each(?11))))
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

-- name: find_sendable
-- Those of several intents that record_intent would let pass, of deliveries of one recipient each, with their addresses:
-- an object by id. It sees none of the others' intents, so these must be to different addresses.
WITH given (id, slice, epoch, attempt, at) AS (VALUES (?3, ?4, ?5, ?6, ?7))
SELECT json_group_object(given.id, contact.address_key)
FROM given
CROSS JOIN delivery ON delivery.id = given.id
CROSS JOIN contact ON contact.delivery = given.id
CROSS JOIN campaign AS here ON here.number = ?1
WHERE delivery.campaign = ?1 AND delivery.slice = given.slice AND delivery.recipients = 1
  AND delivery.state IN ('planned', 'deferred') AND delivery.attempt = given.attempt - 1
  AND EXISTS (SELECT 1 FROM slice
              WHERE campaign = ?1 AND number = given.slice AND slice.epoch = given.epoch AND owner = ?2)
  AND NOT (here.paused OR coalesce(here.not_before > given.at, 0))
  AND NOT EXISTS (SELECT 1 FROM suppression WHERE key = contact.address_key)
  AND (here.rehearsal OR NOT EXISTS (
    SELECT 1 FROM sent_letter AS sent
    WHERE sent.address_key = contact.address_key AND sent.delivery <> given.id
      AND (sent.campaign = ?1 OR (sent.letter_digest = here.letter_digest AND here.letter_digest <> ''))))

-- name: record_intents
-- Several intents, of deliveries that find_sendable has found in the same transaction.
WITH given (id, attempt, at, date, message_id) AS (VALUES (?2, ?3, ?4, ?5, ?6))
UPDATE delivery SET
  state = 'sending', attempt = given.attempt, first_attempt_at = coalesce(first_attempt_at, given.at),
  date = given.date, intent_at = given.at, message_id = given.message_id, chain = ?1, updated_at = given.at
FROM given WHERE delivery.id = given.id

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
         WHERE recipient.delivery = ?1 AND recipient.state IN ('planned', 'deferred')),
       EXISTS (
         SELECT 1 FROM recipient
         WHERE recipient.delivery = ?1 AND recipient.state NOT IN ('planned', 'deferred')
           AND position IN (SELECT value FROM json_each(?6))),
       (SELECT not_before FROM campaign WHERE number = ?2)
FROM delivery WHERE id = ?1 AND campaign = ?2 AND slice = ?3

-- name: cancel_sent_elsewhere
-- The To has this letter from another row or another campaign: nobody gets it from here.
UPDATE delivery SET state = 'cancelled', reason = 'has this letter already', updated_at = ?2 WHERE id = ?1
