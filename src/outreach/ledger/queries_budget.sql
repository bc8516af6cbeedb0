-- name: find_pace
-- The next free sending time of an account, or of an account at a domain.
SELECT tat FROM pace WHERE account = ?1 AND key = ?2

-- name: store_pace
-- Moves it on.
INSERT INTO pace (account, key, tat) VALUES (?1, ?2, ?3) ON CONFLICT (account, key) DO UPDATE SET tat = excluded.tat

-- name: newest_spend
-- The last second in which the account spent anything, and the running total.
SELECT second, total FROM spend WHERE account = ?1 ORDER BY second DESC LIMIT 1

-- name: spent_until
-- The running total at the end of a second.
SELECT total FROM spend WHERE account = ?1 AND second <= ?2 ORDER BY second DESC LIMIT 1

-- name: first_to_leave
-- The first second of a window after which the total is above a mark.
SELECT second FROM spend WHERE account = ?1 AND second > ?2 AND total > ?3 ORDER BY second LIMIT 1

-- name: store_spend
-- Sets the running total of a second.
INSERT INTO spend (account, second, total) VALUES (?1, ?2, ?3)
ON CONFLICT (account, second) DO UPDATE SET total = excluded.total

-- name: forget_future_spend
-- Drops what a clock wrote that has jumped back since.
DELETE FROM spend WHERE account = ?1 AND second > ?2
