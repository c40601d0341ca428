//! Secrets that are not kept, and what is signed with them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::HookSettings;

/// How far the clocks of who signs and who checks may be apart, in seconds.
pub(crate) const TOLERANCE: i64 = 5 * 60;

/// A secret that signs, as Standard Webhooks has it.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret([u8; 32]);

/// Never shows it.
impl std::fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

impl SigningSecret {
    /// As it is shown, once: `whsec_` and base64.
    pub fn to_text(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.0))
    }

    /// The signature of a message: `v1,` and the base64 of HMAC-SHA256 of `id.timestamp.body`, the timestamp in
    /// seconds since 1970 (Standard Webhooks 1.0).
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mac = hmac(&self.0, &[id.as_bytes(), b".", timestamp.to_string().as_bytes(), b".", body]);
        format!("v1,{}", STANDARD.encode(mac))
    }

    /// True where one of the signatures is this secret's, and its time is now or nearly.
    pub(crate) fn signed(&self, signed: &Signed<'_>, body: &[u8], now: Timestamp) -> bool {
        let Ok(timestamp) = signed.timestamp.parse::<i64>() else { return false };
        let expected = self.sign(signed.id, timestamp, body);
        let one = |given: &str| bool::from(given.as_bytes().ct_eq(expected.as_bytes()));
        timestamp.abs_diff(now.as_second()) <= TOLERANCE as u64 && signed.signatures.split(' ').any(one)
    }
}

/// A signature as it came, from the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// The message's id.
    pub id: &'a str,
    /// When it was signed, in seconds since 1970.
    pub timestamp: &'a str,
    /// Signatures, with spaces between them.
    pub signatures: &'a str,
}

impl HookSettings {
    /// The secret that signs for a webhook or trigger, in one of its versions.
    pub fn signing_secret(&self, id: &str, version: u32) -> SigningSecret {
        let version = version.to_be_bytes();
        SigningSecret(hmac(&self.key, &[b"switchyard signing secret 1\n", id.as_bytes(), b"\n", &version]))
    }

    /// What follows a review link's id, so that nobody makes one up.
    pub(crate) fn link_proof(&self, id: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac(&self.key, &[b"switchyard review link 1\n", id.as_bytes()]))
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification's libraries.
    #[test]
    fn signs_as_the_standard_does() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let mac = hmac(&secret, &[id.as_bytes(), b".1614265330.", br#"{"test": 2432232314}"#]);
        assert_eq!(STANDARD.encode(mac), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn old_and_foreign_signatures_do_not_count() {
        let settings = HookSettings { key: [7; 32], private: false, public_url: String::new() };
        let (ours, next) = (settings.signing_secret("hook-1", 1), settings.signing_secret("hook-1", 2));
        assert_ne!(ours, next);
        assert_ne!(ours, settings.signing_secret("hook-2", 1));
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let signature = ours.sign("msg_1", now.as_second(), b"{}");
        let both = format!("{} {signature}", next.sign("msg_1", now.as_second(), b"{}"));
        let signed = |timestamp: &str, signatures: &str, body: &[u8], at: i64| {
            let now = Timestamp::from_second(now.as_second() + at).unwrap();
            ours.signed(&Signed { id: "msg_1", timestamp, signatures }, body, now)
        };
        assert!(signed("1800000000", &both, b"{}", 0) && signed("1800000000", &signature, b"{}", TOLERANCE));
        assert!(!signed("1800000000", &signature, b"{} ", 0), "another body");
        assert!(!signed("1800000001", &signature, b"{}", 0), "another time");
        assert!(!signed("1800000000", &signature, b"{}", TOLERANCE + 1), "too late");
        assert!(!signed("soon", &signature, b"{}", 0) && !signed("1800000000", "", b"{}", 0));
    }
}
