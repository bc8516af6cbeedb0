-- name: open_chain
-- Begins a chain; gives its number.
INSERT INTO chain (campaign, who, account, opened_at) VALUES (?, ?, ?, ?) RETURNING number

-- name: append_records
-- Appends to the journal; the caller has computed the digests.
INSERT INTO journal (chain, seq, kind, at, campaign, delivery, attempt, body, personal, salt, personal_digest, digest)
SELECT * FROM (VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)) WHERE column1 IS NOT NULL

-- name: all_chains
-- Every chain, for verifying.
SELECT number, campaign, who, account, opened_at FROM chain ORDER BY number

-- name: records_of_chain
-- A chain's records in order, for verifying.
SELECT kind, at, campaign, delivery, attempt, body, personal, salt, personal_digest, digest
FROM journal WHERE chain = :chain ORDER BY seq

-- name: pasts_of
-- What the journal tells of these deliveries, by time. It is read once from end to end: an index on the delivery would
-- cost every letter something, and this is asked when a person decides.
SELECT journal.delivery, journal.kind, journal.at, journal.attempt, chain.who, chain.account, journal.body,
       journal.personal
FROM journal JOIN chain ON chain.number = journal.chain
WHERE journal.kind <> 'intent' AND journal.delivery IN (SELECT value FROM json_each(:deliveries))
ORDER BY journal.number
