//! Secrets: made, hashed, compared.

use rand::RngExt;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use switchyard_store::Hash;

/// Random bytes of a secret: 192 bits.
const BYTES: usize = 24;

/// Random bytes of a client-side id, which is public: 96 bits, LaunchDarkly's length.
const PUBLIC_BYTES: usize = 12;

/// A new secret: `prefix` and 48 hexadecimal digits.
pub(crate) fn secret(prefix: &str) -> String {
    format!("{prefix}{}", hex(&rand::rng().random::<[u8; BYTES]>()))
}

/// A new client-side id: 24 hexadecimal digits.
pub(crate) fn public_id() -> String {
    hex(&rand::rng().random::<[u8; PUBLIC_BYTES]>())
}

/// A secret as it is kept. SHA-256 is enough for what is random: there is nothing to guess.
pub(crate) fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

/// True where both are the same; takes the same time whatever differs.
pub(crate) fn same(a: &Hash, b: &Hash) -> bool {
    a.ct_eq(b).into()
}

/// The last four characters.
pub(crate) fn hint(secret: &str) -> String {
    let from = secret.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    secret[from..].to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
