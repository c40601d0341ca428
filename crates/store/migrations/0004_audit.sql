-- The audit log becomes a chain: each line holds the hash of its content and of the line before. Lines from
-- before this have no hash.

ALTER TABLE audit ADD COLUMN commitment TEXT; -- to the personal data beside it: hexadecimal SHA-256 of salt and data
ALTER TABLE audit ADD COLUMN hash TEXT;       -- hexadecimal SHA-256

-- What may be erased: the chain holds commitments only, so it stays whole without these.
CREATE TABLE audit_personal (
    entry  INTEGER PRIMARY KEY NOT NULL REFERENCES audit (id),
    member TEXT NOT NULL, -- whose data it is
    salt   TEXT NOT NULL,
    data   TEXT NOT NULL
);
CREATE INDEX audit_personal_by_member ON audit_personal (member);
CREATE INDEX audit_by_who ON audit (who);
CREATE INDEX audit_by_target ON audit (target);

CREATE TRIGGER audit_without_gaps BEFORE INSERT ON audit
WHEN NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM audit) OR NEW.hash IS NULL
BEGIN SELECT RAISE(ABORT, 'a line must follow the last one, with its hash'); END;
CREATE TRIGGER audit_personal_stays BEFORE UPDATE ON audit_personal
BEGIN SELECT RAISE(ABORT, 'personal data is erased, never changed'); END;
