//! How often a trigger may be set off.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// So often in a minute. An alert that repeats itself faster says nothing new.
const A_MINUTE: u32 = 30;
const WINDOW: i64 = 60;

/// Firings by trigger in their present minute.
#[derive(Default)]
pub(crate) struct Rates(Mutex<HashMap<String, (i64, u32)>>);

impl Rates {
    /// Counts a call; how many seconds to wait where there were too many. Only known triggers come here, so that
    /// the map stays small.
    pub(super) fn too_often(&self, trigger: &str, now: Timestamp) -> Option<u64> {
        let (mut map, now) = (self.0.lock().unwrap_or_else(PoisonError::into_inner), now.as_second());
        let (since, calls) = map.entry(trigger.to_owned()).or_insert((now, 0));
        if now - *since >= WINDOW {
            (*since, *calls) = (now, 0);
        }
        *calls += 1;
        (*calls > A_MINUTE).then(|| (WINDOW - (now - *since)).max(1) as u64)
    }
}
