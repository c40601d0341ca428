//! Why the store could not do it.

/// What went wrong. After [`Error::Database`] of a write the outcome is unknown: read the head again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else was first; nothing was written.
    #[error("the head moved to revision {head}")]
    HeadMoved {
        /// The project's head now.
        head: u64,
    },
    /// The change is at another version, or no longer open; nothing was written.
    #[error("the change is at version {version}")]
    Stale {
        /// Its version now.
        version: u64,
    },
    /// There is no such thing; nothing was written.
    #[error("there is no {0}")]
    NotFound(&'static str),
    /// It is there already; nothing was written.
    #[error("it is there already")]
    Exists,
    /// What is stored can't be read back.
    #[error("stored {what} can't be read: {why}")]
    Unreadable {
        /// What was read.
        what: &'static str,
        /// Why it can't be.
        why: String,
    },
    /// The database failed.
    #[error("database: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(e) if e.is_unique_violation() => Error::Exists,
            _ => Error::Database(Box::new(error)),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Error::Database(Box::new(error))
    }
}
