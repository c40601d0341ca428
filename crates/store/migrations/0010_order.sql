-- Changes that must go in order: the numbers of those that are applied before this one.

ALTER TABLE changes ADD COLUMN comes_after TEXT NOT NULL DEFAULT '[]';

-- Few come after others, and with every change it is asked which come after it.
CREATE INDEX changes_in_order ON changes (project) WHERE comes_after <> '[]';
