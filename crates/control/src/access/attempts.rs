//! Slows down who guesses the password of an account, from however many addresses.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use switchyard_store::Hash;

use super::secrets;

/// So many tries in a window; one that succeeds forgives those before.
const TRIES: u32 = 10;
const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// More accounts than this are not told apart: the one that was tried first makes room.
const ACCOUNTS: usize = 10_000;

/// Tries by account, whether there is one or not, so that a refusal does not tell. Only hashes are kept.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<Hash, (Timestamp, u32)>>);

impl Attempts {
    /// Counts a try before it is made, so that many at once are as many as one by one.
    ///
    /// # Errors
    /// Seconds to wait.
    pub(crate) fn begin(&self, account: &str, now: Timestamp) -> Result<(), u64> {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let account = secrets::hash(account);
        if map.len() >= ACCOUNTS && !map.contains_key(&account) {
            map.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
            let first = map.iter().min_by_key(|(_, (since, _))| *since).map(|(account, _)| *account);
            if let Some(first) = first.filter(|_| map.len() >= ACCOUNTS) {
                map.remove(&first);
            }
        }
        let (since, tries) = map.entry(account).or_insert((now, 0));
        let passed = now.duration_since(*since);
        if passed >= WINDOW {
            (*since, *tries) = (now, 0);
        } else if *tries >= TRIES {
            return Err((WINDOW - passed).as_secs().unsigned_abs() + 1);
        }
        *tries += 1;
        Ok(())
    }

    /// Forgives the tries of who got in.
    pub(crate) fn succeeded(&self, account: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&secrets::hash(account));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_ten_tries_and_a_flood_of_others_is_bounded() {
        let (attempts, start) = (Attempts::default(), Timestamp::from_second(1_000).unwrap());
        for _ in 0..TRIES {
            attempts.begin("ann", start).unwrap();
        }
        assert_eq!(attempts.begin("ann", start + SignedDuration::from_mins(5)), Err(601));
        attempts.begin("bob", start).unwrap();
        assert_eq!(attempts.begin("ann", start + WINDOW), Ok(()));
        attempts.succeeded("ann");
        for n in 0..2 * ACCOUNTS {
            attempts.begin(&n.to_string(), start + WINDOW).unwrap();
        }
        assert_eq!(attempts.0.lock().unwrap().len(), ACCOUNTS);
    }
}
