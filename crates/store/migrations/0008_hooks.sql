-- Webhooks: who is told what, what is yet to be told, and what became of it. Triggers: who may set off what.

CREATE TABLE webhooks (
    id             TEXT PRIMARY KEY NOT NULL,
    project        TEXT NOT NULL REFERENCES projects (key),
    name           TEXT NOT NULL,
    kind           TEXT NOT NULL,
    url            TEXT NOT NULL,
    member         TEXT REFERENCES members (id), -- who is written to; links act for them
    filter         TEXT NOT NULL,
    active         INTEGER NOT NULL,
    stopped        TEXT,                         -- why, where it was not a person who turned it off
    secret_version INTEGER NOT NULL,             -- the secret itself follows from the server's key
    previous_until INTEGER,                      -- until when the version before signs too
    created_by     TEXT NOT NULL,
    created_at     INTEGER NOT NULL
);
CREATE INDEX webhooks_by_project ON webhooks (project);

-- The outbox: written by the triggers below, in the transaction of what it tells of, whoever wrote that. A row
-- goes in the transaction that makes deliveries of it.
CREATE TABLE happenings (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    project  TEXT NOT NULL,
    event    TEXT NOT NULL,
    number   INTEGER, -- the revision, or the change
    part     INTEGER, -- the change's verdict or comment
    detail   TEXT,    -- what there is no row of
    at       INTEGER NOT NULL
);

