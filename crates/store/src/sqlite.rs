//! SQLite: one file, one writing connection, a few reading ones.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

use crate::Error;

mod access;
mod audit;
mod changes;
mod code;
mod git;
mod history;
mod hooks;
mod lists;
mod migrations;
mod policies;
mod projects;
mod schedules;
mod signin;
mod teams;
mod upstreams;
mod usage;
mod values;

/// How long a connection waits for another process (a backup, a shell) to let go of the file.
const BUSY: Duration = Duration::from_secs(10);

/// Readers at a time; more wait. Each is a thread.
const READERS: u32 = 4;

/// A store in one SQLite file. Commits are on disk (`synchronous=FULL`) before they are answered.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, makes it where it is missing, and brings its tables up to date.
    ///
    /// # Errors
    /// [`Error::Database`] when the file can't be opened, is no database, or was written by a newer version.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What is deleted is overwritten: erased personal data must not stay readable in the file.
            .pragma("secure_delete", "ON")
            .busy_timeout(BUSY);
        // SQLite has one writer at a time; one connection queues them here instead of failing there.
        let writer = forever(1).connect_with(options.clone()).await?;
        migrations::migrator().run(&writer).await?;
        let readers = forever(READERS).connect_with(options.pragma("query_only", "ON")).await?;
        Ok(SqliteStore { writer, readers })
    }

    /// Opens the file to read only, also beside a process that writes.
    ///
    /// # Errors
    /// [`Error::Database`] when there is no such file, or it was written by another version.
    pub async fn read(path: &Path) -> Result<Self, Error> {
        let options =
            SqliteConnectOptions::new().filename(path).busy_timeout(BUSY).pragma("query_only", "ON");
        let readers = forever(READERS).connect_with(options).await?;
        let wanted = migrations::newest();
        let there: Option<i64> =
            sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&readers).await?;
        match there == wanted {
            true => Ok(SqliteStore { writer: readers.clone(), readers }),
            false => Err(Error::Unreadable {
                what: "tables",
                why: format!("they are of version {there:?}, and this reads {wanted:?}"),
            }),
        }
    }

    /// Closes the file; what is under way is finished first.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Empties the write-ahead log, which has pages as they were before something was erased. Where that can't
    /// be done now (a reader outside holds it open longer than [`BUSY`]), it is emptied when the file is next
    /// closed. It answers nothing: what was erased is committed, and must not look as if it were not.
    async fn forget_pages(&self) {
        let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await;
    }

    /// Takes the write lock at once: a transaction that reads first and then writes could else be refused.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, Error> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

fn forever(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(connections).idle_timeout(None).max_lifetime(None)
}
