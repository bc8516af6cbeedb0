-- name: campaign_number
-- The number of a campaign.
SELECT number FROM campaign WHERE id = :id

-- name: left_sending
-- Deliveries whose reply was never recorded.
SELECT id, attempt FROM delivery WHERE campaign = :campaign AND state = 'sending' ORDER BY id

-- name: recover_delivery
-- The body may have reached the relay: only a person can decide.
UPDATE delivery SET state = 'unsure', attempts = attempts + 1, stage = '', code = NULL, enhanced = '', reply = '',
  reason = ?3, updated_at = ?2
WHERE id = ?1

-- name: recover_recipients
-- The same for several recipients: those that the body was going to.
UPDATE recipient SET state = 'unsure' WHERE delivery = ?1 AND state = 'sending'

-- name: free_slices
-- Frees every slice of a campaign; gives those that were held.
UPDATE slice SET owner = NULL, lease_until = NULL WHERE campaign = :campaign AND owner IS NOT NULL RETURNING number

-- name: note_signing_key
-- A key that letters are signed with; the first one under a name stays.
INSERT INTO signing_key (name, fingerprint, first_used_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING

-- name: find_signing_key
-- The fingerprint of the key that letters were first signed with under a name, and when.
SELECT fingerprint, first_used_at FROM signing_key WHERE name = :name
