-- What flags served, by whom they were asked for, and what people did then: counts, which may go; no history.

CREATE TABLE usage_series (
    id          INTEGER PRIMARY KEY,
    project     TEXT NOT NULL,
    environment TEXT NOT NULL,
    flag        TEXT NOT NULL,
    variation   INTEGER NOT NULL, -- -1: the caller's default
    reason      TEXT NOT NULL,
    rule        TEXT NOT NULL,    -- '' where none matched
    version     INTEGER NOT NULL, -- 0 where it is not known
    first       INTEGER NOT NULL, -- seconds since 1970, here as below
    last        INTEGER NOT NULL,
    total       INTEGER NOT NULL,
    UNIQUE (project, environment, flag, variation, reason, rule, version)
);

-- Each count is in one bucket: a minute's, later its hour's, later its day's.
CREATE TABLE usage_counts (
    series INTEGER NOT NULL REFERENCES usage_series (id) ON DELETE CASCADE,
    step   INTEGER NOT NULL, -- seconds of the bucket: 60, 3600, 86400
    start  INTEGER NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (series, step, start)
) WITHOUT ROWID;
CREATE INDEX usage_counts_by_age ON usage_counts (step, start);

CREATE TABLE usage_asked (
    project     TEXT NOT NULL,
    environment TEXT NOT NULL,
    flag        TEXT NOT NULL,
    asker       TEXT NOT NULL, -- an application or an SDK
    known       INTEGER NOT NULL, -- 0: no such flag
    first       INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    count       INTEGER NOT NULL,
    PRIMARY KEY (project, environment, known, flag, asker)
) WITHOUT ROWID;

CREATE TABLE usage_outcomes (
    project     TEXT NOT NULL,
    environment TEXT NOT NULL,
    flag        TEXT NOT NULL,    -- '' for all events of the name
    event       TEXT NOT NULL,
    variation   INTEGER NOT NULL, -- -1 for all events of the name
    day         INTEGER NOT NULL, -- the second at which it begins
    count       INTEGER NOT NULL,
    total       REAL NOT NULL,
    PRIMARY KEY (project, environment, flag, event, variation, day)
) WITHOUT ROWID;
