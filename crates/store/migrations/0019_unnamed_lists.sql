-- Lists that nothing names are removed after a while. What a revision names stays, and the database itself holds that.

ALTER TABLE lists ADD COLUMN made_at INTEGER NOT NULL DEFAULT 0; -- or made again: microseconds since 1970
UPDATE lists SET made_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000000;

-- Where somebody was erased from it: the hash of what is in it since. It keeps its name.
ALTER TABLE lists ADD COLUMN content TEXT;
ALTER TABLE lists ADD COLUMN erased INTEGER NOT NULL DEFAULT 0; -- so many keys

CREATE INDEX lists_by_base ON lists (project, base) WHERE base IS NOT NULL;

CREATE TABLE named_lists (
    project TEXT NOT NULL,
    hash    TEXT NOT NULL,
    PRIMARY KEY (project, hash),
    FOREIGN KEY (project, hash) REFERENCES lists (project, hash)
) WITHOUT ROWID;
INSERT INTO named_lists (project, hash)
SELECT DISTINCT l.project, l.hash FROM lists l JOIN revisions r ON r.project = l.project AND instr(r.edits, l.hash) > 0;

CREATE TRIGGER named_lists_are_kept BEFORE DELETE ON named_lists
BEGIN SELECT RAISE(ABORT, 'what the history names is kept'); END;
