//! How many streams may begin at once. Whoever comes back after a cut asks for everything again, all at the same
//! moment: what is on its way to them is bounded, and who comes too many is asked to come again, not all at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::Problems;

/// Kilobytes of first answers that may be on their way at once.
const ON_THE_WAY: u32 = 64 * 1024;

/// What a stream costs at its beginning at least, in kilobytes: the connection's own buffers.
const LEAST: u32 = 16;

/// Seconds after which the first of those that were turned away may come again, and the last.
const COME_AGAIN: std::ops::RangeInclusive<u64> = 1..=10;

/// What is left for streams that begin.
pub(crate) struct Admission(Arc<Semaphore>);

/// The right to begin; given back when all of the first answer was taken by the connection.
pub(super) struct Admitted(#[expect(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit);

impl Default for Admission {
    fn default() -> Self {
        Admission(Arc::new(Semaphore::new(ON_THE_WAY as usize)))
    }
}

impl Admission {
    /// Lets a stream begin whose first answer has so many bytes. One that is larger than all there is begins when
    /// it is alone.
    ///
    /// # Errors
    /// 503 with a `Retry-After` that differs from client to client.
    pub(super) fn admit(&self, bytes: usize) -> Result<Admitted, Problems> {
        let kilobytes = u32::try_from(bytes / 1024).unwrap_or(ON_THE_WAY).clamp(LEAST, ON_THE_WAY);
        let permit = self.0.clone().try_acquire_many_owned(kilobytes);
        permit.map(Admitted).map_err(|_| Problems::busy(rand::random_range(COME_AGAIN)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_its_way_is_bounded_and_the_rest_is_asked_to_come_again() {
        let admission = Admission::default();
        let large = 10 * 1024 * 1024;
        let mut begun: Vec<_> = (0..6).map(|_| admission.admit(large).unwrap()).collect();
        let waits: Vec<_> = (0..50).map(|_| admission.admit(large).err().unwrap()).collect();
        assert!(waits.iter().all(|refused| refused.status == 503));
        let seconds: std::collections::BTreeSet<_> = waits.iter().map(|w| w.retry_after.unwrap()).collect();
        assert!(seconds.len() > 1 && seconds.iter().all(|s| COME_AGAIN.contains(s)), "{seconds:?}");
        begun.pop();
        assert!(admission.admit(large).is_ok());
        begun.clear();
        assert!(admission.admit(usize::MAX).is_ok(), "what is larger than all there is begins alone");
        let small: Vec<_> = (0..4096).map(|_| admission.admit(10)).collect();
        assert!(small.iter().all(Result::is_ok) && admission.admit(10).is_err());
    }
}
