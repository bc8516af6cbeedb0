-- name: open_chain
-- Begins a chain; gives its number.
INSERT INTO chain (campaign, who, account, opened_at) VALUES (?, ?, ?, ?) RETURNING number

-- name: append_records
-- Appends to the journal; the caller has computed the digests.
INSERT INTO journal (chain, seq, kind, at, campaign, delivery, attempt, body, personal, salt, personal_digest, digest)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: all_chains
-- Every chain, for verifying.
SELECT number, campaign, who, account, opened_at FROM chain ORDER BY number

-- name: records_of_chain
-- A chain's records in order, for verifying.
SELECT kind, at, campaign, delivery, attempt, body, personal, salt, personal_digest, digest
FROM journal WHERE chain = :chain ORDER BY seq
