-- Review: what a change needs before it applies, and what people say of it.

ALTER TABLE environments ADD COLUMN required_approvals INTEGER NOT NULL DEFAULT 0;

ALTER TABLE changes ADD COLUMN editors TEXT NOT NULL DEFAULT '[]';
ALTER TABLE changes ADD COLUMN edited INTEGER NOT NULL DEFAULT 1; -- the version at which its edits last changed
ALTER TABLE changes ADD COLUMN links TEXT NOT NULL DEFAULT '[]';
ALTER TABLE changes ADD COLUMN reviewers TEXT NOT NULL DEFAULT '[]';
ALTER TABLE changes ADD COLUMN origin TEXT;
ALTER TABLE changes ADD COLUMN broke_glass TEXT;
UPDATE changes SET edited = version, editors = json_array(author);
CREATE INDEX changes_by_state ON changes (project, state);

CREATE TABLE reviews (
    project    TEXT NOT NULL,
    change     INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    who        TEXT NOT NULL,
    verdict    TEXT NOT NULL,
    at         INTEGER NOT NULL,
    note       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    difference TEXT,
    PRIMARY KEY (project, change, number),
    FOREIGN KEY (project, change) REFERENCES changes (project, number)
);

CREATE TABLE comments (
    project TEXT NOT NULL,
    change  INTEGER NOT NULL,
    number  INTEGER NOT NULL,
    who     TEXT NOT NULL,
    at      INTEGER NOT NULL,
    text    TEXT NOT NULL,
    edit    INTEGER,
    PRIMARY KEY (project, change, number),
    FOREIGN KEY (project, change) REFERENCES changes (project, number)
);

-- A verdict is taken back by another one, never by changing it.
CREATE TRIGGER reviews_stay BEFORE UPDATE ON reviews
BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END;
CREATE TRIGGER reviews_are_kept BEFORE DELETE ON reviews
BEGIN SELECT RAISE(ABORT, 'reviews are append-only'); END;
CREATE TRIGGER comments_stay BEFORE UPDATE ON comments
BEGIN SELECT RAISE(ABORT, 'comments are append-only'); END;
CREATE TRIGGER comments_are_kept BEFORE DELETE ON comments
BEGIN SELECT RAISE(ABORT, 'comments are append-only'); END;
