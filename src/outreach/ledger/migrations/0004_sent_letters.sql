-- Who has, or may have, which letter: one that was amended since stays the one that it was.

ALTER TABLE campaign ADD COLUMN rehearsal INTEGER NOT NULL DEFAULT 0 CHECK (rehearsal IN (0, 1));  -- all to one address
ALTER TABLE earlier_text ADD COLUMN letter_digest TEXT NOT NULL DEFAULT '';

-- Every To address whose letter has left, or may have, with what that letter says.
CREATE VIEW sent_letter (delivery, campaign, key, address_key, letter_digest) AS
  SELECT delivery.id, delivery.campaign, contact.key, to_address.address_key,
         coalesce(earlier_text.letter_digest, campaign.letter_digest)
  FROM to_address
  CROSS JOIN delivery ON delivery.id = to_address.delivery
  CROSS JOIN standing ON standing.delivery = delivery.id AND standing.has_left
  CROSS JOIN contact ON contact.delivery = delivery.id
  CROSS JOIN campaign ON campaign.number = delivery.campaign
  LEFT JOIN earlier_text ON earlier_text.campaign = delivery.campaign AND earlier_text.number = delivery.earlier_text;
