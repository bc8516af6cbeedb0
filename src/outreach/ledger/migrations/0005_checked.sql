-- What the last check of a campaign found, and what it depended on: where that has not changed, it stands.

ALTER TABLE campaign ADD COLUMN checked TEXT NOT NULL DEFAULT '';  -- JSON; empty where a check must be made
