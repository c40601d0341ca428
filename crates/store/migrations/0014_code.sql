-- Where source code names flags: for each repository what was found the last time somebody looked.

CREATE TABLE code_repositories (
    project     TEXT NOT NULL,
    name        TEXT NOT NULL,
    branch      TEXT NOT NULL,    -- '' where it is not known, as below
    revision    TEXT NOT NULL,    -- Git's id of a commit
    link        TEXT NOT NULL,    -- with {commit}, {path} and {line}
    searched    INTEGER NOT NULL, -- files
    uploaded_at INTEGER NOT NULL, -- microseconds since 1970
    uploaded_by TEXT NOT NULL,
    PRIMARY KEY (project, name)
);

CREATE TABLE code_references (
    project    TEXT NOT NULL,
    repository TEXT NOT NULL,
    flag       TEXT NOT NULL,
    path       TEXT NOT NULL,
    line       INTEGER NOT NULL,
    text       TEXT NOT NULL,
    alias      TEXT NOT NULL, -- '' where the key itself stands there
    PRIMARY KEY (project, flag, repository, path, line),
    FOREIGN KEY (project, repository) REFERENCES code_repositories (project, name) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX code_references_by_repository ON code_references (project, repository);
