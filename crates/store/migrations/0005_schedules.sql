-- Changes that apply at a time, and freezes.

ALTER TABLE environments ADD COLUMN freezes TEXT NOT NULL DEFAULT '[]';

CREATE TABLE schedules (
    project TEXT NOT NULL,
    change  INTEGER NOT NULL,
    step    INTEGER NOT NULL, -- grows with each; who moves it names the one they saw
    due     INTEGER,          -- NULL where nothing is left to be done
    body    TEXT NOT NULL,
    PRIMARY KEY (project, change),
    FOREIGN KEY (project, change) REFERENCES changes (project, number)
);
CREATE INDEX schedules_by_due ON schedules (due) WHERE due IS NOT NULL;