CREATE TABLE webhook_deliveries (
    id         TEXT PRIMARY KEY NOT NULL, -- the same in every try: receivers know by it what they have seen
    hook       TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    sequence   INTEGER NOT NULL,
    event      TEXT NOT NULL,
    body       TEXT NOT NULL,
    state      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    since      INTEGER NOT NULL,          -- since when it is tried: later than created_at where it is sent again
    attempts   INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    last_at    INTEGER,
    status     INTEGER,
    ms         INTEGER,
    error      TEXT,
    answer     TEXT
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (hook, state, next_at, sequence);
CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (hook, sequence, id);

-- A link with which one member gives a verdict on one difference of one change, once.
CREATE TABLE review_links (
    id         TEXT PRIMARY KEY NOT NULL,
    project    TEXT NOT NULL,
    change     INTEGER NOT NULL,
    member     TEXT NOT NULL REFERENCES members (id),
    difference TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
);

-- Approvals whose end was told, so that each is told once.
CREATE TABLE voided_approvals (
    project TEXT NOT NULL,
    change  INTEGER NOT NULL,
    review  INTEGER NOT NULL,
    PRIMARY KEY (project, change, review)
) WITHOUT ROWID;

CREATE TABLE triggers (
    id                 TEXT PRIMARY KEY NOT NULL,
    project            TEXT NOT NULL REFERENCES projects (key),
    name               TEXT NOT NULL,
    source             TEXT NOT NULL,
    hash               BLOB NOT NULL,    -- of the secret in its URL
    hint               TEXT NOT NULL,
    secret_version     INTEGER NOT NULL, -- of the one that signs
    require_signature  INTEGER NOT NULL,
    revert_on_resolved INTEGER NOT NULL,
    active             INTEGER NOT NULL,
    title              TEXT NOT NULL,
    reason             TEXT NOT NULL,
    edits              TEXT NOT NULL,
    maker              TEXT NOT NULL,
    created_at         INTEGER NOT NULL
);
CREATE INDEX triggers_by_project ON triggers (project);

CREATE TABLE trigger_firings (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    "trigger" TEXT NOT NULL REFERENCES triggers (id) ON DELETE CASCADE,
    at       INTEGER NOT NULL,
    key      TEXT,    -- who repeats it means the same firing
    excerpt  TEXT NOT NULL,
    outcome  TEXT NOT NULL, -- '' while it is under way
    detail   TEXT NOT NULL,
    revision INTEGER,
    change   INTEGER
);
CREATE UNIQUE INDEX trigger_firings_by_key ON trigger_firings ("trigger", key) WHERE key IS NOT NULL;
CREATE INDEX trigger_firings_newest ON trigger_firings ("trigger", number);

-- What fills the outbox. Nothing is written where nobody listens.
CREATE TRIGGER tell_of_revisions AFTER INSERT ON revisions
WHEN EXISTS (SELECT 1 FROM webhooks WHERE project = NEW.project AND active)
BEGIN
    INSERT INTO happenings (project, event, number, at)
    VALUES (NEW.project, CASE WHEN NEW.reverts IS NULL THEN 'revision.applied' ELSE 'revision.reverted' END,
        NEW.number, NEW.at);
END;
CREATE TRIGGER tell_of_new_changes AFTER INSERT ON changes
WHEN NEW.state = 'inReview' AND EXISTS (SELECT 1 FROM webhooks WHERE project = NEW.project AND active)
BEGIN
    INSERT INTO happenings (project, event, number, at)
    VALUES (NEW.project, 'change.submitted', NEW.number, NEW.created_at);
END;
CREATE TRIGGER tell_of_changes AFTER UPDATE OF state ON changes
WHEN NEW.state <> OLD.state AND NEW.state <> 'applied'
    AND EXISTS (SELECT 1 FROM webhooks WHERE project = NEW.project AND active)
BEGIN
    INSERT INTO happenings (project, event, number, at)
    SELECT NEW.project, told.event, NEW.number, NEW.updated_at FROM (SELECT CASE
        WHEN NEW.state = 'inReview' AND OLD.state = 'draft' THEN 'change.submitted'
        WHEN NEW.state = 'draft' AND OLD.state = 'inReview' THEN 'change.withdrawn'
        WHEN NEW.state = 'scheduled' THEN 'change.scheduled'
        WHEN NEW.state = 'rejected' THEN 'change.discarded'
        END AS event) told
    WHERE told.event IS NOT NULL;
END;
-- Its approvals may be void: whether they are is seen when it is told.
CREATE TRIGGER tell_of_edited_changes AFTER UPDATE OF edited ON changes
WHEN NEW.edited <> OLD.edited AND NEW.state = 'inReview'
    AND EXISTS (SELECT 1 FROM webhooks WHERE project = NEW.project AND active)
BEGIN
    INSERT INTO happenings (project, event, number, at)
    VALUES (NEW.project, 'change.edited', NEW.number, NEW.updated_at);
END;
CREATE TRIGGER tell_of_broken_glass AFTER UPDATE OF broke_glass ON changes
WHEN NEW.broke_glass IS NOT NULL AND OLD.broke_glass IS NULL
    AND EXISTS (SELECT 1 FROM webhooks WHERE project = NEW.project AND active)
BEGIN
    INSERT INTO happenings (project, event, number, at)
    VALUES (NEW.project, 'change.glassBroken', NEW.number, NEW.updated_at);
END;
CREATE TRIGGER tell_of_reviews AFTER INSERT ON reviews
WHEN EXISTS (SELECT 1 FROM webhooks WHERE project = NEW.project AND active)
BEGIN
    INSERT INTO happenings (project, event, number, part, at)
    VALUES (NEW.project, CASE NEW.verdict WHEN 'approve' THEN 'change.approved' ELSE 'change.rejected' END,
        NEW.change, NEW.number, NEW.at);
END;
CREATE TRIGGER tell_of_comments AFTER INSERT ON comments
WHEN EXISTS (SELECT 1 FROM webhooks WHERE project = NEW.project AND active)
BEGIN
    INSERT INTO happenings (project, event, number, part, at)
    VALUES (NEW.project, 'change.commented', NEW.change, NEW.number, NEW.at);
END;
CREATE TRIGGER tell_of_keys AFTER INSERT ON environment_keys
WHEN EXISTS (SELECT 1 FROM webhooks WHERE project = NEW.project AND active)
BEGIN
    INSERT INTO happenings (project, event, detail, at)
    VALUES (NEW.project, 'key.made', NEW.id, NEW.created_at);
END;
