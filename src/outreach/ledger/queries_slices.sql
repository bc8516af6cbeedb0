-- name: take_slice
-- Takes the next free slice that is due, raising its epoch: first those whose deferred letters are due, by time, as
-- their relays expect them back; then those that have not been touched, in row order.
UPDATE slice SET epoch = epoch + 1, owner = :owner
WHERE campaign = :campaign AND number = coalesce(
  (SELECT number FROM slice WHERE campaign = :campaign AND owner IS NULL AND due_at > 0 AND due_at <= :now
   ORDER BY due_at, number LIMIT 1),
  (SELECT number FROM slice WHERE campaign = :campaign AND owner IS NULL AND due_at <= 0
   ORDER BY due_at, number LIMIT 1))
RETURNING number, epoch

-- name: take_slice_of
-- The same, of the slices that hold a due delivery to one of these addresses.
UPDATE slice SET epoch = epoch + 1, owner = :owner
WHERE campaign = :campaign AND number = (
  SELECT delivery.slice
  FROM delivery JOIN slice AS free ON free.campaign = delivery.campaign AND free.number = delivery.slice
  -- The signs + keep the planner from walking all that is open.
  WHERE +delivery.campaign = :campaign AND free.owner IS NULL
    AND +delivery.state IN ('planned', 'deferred') AND delivery.due_at <= :now
    AND delivery.id IN (SELECT delivery FROM to_address WHERE campaign = :campaign
                        AND address_key IN (SELECT value FROM json_each(:only)))
  ORDER BY delivery.due_at, delivery.slice LIMIT 1)
RETURNING number, epoch

-- name: due_deliveries
-- The due deliveries of a slice in row order; where `only` is not NULL, just those to its addresses.
SELECT delivery.id, recipients, state, attempts, attempt, first_attempt_at, date, due_at, earlier_text,
       stage, code, enhanced, reply, contact.row, contact.json
FROM delivery INDEXED BY delivery_slice JOIN contact ON contact.delivery = delivery.id
WHERE delivery.campaign = :campaign AND slice = :slice AND state IN ('planned', 'deferred') AND due_at <= :now
  AND (:only IS NULL OR delivery.id IN (SELECT delivery FROM to_address WHERE campaign = :campaign
                                        AND address_key IN (SELECT value FROM json_each(:only))))
ORDER BY contact.row, delivery.id

-- name: recipients_of
-- The recipients of those deliveries that have several, in order.
SELECT delivery, state, stage, code, enhanced, reply FROM recipient
WHERE delivery IN (SELECT value FROM json_each(:deliveries)) ORDER BY delivery, position

-- name: release_slice
-- Lets go of a slice, if it is still ours.
UPDATE slice SET owner = NULL, lease_until = NULL WHERE campaign = ?1 AND number = ?2 AND epoch = ?3 AND owner = ?4

-- name: refresh_slice
-- A slice is due when the first of its open deliveries is, and done when it has none.
UPDATE slice SET due_at = (
  SELECT min(due_at) FROM delivery INDEXED BY delivery_slice
  WHERE delivery.campaign = ?1 AND delivery.slice = ?2 AND state IN ('planned', 'deferred'))
WHERE campaign = ?1 AND number = ?2

-- name: next_due
-- When the first free slice is due.
SELECT due_at FROM slice WHERE campaign = :campaign AND owner IS NULL AND due_at IS NOT NULL
ORDER BY due_at LIMIT 1

-- name: next_due_of
-- When the first open delivery to one of these addresses is due, in a free slice.
SELECT min(delivery.due_at)
FROM delivery JOIN slice ON slice.campaign = delivery.campaign AND slice.number = delivery.slice
WHERE +delivery.campaign = :campaign AND slice.owner IS NULL AND +delivery.state IN ('planned', 'deferred')
  AND delivery.id IN (SELECT delivery FROM to_address WHERE campaign = :campaign
                      AND address_key IN (SELECT value FROM json_each(:only)))
