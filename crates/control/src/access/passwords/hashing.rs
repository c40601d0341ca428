//! Argon2id, off the threads that serve, and a bounded number at once: a flood of sign-ins must not take the
//! machine's memory or its cores.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::{Error, Result};

/// OWASP's parameters: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// So many hash at once, and so many wait; who comes then is told to come again.
const AT_ONCE: usize = 2;
const WAITING: usize = 30;

/// Seconds after which it is worth trying again.
const LATER: u64 = 3;

/// Of a password that nobody has: verified for who has none, so that it takes as long.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5cyBzYWx0IQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub(crate) struct Hasher {
    running: Arc<Semaphore>,
    /// A place in the line, held while it waits and while it runs.
    places: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        Hasher {
            running: Arc::new(Semaphore::new(AT_ONCE)),
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
        }
    }
}

impl Hasher {
    /// A PHC string with a salt of its own.
    ///
    /// # Errors
    /// [`Error::TooOften`] when too many wait.
    pub(super) async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.run(move || {
            let salt: [u8; 16] = rand::random();
            let hash: argon2::password_hash::Result<PasswordHash> =
                argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
            Ok(hash?.to_string())
        })
        .await
    }

    /// Whether it is the password of this PHC string. Without one it takes as long, and is not.
    ///
    /// # Errors
    /// [`Error::TooOften`] when too many wait.
    pub(super) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        let password = password.to_owned();
        self.run(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODYS.to_owned());
            let same = argon2()?.verify_password(password.as_bytes(), &PasswordHash::new(&hash)?);
            Ok(known & same.is_ok())
        })
        .await
    }

    /// Both places are held to the end of the work, also where nobody waits for it any more.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> argon2::password_hash::Result<T> + Send + 'static,
    ) -> Result<T> {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            return Err(Error::TooOften { seconds: LATER });
        };
        let turn = self.running.clone().acquire_owned().await.map_err(|_| Error::Unavailable)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop((turn, place));
            done
        });
        done.await?.map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            Error::Unavailable
        })
    }
}

fn argon2() -> argon2::password_hash::Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_its_own_and_nobody_has_the_one_of_nobody() {
        let hasher = Hasher::default();
        let hash = hasher.hash("correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, hasher.hash("correct horse battery").await.unwrap(), "each has its own salt");
        assert!(hasher.verify("correct horse battery", Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify("correct horse battery.", Some(hash)).await.unwrap());
        assert!(!hasher.verify("correct horse battery", None).await.unwrap());
        // The line is as long as for a hash of ours: the same parameters.
        assert!(PasswordHash::new(NOBODYS).unwrap().hash.is_some());
    }

    #[tokio::test]
    async fn a_flood_is_told_to_come_later() {
        let hasher = Hasher::default();
        let flood = (0..AT_ONCE + WAITING).map(|_| hasher.places.clone().try_acquire_owned().unwrap());
        let flood: Vec<_> = flood.collect();
        assert_eq!(hasher.verify("x", None).await, Err(Error::TooOften { seconds: LATER }));
        drop(flood);
        assert_eq!(hasher.verify("x", None).await, Ok(false));
    }
}
