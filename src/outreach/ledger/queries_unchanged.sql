-- name: forget_check
-- What a campaign was checked as does not hold for its new plan.
DELETE FROM checked WHERE campaign = ?

-- name: keep_check
-- What a campaign was checked as when it was planned.
INSERT INTO checked (campaign, key, value) VALUES (?, ?, ?)

-- name: find_check
-- What a campaign was checked as when it was last planned.
SELECT key, value FROM checked JOIN campaign ON campaign.number = checked.campaign WHERE campaign.id = :id

-- name: roster_is_planned
-- Whether the contacts of a campaign are the rows of the roster, all of them, no others, and none with other values.
SELECT (SELECT count(*) FROM contact WHERE campaign = :campaign) = (SELECT count(*) FROM temp.roster)
  AND NOT EXISTS (
    SELECT 1 FROM temp.roster LEFT JOIN contact ON contact.campaign = :campaign AND contact.key = roster.key
    WHERE contact.digest IS NOT roster.digest)

-- name: planning_may_change
-- Whether planning the same list again could change or find anything: rows that would return, open letters to listed
-- addresses, a letter that somebody has from elsewhere.
SELECT EXISTS (SELECT 1 FROM delivery WHERE campaign = :campaign AND state = 'cancelled')
  OR EXISTS (SELECT 1 FROM listed_recipient WHERE campaign = :campaign)
  OR EXISTS (SELECT 1 FROM campaign WHERE letter_digest = :letter AND number <> :campaign)
  OR EXISTS (SELECT 1 FROM earlier_text WHERE letter_digest = :letter OR campaign = :campaign)

-- name: count_due
-- How many deferred deliveries are due by then.
SELECT count(*) FROM delivery WHERE campaign = :campaign AND state = 'deferred' AND due_at <= :due_by

-- name: outstanding_copies
-- How many Cc and Bcc the letters have that would go now: of planned ones all, of deferred ones those that wait.
SELECT coalesce(sum(role = 'cc'), 0), coalesce(sum(role = 'bcc'), 0)
FROM delivery CROSS JOIN recipient ON recipient.delivery = delivery.id AND recipient.role <> 'to'
WHERE delivery.campaign = :campaign AND delivery.state IN ('planned', 'deferred') AND recipients > 1
  AND address_key NOT IN (SELECT key FROM suppression)
  AND (delivery.state = 'planned'
       OR (delivery.state = 'deferred' AND delivery.due_at <= :due_by AND recipient.state IN ('planned', 'deferred')))
