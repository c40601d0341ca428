-- Times are microseconds since 1970. `environment` is '' for what belongs to the whole project.

CREATE TABLE projects (
    key        TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE environments (
    project    TEXT NOT NULL REFERENCES projects (key),
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    production INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    PRIMARY KEY (project, key)
);

-- The history. A project's head is its highest number: there is no second place that could disagree.
CREATE TABLE revisions (
    project TEXT NOT NULL REFERENCES projects (key),
    number  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    author  TEXT NOT NULL,
    title   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    origin  TEXT NOT NULL,
    reverts INTEGER,
    edits   TEXT NOT NULL,
    UNIQUE (project, number)
);
CREATE INDEX revisions_by_reverted ON revisions (project, reverts) WHERE reverts IS NOT NULL;

-- Which resources each revision touched: what history's filters and conflicts look in.
CREATE TABLE touched (
    project     TEXT NOT NULL,
    environment TEXT NOT NULL,
    kind        TEXT NOT NULL,
    key         TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    PRIMARY KEY (project, environment, kind, key, revision),
    FOREIGN KEY (project, revision) REFERENCES revisions (project, number)
) WITHOUT ROWID;
CREATE INDEX touched_by_revision ON touched (project, revision);

-- The state at the head, so that a start need not replay the history.
CREATE TABLE resources (
    project     TEXT NOT NULL REFERENCES projects (key),
    environment TEXT NOT NULL,
    kind        TEXT NOT NULL,
    key         TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (project, environment, kind, key)
);

CREATE TABLE changes (
    project    TEXT NOT NULL REFERENCES projects (key),
    number     INTEGER NOT NULL,
    title      TEXT NOT NULL,
    reason     TEXT NOT NULL,
    author     TEXT NOT NULL,
    state      TEXT NOT NULL,
    version    INTEGER NOT NULL,
    edits      TEXT NOT NULL,
    base       INTEGER NOT NULL,
    revision   INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (project, number)
);

-- The history is append-only, whoever holds the connection.
CREATE TRIGGER revisions_without_gaps BEFORE INSERT ON revisions
WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM revisions WHERE project = NEW.project)
BEGIN SELECT RAISE(ABORT, 'a revision must follow the head'); END;
CREATE TRIGGER revisions_stay BEFORE UPDATE ON revisions
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE TRIGGER revisions_are_kept BEFORE DELETE ON revisions
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE TRIGGER touched_stays BEFORE UPDATE ON touched
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE TRIGGER touched_is_kept BEFORE DELETE ON touched
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
