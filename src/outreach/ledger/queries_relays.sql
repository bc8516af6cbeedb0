-- name: note_relay_fault
-- A relay was found to do this, now.
INSERT INTO relay_fault (account, what, found_at) VALUES (?1, ?2, ?3)
ON CONFLICT (account, what) DO UPDATE SET found_at = excluded.found_at

-- name: relay_faults
-- What a relay was found to do since then.
SELECT what FROM relay_fault WHERE account = :account AND found_at >= :since
