-- The first schema. Times are seconds since the epoch (UTC), digests are SHA-256.

PRAGMA application_id = 1869968498;  -- "outr"

CREATE TABLE campaign (
  number      INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,     -- 32 hex digits, random
  name        TEXT NOT NULL UNIQUE,
  created_at  REAL NOT NULL,
  settings    TEXT NOT NULL,            -- canonical JSON: what of the settings the text depends on
  text_digest TEXT NOT NULL,
  rows_digest TEXT NOT NULL,
  date        TEXT NOT NULL,
  paused      INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1))
) STRICT;

-- Files that campaigns were sealed with; equal content is kept once.
CREATE TABLE content (
  digest BLOB PRIMARY KEY,
  bytes  BLOB NOT NULL
) STRICT;

CREATE TABLE campaign_file (
  campaign INTEGER NOT NULL REFERENCES campaign (number),
  path     TEXT NOT NULL,
  content  BLOB NOT NULL REFERENCES content (digest),
  PRIMARY KEY (campaign, path)
) STRICT, WITHOUT ROWID;

-- One journal chain per run, and one per decision.
CREATE TABLE chain (
  number    INTEGER PRIMARY KEY,
  campaign  INTEGER REFERENCES campaign (number),  -- NULL where it concerns all campaigns
  who       TEXT NOT NULL,                         -- the run's owner, or the person who decided
  account   TEXT NOT NULL,                         -- of the relay; empty for decisions
  opened_at REAL NOT NULL
) STRICT;
CREATE INDEX chain_campaign ON chain (campaign, number);

-- Where deliveries stand. Rows are small on purpose: the hot path rewrites them twice a letter.
CREATE TABLE delivery (
  id               INTEGER PRIMARY KEY,
  campaign         INTEGER NOT NULL REFERENCES campaign (number),
  slice            INTEGER NOT NULL,
  recipients       INTEGER NOT NULL,             -- of the envelope; more than one have rows in `recipient`
  state            TEXT NOT NULL CHECK (state IN ('planned', 'sending', 'accepted', 'deferred', 'failed', 'unsure',
                                                  'suppressed', 'cancelled', 'bounced', 'complained')),
  attempts         INTEGER NOT NULL DEFAULT 0,   -- those charged
  attempt          INTEGER NOT NULL DEFAULT 0,   -- the number of the last one
  first_attempt_at REAL,
  date             REAL,
  due_at           REAL NOT NULL DEFAULT 0,      -- 0 for at once
  intent_at        REAL,
  message_id       TEXT NOT NULL DEFAULT '',
  chain            INTEGER,                      -- of the run that made the last attempt
  stage            TEXT NOT NULL DEFAULT '',     -- the last answer, and what was made of it
  code             INTEGER,
  enhanced         TEXT NOT NULL DEFAULT '',
  reply            TEXT NOT NULL DEFAULT '',
  reason           TEXT NOT NULL DEFAULT '',
  updated_at       REAL
) STRICT;
CREATE INDEX delivery_slice ON delivery (campaign, slice);
CREATE INDEX delivery_state ON delivery (campaign, state, due_at);

-- Whom a delivery is for; apart from `delivery` because it is large and hardly changes.
CREATE TABLE contact (
  delivery    INTEGER PRIMARY KEY REFERENCES delivery (id),
  campaign    INTEGER NOT NULL REFERENCES campaign (number),
  key         TEXT NOT NULL,
  row         INTEGER NOT NULL,
  address_key TEXT NOT NULL,            -- of the first To
  address     TEXT NOT NULL,
  json        TEXT NOT NULL,            -- the contact without its row
  digest      BLOB NOT NULL             -- over json
) STRICT;
CREATE UNIQUE INDEX contact_key ON contact (campaign, key);
CREATE INDEX contact_address ON contact (address_key, campaign);
CREATE INDEX contact_row ON contact (campaign, row, delivery);

