-- Two admins who edit one team: the second is told. And tokens that are a team's.

ALTER TABLE teams ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

ALTER TABLE tokens ADD COLUMN team TEXT REFERENCES teams (key);
