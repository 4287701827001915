-- One row per object of the API. `seq` is the order of creation, which `created` (whole seconds) cannot tell.
CREATE TABLE IF NOT EXISTS objects (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    id      TEXT NOT NULL UNIQUE,
    kind    TEXT NOT NULL,
    account TEXT NOT NULL,
    created INTEGER NOT NULL,
    body    TEXT NOT NULL,
    hidden  TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_listed ON objects (kind, account, seq);
-- The members that lists are filtered by; `->>` must be written the same way in the query for the index to serve.
CREATE INDEX IF NOT EXISTS objects_by_payment_intent ON objects (kind, body ->> '$.payment_intent')
    WHERE body ->> '$.payment_intent' IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_payment_link ON objects (kind, body ->> '$.payment_link')
    WHERE body ->> '$.payment_link' IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_charge ON objects (kind, body ->> '$.charge')
    WHERE body ->> '$.charge' IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_source ON objects (kind, body ->> '$.source')
    WHERE body ->> '$.source' IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_open_sessions ON objects (kind, body ->> '$.expires_at')
    WHERE body ->> '$.status' = 'open';
CREATE INDEX IF NOT EXISTS objects_held ON objects (kind, hidden ->> '$.capture_before')
    WHERE hidden ->> '$.capture_before' IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_due ON objects (kind, hidden ->> '$.due')
    WHERE hidden ->> '$.due' IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_token ON objects (hidden ->> '$.token')
    WHERE hidden ->> '$.token' IS NOT NULL;

-- Answers kept for repeats of a POST, written together with its effect.
CREATE TABLE IF NOT EXISTS idempotency (
    account     TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    route       TEXT NOT NULL,
    request_id  TEXT NOT NULL,
    status      INTEGER NOT NULL,
    answer      TEXT NOT NULL,
    created     INTEGER NOT NULL,
    PRIMARY KEY (account, key)
);

CREATE INDEX IF NOT EXISTS idempotency_by_age ON idempotency (created);

-- One row per event and endpoint. `state`: pending, delivered, given_up.
CREATE TABLE IF NOT EXISTS deliveries (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id    TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'pending',
    attempts    INTEGER NOT NULL DEFAULT 0,
    next_at     REAL NOT NULL,
    last_status INTEGER,
    last_error  TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (next_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event_id);

-- Switches of the control page that outlive a restart.
CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY, value TEXT NOT NULL);

-- What was uploaded; everything else about a file is in its object.
CREATE TABLE IF NOT EXISTS file_contents (file_id TEXT PRIMARY KEY, content BLOB NOT NULL);
