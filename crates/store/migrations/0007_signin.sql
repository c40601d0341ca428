-- How people come in: passwords, identities at a provider, and where their sessions are from.

CREATE TABLE passwords (
    member     TEXT PRIMARY KEY NOT NULL REFERENCES members (id),
    hash       TEXT NOT NULL, -- Argon2id, as a PHC string
    changed_at INTEGER NOT NULL
);

CREATE TABLE identities (
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    member     TEXT NOT NULL REFERENCES members (id),
    shut       INTEGER NOT NULL, -- the provider's groups no longer let them in: who comes back in is let in again
    created_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_member ON identities (member);

ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';          -- shown, and no secret
ALTER TABLE sessions ADD COLUMN way TEXT NOT NULL DEFAULT 'link';
ALTER TABLE sessions ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN ends_at INTEGER NOT NULL DEFAULT 0;   -- however much it is used
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN agent TEXT;
UPDATE sessions SET
    id = 'session-' || lower(hex(randomblob(16))),
    way = CASE WHEN token IS NULL THEN 'link' ELSE 'token' END,
    used_at = created_at,
    ends_at = expires_at;
CREATE UNIQUE INDEX sessions_by_id ON sessions (id);

-- A rotated token's secret before, and until when it still opens.
ALTER TABLE tokens ADD COLUMN previous_hash BLOB;
ALTER TABLE tokens ADD COLUMN previous_until INTEGER;
