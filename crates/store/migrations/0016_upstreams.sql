-- What environments follow: one upstream each. The key that opens it is sealed with a key that is not in here, and in no
-- other table. `seen` is how it stood when that last changed, so that it can be told after a restart.

CREATE TABLE upstreams (
    project     TEXT NOT NULL REFERENCES projects (key),
    environment TEXT NOT NULL,
    settings    TEXT NOT NULL,
    secret      BLOB NOT NULL,
    seen        TEXT,
    PRIMARY KEY (project, environment)
);
