-- Teams: administrative, like members. And whose approval an environment asks for.

CREATE TABLE teams (
    key        TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE team_members (
    team   TEXT NOT NULL REFERENCES teams (key),
    member TEXT NOT NULL REFERENCES members (id),
    PRIMARY KEY (team, member)
);

ALTER TABLE environments ADD COLUMN approvals_from TEXT NOT NULL DEFAULT '[]'; -- of its required approvals

-- Whether owners are asked before what they own is changed there. So far they always were.
ALTER TABLE environments ADD COLUMN owners_approve INTEGER NOT NULL DEFAULT 1;
