//! From the outbox to deliveries.

use switchyard_control as control;
use switchyard_store::{self as store, Told};

use crate::Parts;

/// So many are read at a time.
const PART: u32 = 50;

/// So often a message is tried to be made; then those behind it must not wait any longer.
const TRIES: u32 = 10;

/// What no message could be made of, and how often that was tried.
#[derive(Default)]
pub(crate) struct Stuck {
    sequence: u64,
    tries: u32,
}

impl Stuck {
    fn gives_up(&mut self, sequence: u64) -> bool {
        let tries = if self.sequence == sequence { self.tries + 1 } else { 1 };
        *self = Stuck { sequence, tries };
        tries >= TRIES
    }
}

/// Why it is to be tried again later.
#[derive(Debug)]
pub(crate) enum Error {
    Store(store::Error),
    Control(control::Error),
}

/// Makes deliveries of everything in the outbox, in order. Each leaves it in the transaction that makes them, so
/// that a process that ends at any line tells it once, and not never or twice.
///
/// # Errors
/// Where the store can't be read or written, or a message not be made: it is to be tried again.
pub(crate) async fn empty(parts: &Parts, stuck: &mut Stuck) -> Result<(), Error> {
    loop {
        let happenings = parts.store.happenings(PART).await?;
        if happenings.is_empty() {
            return Ok(());
        }
        let hooks = parts.store.webhooks().await?;
        for happening in happenings {
            let told = match parts.control.told(&happening, &hooks).await {
                Ok(told) => told,
                Err(error) if stuck.gives_up(happening.sequence) => {
                    tracing::error!(%error, ?happening, "it is told to nobody: no message could be made of it");
                    Told::default()
                }
                Err(error) => return Err(error.into()),
            };
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
