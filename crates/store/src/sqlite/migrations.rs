//! The tables, as they came to be.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// By name: a number, and what it is about. What was released is never altered: its hash is in every file.
macro_rules! migrations {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../migrations/", $name, ".sql")))),+]
    };
}

/// All of them. `sqlx::migrate!` would find them by itself, and build SQLite and half of sqlx a second time for it.
const ALL: &[(&str, &str)] = migrations![
    "0001_history",
    "0002_access",
    "0003_review",
    "0004_audit",
    "0005_schedules",
    "0006_teams",
    "0007_signin",
    "0008_hooks",
    "0009_git",
    "0010_order",
    "0012_policies",
    "0013_usage",
    "0014_code",
    "0015_secure_mode",
    "0016_upstreams",
    "0017_lists",
    "0018_hidden",
    "0019_unnamed_lists",
];

/// Brings a file's tables up to date.
pub(super) fn migrator() -> Migrator {
    let migrations = ALL.iter().filter_map(|(name, sql)| {
        let (version, about) = name.split_once('_')?;
        let version = version.parse().ok()?;
        Some(Migration::new(version, about.into(), MigrationType::Simple, sql.into_sql_str(), false))
    });
    Migrator::with_migrations(migrations.collect())
}

/// The newest version.
pub(super) fn newest() -> Option<i64> {
    migrator().iter().map(|migration| migration.version).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_are_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let files =
            std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut files: Vec<_> = files.collect();
        files.sort();
        let listed: Vec<_> = ALL.iter().map(|(name, _)| format!("{name}.sql")).collect();
        assert_eq!(listed, files);
        assert_eq!(migrator().iter().count(), files.len());
    }
}
