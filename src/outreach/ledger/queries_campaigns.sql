-- name: find_campaign
-- The campaign of a name.
SELECT id, name, created_at, text_digest, rows_digest, date, paused FROM campaign WHERE name = :name

-- name: list_campaigns
-- All campaigns, the latest first.
SELECT id, name, created_at, text_digest, rows_digest, date, paused FROM campaign ORDER BY number DESC

-- name: find_settings
-- The settings and the digest that a campaign was sealed with.
SELECT settings, text_digest FROM campaign WHERE id = :id

-- name: campaign_files
-- The files that a campaign was sealed with, by path.
SELECT campaign_file.path, content.bytes
FROM campaign
JOIN campaign_file ON campaign_file.campaign = campaign.number
JOIN content ON content.digest = campaign_file.content
WHERE campaign.id = :id
ORDER BY campaign_file.path

-- name: drop_campaign_files
-- Forgets which files a campaign was sealed with; their content may belong to others, too.
DELETE FROM campaign_file WHERE campaign = ?

-- name: add_content
-- Keeps a file's content once.
INSERT INTO content (digest, bytes) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING

-- name: add_campaign_file
-- Says that a campaign was sealed with a file.
INSERT INTO campaign_file (campaign, path, content) VALUES (?, ?, ?)

-- name: count_states
-- How many deliveries stand where.
SELECT state, count(*) FROM delivery WHERE campaign = :campaign GROUP BY state

-- name: count_refused_copies
-- Copies that were refused, of deliveries whose To is accepted or open. The first two conditions on the recipient
-- are, word for word, those of the index.
SELECT count(*)
FROM recipient JOIN delivery ON delivery.id = recipient.delivery
WHERE role <> 'to' AND recipient.state IN ('failed', 'suppressed')
  AND delivery.campaign = :campaign
  AND delivery.state IN ('planned', 'sending', 'accepted', 'deferred', 'unsure')

-- name: first_due
-- The earliest time at which an open delivery is due.
SELECT min(due_at) FROM (
  SELECT min(due_at) AS due_at FROM delivery WHERE campaign = :campaign AND state = 'planned'
  UNION ALL
  SELECT min(due_at) FROM delivery WHERE campaign = :campaign AND state = 'deferred')
