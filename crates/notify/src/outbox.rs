//! From the outbox to deliveries.

use switchyard_control as control;
use switchyard_store as store;

use crate::Parts;

/// So many are read at a time.
const PART: u32 = 50;

/// Why it is to be tried again later.
#[derive(Debug)]
pub(crate) enum Error {
    Store(store::Error),
    Control(control::Error),
}

/// Makes deliveries of everything in the outbox, in order. Each leaves it in the transaction that makes them, so
/// that a process that ends at any line tells it once, and not never or twice.
pub(crate) async fn empty(parts: &Parts) -> Result<(), Error> {
    loop {
        let happenings = parts.store.happenings(PART).await?;
        if happenings.is_empty() {
            return Ok(());
        }
        let hooks = parts.store.webhooks().await?;
        for happening in happenings {
            let told = parts.control.told(&happening, &hooks).await?;
            parts.store.dispatch(happening.sequence, &told).await?;
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Error::Store(error)
    }
}

impl From<control::Error> for Error {
    fn from(error: control::Error) -> Self {
        Error::Control(error)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Store(error) => error.fmt(f),
            Error::Control(error) => error.fmt(f),
        }
    }
}
