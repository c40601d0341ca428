-- The lists of big segments, each named by the hash of what is in it: whole, or as what differs from another. They are
-- never altered, and stay for as long as a revision may name them.

CREATE TABLE lists (
    project TEXT NOT NULL REFERENCES projects (key),
    hash    TEXT NOT NULL,
    base    TEXT,
    depth   INTEGER NOT NULL,
    body    BLOB NOT NULL,
    PRIMARY KEY (project, hash),
    FOREIGN KEY (project, base) REFERENCES lists (project, hash)
);
