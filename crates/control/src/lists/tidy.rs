//! Lists that were uploaded and that nothing ever named.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;

use crate::access::principal::SWITCHYARD;
use crate::{Control, Result};

/// How often they are looked for.
const EVERY: Duration = Duration::from_secs(600);

impl Control {
    /// Removes, every now and then, the lists that were uploaded longer ago than `kept` and that nothing names. Runs until
    /// it is dropped.
    pub async fn run_lists(self, kept: Duration) {
        let mut every = tokio::time::interval(EVERY.min(kept).max(Duration::from_secs(1)));
        loop {
            every.tick().await;
            if let Err(error) = self.tidy_lists(kept).await {
                tracing::warn!(%error, "lists that nothing names stay for now");
            }
        }
    }

    /// Removes the lists that were uploaded longer ago than `kept` and that no revision, change or trigger names, and no
    /// list is on top of; how many there were. The audit log tells of them.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn tidy_lists(&self, kept: Duration) -> Result<u64> {
        let _writing = self.inner.lists.writing.lock().await;
        let now = self.now();
        let before = now.checked_sub(kept).unwrap_or(now);
        let mut removed = 0;
        for handle in self.handles() {
            let entry = self.noted(SWITCHYARD, "list.remove", &handle.key, Value::Null);
            removed += self.inner.store.remove_lists(&handle.key, before, entry).await?;
        }
        self.inner.lists.removed.fetch_add(removed, Ordering::Relaxed);
        Ok(removed)
    }

    /// How many lists were removed since the start, as nothing named them.
    pub fn lists_removed(&self) -> u64 {
        self.inner.lists.removed.load(Ordering::Relaxed)
    }
}
