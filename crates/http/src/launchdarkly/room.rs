//! Room for events that are read and counted, so that a flood of them is answered and not kept.

use std::sync::Arc;

use http::{HeaderMap, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::body;

/// All bodies together, in KiB: what is read, and what comes out of it.
const KIB: usize = 96 * 1_024;

/// How much larger a compressed body may be when it is unpacked; it is seldom more.
const PACKED: usize = 8;

/// What there is room for.
pub(crate) struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Room(Arc::new(Semaphore::new(KIB)))
    }
}

impl Room {
    /// Room for a request's body, until what is answered is dropped; `None` where there is none now.
    pub(crate) fn for_body(&self, headers: &HeaderMap) -> Option<OwnedSemaphorePermit> {
        let length = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
        let length = length.and_then(|v| v.parse().ok()).unwrap_or(body::LIMIT);
        let packed = headers.contains_key(header::CONTENT_ENCODING);
        let bytes = if packed { length.saturating_mul(PACKED) } else { length };
        let kib = bytes.min(body::LIMIT) / 1_024 + 1;
        Arc::clone(&self.0).try_acquire_many_owned(u32::try_from(kib).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_much_and_again_when_it_is_counted() {
        let room = Room::default();
        let headers =
            |length: &str| [(header::CONTENT_LENGTH, length.parse().unwrap())].into_iter().collect();
        let large: HeaderMap = headers("9000000");
        let mut held: Vec<_> = std::iter::from_fn(|| room.for_body(&large)).collect();
        assert_eq!(held.len(), KIB * 1_024 / 9_000_000);
        assert!(room.for_body(&HeaderMap::new()).is_none(), "a length that is not said is the longest");
        assert!(room.for_body(&headers("2000")).is_some(), "small ones still fit");
        held.pop();
        assert!(room.for_body(&large).is_some());
    }
}