-- The envelope recipients of deliveries that have more than one, in the order To, Cc, Bcc.
CREATE TABLE recipient (
  delivery    INTEGER NOT NULL REFERENCES delivery (id),
  position    INTEGER NOT NULL,
  role        TEXT NOT NULL CHECK (role IN ('to', 'cc', 'bcc')),
  address_key TEXT NOT NULL,
  state       TEXT NOT NULL,
  stage       TEXT NOT NULL DEFAULT '',
  code        INTEGER,
  enhanced    TEXT NOT NULL DEFAULT '',
  reply       TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (delivery, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX recipient_address ON recipient (address_key);
CREATE INDEX recipient_refused ON recipient (delivery) WHERE role <> 'to' AND state IN ('failed', 'suppressed');

-- The unit of work. Taking one is one write that raises its epoch.
CREATE TABLE slice (
  campaign    INTEGER NOT NULL REFERENCES campaign (number),
  number      INTEGER NOT NULL,
  epoch       INTEGER NOT NULL DEFAULT 0,
  owner       TEXT,                     -- NULL while it is free
  lease_until REAL,
  due_at      REAL,                     -- of its first open delivery; NULL while it has none
  PRIMARY KEY (campaign, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX slice_due ON slice (campaign, due_at, number) WHERE owner IS NULL;

CREATE TABLE journal (
  number          INTEGER PRIMARY KEY,
  chain           INTEGER NOT NULL REFERENCES chain (number),
  seq             INTEGER NOT NULL,     -- from 1 in each chain
  kind            TEXT NOT NULL CHECK (kind IN ('intent', 'result', 'late', 'decision', 'feedback')),
  at              REAL NOT NULL,
  campaign        INTEGER,
  delivery        INTEGER,
  attempt         INTEGER,
  body            TEXT NOT NULL,        -- JSON without personal fields
  personal        TEXT,                 -- JSON; NULL where there is none or it was purged
  salt            BLOB,
  personal_digest BLOB,                 -- over salt and personal; stays when these are purged
  digest          BLOB NOT NULL         -- over the digest before it and this record
) STRICT;
CREATE UNIQUE INDEX journal_chain ON journal (chain, seq);

CREATE TRIGGER journal_keeps_records BEFORE DELETE ON journal
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER journal_keeps_values BEFORE UPDATE ON journal
WHEN NEW.personal IS NOT NULL OR NEW.salt IS NOT NULL
  OR (NEW.number, NEW.chain, NEW.seq, NEW.kind, NEW.at, NEW.body, NEW.digest)
     IS NOT (OLD.number, OLD.chain, OLD.seq, OLD.kind, OLD.at, OLD.body, OLD.digest)
  OR NEW.campaign IS NOT OLD.campaign OR NEW.delivery IS NOT OLD.delivery OR NEW.attempt IS NOT OLD.attempt
  OR NEW.personal_digest IS NOT OLD.personal_digest
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;

-- The next free sending time of an account (key is empty) or of an account at a recipient domain.
CREATE TABLE pace (
  account TEXT NOT NULL,
  key     TEXT NOT NULL,
  tat     REAL NOT NULL,                -- theoretical arrival time, as GCRA calls it
  PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

-- What an account has spent. A running total makes any window's sum two lookups, however long the window.
CREATE TABLE spend (
  account TEXT NOT NULL,
  second  INTEGER NOT NULL,
  total   INTEGER NOT NULL,             -- units up to and including this second
  PRIMARY KEY (account, second)
) STRICT, WITHOUT ROWID;

CREATE TABLE suppression (
  key     TEXT PRIMARY KEY,
  address TEXT NOT NULL,
  reason  TEXT NOT NULL,
  source  TEXT NOT NULL,
  at      REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- Every To address of every delivery. CROSS JOIN, here and below, keeps the planner from walking a whole campaign.
CREATE VIEW to_address (delivery, campaign, address_key) AS
  SELECT delivery, campaign, address_key FROM contact
  UNION ALL
  SELECT recipient.delivery, delivery.campaign, recipient.address_key
  FROM recipient CROSS JOIN delivery ON delivery.id = recipient.delivery
  WHERE recipient.role = 'to' AND recipient.position > 0;

-- Recipients on the suppression list that an open delivery would still name.
CREATE VIEW listed_recipient (delivery, campaign, slice, position, role, address_key) AS
  SELECT delivery.id, delivery.campaign, delivery.slice, 0, 'to', contact.address_key
  FROM suppression
  JOIN contact ON contact.address_key = suppression.key
  JOIN delivery ON delivery.id = contact.delivery
  WHERE delivery.recipients = 1 AND delivery.state IN ('planned', 'deferred')
  UNION ALL
  SELECT delivery.id, delivery.campaign, delivery.slice, recipient.position, recipient.role, recipient.address_key
  FROM suppression
  JOIN recipient ON recipient.address_key = suppression.key
  JOIN delivery ON delivery.id = recipient.delivery
  WHERE recipient.state IN ('planned', 'deferred') AND delivery.state IN ('planned', 'deferred');

-- Deliveries, and whether anybody has, or may have, their letter: those are never touched by planning.
CREATE VIEW standing (delivery, campaign, state, due_at, has_left) AS
  SELECT id, campaign, state, due_at,
         state IN ('sending', 'accepted', 'unsure', 'bounced', 'complained')
         OR (recipients > 1 AND EXISTS (
              SELECT 1 FROM recipient WHERE recipient.delivery = delivery.id AND recipient.state = 'accepted'))
  FROM delivery;
