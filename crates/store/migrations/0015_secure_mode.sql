-- What HMAC-SHA-256 with an SDK key's secret comes to before any message: it makes and checks the hashes that vouch for
-- browsers' contexts, and opens nothing. Keys from before have none.
ALTER TABLE environment_keys ADD COLUMN signer BLOB;

-- The environments whose browsers are answered only for contexts that a server vouches for.
CREATE TABLE secure_modes (
    project     TEXT NOT NULL REFERENCES projects (key),
    environment TEXT NOT NULL,
    PRIMARY KEY (project, environment)
);
