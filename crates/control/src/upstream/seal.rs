//! Keeping what opens an upstream: it has to be sent as it is, so that a hash would not do. It is sealed with a key that
//! is kept beside the store, never in it, and for one place alone: moved to another line, or with another address put
//! beside it, it does not open.

use hmac::{Hmac, KeyInit, Mac};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::Sha256;

use crate::HookSettings;

/// Seals `secret` for `place`.
pub(super) fn seal(settings: &HookSettings, place: &str, secret: &str) -> Vec<u8> {
    let nonce: [u8; NONCE_LEN] = rand::random();
    let mut text = secret.as_bytes().to_vec();
    key(settings)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut text)
        .expect("only what is longer than 64 GiB can't be sealed");
    [nonce.as_slice(), &text].concat()
}

/// Opens what was sealed for `place`; nothing where it was sealed for another, or with another key.
pub(super) fn open(settings: &HookSettings, place: &str, sealed: &[u8]) -> Option<String> {
    let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
    let mut text = text.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let opened = key(settings).open_in_place(nonce, Aad::from(place), &mut text).ok()?;
    String::from_utf8(opened.to_vec()).ok()
}

fn key(settings: &HookSettings) -> LessSafeKey {
    let mut mac = Hmac::<Sha256>::new_from_slice(&settings.key).expect("any length is a key");
    mac.update(b"switchyard upstream 1\n");
    let key = UnboundKey::new(&AES_256_GCM, &mac.finalize().into_bytes()).expect("the key has 32 bytes");
    LessSafeKey::new(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_in_its_place_alone() {
        let settings = |key| HookSettings { key, private: false, public_url: String::new() };
        let ours = settings([7; 32]);
        let sealed = seal(&ours, "shop/production https://a", "sdk-secret");
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_ne!(sealed, seal(&ours, "shop/production https://a", "sdk-secret"));
        assert_eq!(open(&ours, "shop/production https://a", &sealed).as_deref(), Some("sdk-secret"));
        assert_eq!(open(&ours, "shop/production https://b", &sealed), None);
        assert_eq!(open(&settings([8; 32]), "shop/production https://a", &sealed), None);
        assert_eq!(open(&ours, "shop/production https://a", &sealed[..20]), None);
        assert_eq!(open(&ours, "shop/production https://a", b""), None);
    }
}
