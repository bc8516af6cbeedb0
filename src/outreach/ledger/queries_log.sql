-- name: log_campaigns
-- One campaign, or all of them, the oldest first.
SELECT number FROM campaign WHERE :campaign IS NULL OR id = :campaign ORDER BY number

-- name: log_chains
-- The journal's chains of the runs of one campaign, or of all of them, by time.
SELECT chain.number FROM chain JOIN campaign ON campaign.number = chain.campaign
WHERE chain.account <> '' AND (:campaign IS NULL OR campaign.id = :campaign)
ORDER BY chain.number

-- name: log_deliveries
-- A campaign's deliveries by row, some at a time; filters that are NULL do not restrict.
SELECT contact.row, delivery.id, delivery.recipients, campaign.name, contact.address, contact.json,
       delivery.state, delivery.attempts, coalesce(chain.account, ''),
       delivery.stage, delivery.code, delivery.enhanced, delivery.reply, delivery.reason, delivery.message_id,
       delivery.updated_at
FROM contact
JOIN campaign ON campaign.number = contact.campaign
JOIN delivery ON delivery.id = contact.delivery
LEFT JOIN chain ON chain.number = delivery.chain
WHERE contact.campaign = :scope AND (contact.row, contact.delivery) > (:after, :after_delivery)
  AND (:states IS NULL OR delivery.state IN (SELECT value FROM json_each(:states)))
  AND (:since IS NULL OR delivery.updated_at >= :since)
  AND (:glob IS NULL OR contact.address_key GLOB :glob OR lower(contact.address) GLOB :glob
       OR (delivery.recipients > 1 AND EXISTS (
             SELECT 1 FROM recipient
             WHERE recipient.delivery = delivery.id AND role = 'to' AND recipient.address_key GLOB :glob)))
ORDER BY contact.row, contact.delivery LIMIT :limit

-- name: log_attempts
-- The attempts in a chain in order, some at a time; filters that are NULL do not restrict.
SELECT journal.seq, 0, contact.row, campaign.name, contact.address, contact.json,
       journal.attempt, coalesce(chain.account, ''), delivery.message_id, journal.at, journal.body, journal.personal
FROM journal
JOIN chain ON chain.number = journal.chain
JOIN delivery ON delivery.id = journal.delivery
JOIN contact ON contact.delivery = delivery.id
JOIN campaign ON campaign.number = delivery.campaign
WHERE journal.chain = :scope AND (journal.seq, 0) > (:after, :after_delivery) AND journal.kind = 'result'
  AND (:states IS NULL OR delivery.state IN (SELECT value FROM json_each(:states)))
  AND (:since IS NULL OR journal.at >= :since)
  AND (:glob IS NULL OR contact.address_key GLOB :glob OR lower(contact.address) GLOB :glob
       OR (delivery.recipients > 1 AND EXISTS (
             SELECT 1 FROM recipient
             WHERE recipient.delivery = delivery.id AND role = 'to' AND recipient.address_key GLOB :glob)))
ORDER BY journal.seq LIMIT :limit
