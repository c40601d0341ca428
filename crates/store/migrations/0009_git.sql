-- Git: each project's repository, and how far its branches were taken.

CREATE TABLE git (
    project  TEXT PRIMARY KEY NOT NULL REFERENCES projects (key),
    settings TEXT NOT NULL
);

-- A branch's newest commit that was taken, and what was made of it. A change and the commit that it is of are
-- written in one transaction, so that no commit is proposed twice.
CREATE TABLE git_branches (
    project TEXT NOT NULL REFERENCES projects (key),
    branch  TEXT NOT NULL,
    taken   TEXT NOT NULL,
    PRIMARY KEY (project, branch)
);
CREATE INDEX changes_by_revision ON changes (project, revision) WHERE revision IS NOT NULL;
