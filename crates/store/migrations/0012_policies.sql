-- A project's own policies of who may do what. Administrative: audited, never reverted. What they said before is in
-- the audit log.
CREATE TABLE policies (
    project    TEXT NOT NULL REFERENCES projects (key),
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    text       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    PRIMARY KEY (project, key)
);
