//! Changes, revert, restore, access: the only writer of revisions.
