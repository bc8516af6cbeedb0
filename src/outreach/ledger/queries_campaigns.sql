-- name: find_campaign
-- The campaign of a name.
SELECT id, name, created_at, text_digest, rows_digest, date, paused, folder, not_before
FROM campaign WHERE name = :name

-- name: find_campaign_by_id
-- The campaign of an id.
SELECT id, name, created_at, text_digest, rows_digest, date, paused, folder, not_before FROM campaign WHERE id = :id

-- name: list_campaigns
-- All campaigns, the latest first.
SELECT id, name, created_at, text_digest, rows_digest, date, paused, folder, not_before
FROM campaign ORDER BY number DESC

-- name: find_settings
-- The settings and the digests that a campaign was sealed with.
SELECT settings, text_digest, letter_digest FROM campaign WHERE id = :id

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

-- name: paths_of_campaign
-- The files that a campaign was sealed with.
SELECT path FROM campaign_file WHERE campaign = ?

-- name: text_digest
-- The text that a campaign is bound to.
SELECT text_digest FROM campaign WHERE number = ?

-- name: file_digests
-- The files that a campaign was sealed with, by their content's digest.
SELECT path, content FROM campaign_file WHERE campaign = ?

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

-- name: earlier_texts
-- What a campaign was sealed with before it was amended.
SELECT earlier_text.number, earlier_text.settings, earlier_text.text_digest, earlier_text.date
FROM earlier_text JOIN campaign ON campaign.number = earlier_text.campaign WHERE campaign.id = :id
ORDER BY earlier_text.number

-- name: earlier_files
-- The files of these, by path.
SELECT earlier_file.number, earlier_file.path, content.bytes
FROM earlier_file
JOIN campaign ON campaign.number = earlier_file.campaign
JOIN content ON content.digest = earlier_file.content
WHERE campaign.id = :id ORDER BY earlier_file.number, earlier_file.path

-- name: keep_text
-- What a campaign is sealed with becomes an earlier text.
INSERT INTO earlier_text (campaign, number, amended_at, settings, text_digest, date, letter_digest)
SELECT number, 1 + (SELECT count(*) FROM earlier_text WHERE campaign = ?1), ?2, settings, text_digest, date, letter_digest
FROM campaign WHERE number = ?1

-- name: keep_text_files
-- Its files with it.
INSERT INTO earlier_file (campaign, number, path, content)
SELECT campaign, (SELECT max(number) FROM earlier_text WHERE earlier_text.campaign = :campaign), path, content
FROM campaign_file WHERE campaign = :campaign

-- name: point_to_kept_text
-- The letters that have left, or may have, go on saying what they said.
UPDATE delivery SET earlier_text = (SELECT max(number) FROM earlier_text WHERE earlier_text.campaign = :campaign)
WHERE campaign = :campaign AND earlier_text IS NULL
  AND id IN (SELECT delivery FROM standing WHERE standing.campaign = :campaign AND has_left)

-- name: last_run
-- When a run through this relay account last began.
SELECT max(opened_at) FROM chain WHERE account = :account AND account <> ''

-- name: last_record
-- The number of the last record of the journal.
SELECT coalesce(max(number), 0) FROM journal
