//! Which ID tokens are believed.

use std::time::{Duration, SystemTime};

use openidconnect::core::{CoreIdTokenVerifier, CoreJwsSigningAlgorithm as Alg};

/// So much may the provider's clock differ from ours.
pub(crate) const SKEW: Duration = Duration::from_secs(60);

/// An ID token is asked for and comes at once: an older one was kept by somebody.
const OLDEST: Duration = Duration::from_secs(10 * 60);

/// Signatures that only the provider can make. Without `none`, and without those whose key both sides have.
const SIGNATURES: [Alg; 9] = [
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP384Sha384,
    Alg::EdDsa,
];

/// With our signatures, and our idea of time.
pub(crate) fn strict(verifier: CoreIdTokenVerifier<'_>) -> CoreIdTokenVerifier<'_> {
    verifier
        .set_allowed_algs(SIGNATURES)
        .set_time_fn(|| (SystemTime::now() - SKEW).into())
        .set_issue_time_verifier_fn(|issued| is_of_now(issued.into(), SystemTime::now()))
}

fn is_of_now(issued: SystemTime, now: SystemTime) -> Result<(), String> {
    if issued > now + SKEW {
        return Err("it was issued in the future".into());
    }
    if issued + OLDEST + SKEW < now {
        return Err("it was issued too long ago".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_differ_by_a_minute() {
        let now = SystemTime::now();
        assert_eq!(is_of_now(now + SKEW, now), Ok(()));
        assert_eq!(is_of_now(now - OLDEST - SKEW, now), Ok(()));
        assert!(is_of_now(now + SKEW + Duration::from_secs(1), now).is_err());
        assert!(is_of_now(now - OLDEST - SKEW - Duration::from_secs(1), now).is_err());
    }
}
