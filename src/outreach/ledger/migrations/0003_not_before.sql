-- The time before which nothing of a campaign leaves.

ALTER TABLE campaign ADD COLUMN not_before REAL;  -- NULL for none
