-- Administrative: audited, append-only, never reverted. Secrets are SHA-256 hashes; `hint` is the last
-- four characters.

CREATE TABLE members (
    id         TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL,
    email      TEXT,
    role       TEXT NOT NULL,
    active     INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE tokens (
    id           TEXT PRIMARY KEY NOT NULL,
    name         TEXT NOT NULL,
    role         TEXT NOT NULL,
    project      TEXT REFERENCES projects (key),
    hash         BLOB NOT NULL UNIQUE,
    hint         TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    removed_at   INTEGER -- kept after its end, so that history can name it
);

CREATE TABLE environment_keys (
    id          TEXT PRIMARY KEY NOT NULL,
    project     TEXT NOT NULL,
    environment TEXT NOT NULL,
    kind        TEXT NOT NULL,
    hash        BLOB NOT NULL UNIQUE,
    hint        TEXT NOT NULL,
    value       TEXT,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER,
    FOREIGN KEY (project, environment) REFERENCES environments (project, key)
);

CREATE TABLE sessions (
    hash       BLOB PRIMARY KEY NOT NULL,
    member     TEXT REFERENCES members (id),
    token      TEXT REFERENCES tokens (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    CHECK ((member IS NULL) <> (token IS NULL))
);

CREATE TABLE sign_in_links (
    hash       BLOB PRIMARY KEY NOT NULL,
    member     TEXT NOT NULL REFERENCES members (id),
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
);

CREATE TABLE audit (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    who    TEXT NOT NULL,
    what   TEXT NOT NULL,
    target TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
