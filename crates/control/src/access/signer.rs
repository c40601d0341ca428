//! HMAC-SHA-256 (RFC 2104) with a secret that is not kept. What is kept is what the secret comes to before any
//! message: the states of both hashes after their first block. It makes the same hashes, and nobody finds the secret
//! from it.

use sha2::block_api::compress256;
use sha2::{Digest, Sha256};
use switchyard_store::Signer;

/// SHA-256's beginning (FIPS 180-4, 5.3.3).
const BEGINNING: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// Bytes that SHA-256 takes at once.
const BLOCK: usize = 64;

/// What is kept of a secret.
pub(super) fn of(secret: &[u8]) -> Signer {
    let mut block = [0; BLOCK];
    if secret.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(secret));
    } else {
        block[..secret.len()].copy_from_slice(secret);
    }
    let mut signer = [0; 64];
    for (half, pad) in signer.chunks_exact_mut(32).zip([0x36, 0x5c]) {
        let mut state = BEGINNING;
        compress256(&mut state, &[block.map(|byte| byte ^ pad)]);
        half.copy_from_slice(&bytes(&state));
    }
    signer
}

/// The message's hash.
pub(super) fn sign(signer: &Signer, message: &[u8]) -> [u8; 32] {
    let (inner, outer) = signer.split_at(32);
    finish(outer, &finish(inner, message))
}

/// SHA-256 from a state that has taken one block already.
fn finish(state: &[u8], message: &[u8]) -> [u8; 32] {
    let mut words = [0_u32; 8];
    for (word, four) in words.iter_mut().zip(state.chunks_exact(4)) {
        *word = u32::from_be_bytes([four[0], four[1], four[2], four[3]]);
    }
    let bits = (BLOCK + message.len()) as u64 * 8;
    let mut rest = message.to_vec();
    rest.push(0x80);
    rest.resize((rest.len() + 8).next_multiple_of(BLOCK) - 8, 0);
    rest.extend_from_slice(&bits.to_be_bytes());
    for block in rest.as_chunks().0 {
        compress256(&mut words, &[*block]);
    }
    bytes(&words)
}

fn bytes(state: &[u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (four, word) in bytes.chunks_exact_mut(4).zip(state) {
        four.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};

    use super::*;

    #[test]
    fn hashes_are_hmac_s_whatever_the_lengths() {
        for key in [0, 1, 52, 63, 64, 65, 200] {
            let key = vec![b'k'; key];
            for length in [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000] {
                let message: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
                let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
                mac.update(&message);
                let expected: [u8; 32] = mac.finalize().into_bytes().into();
                assert_eq!(sign(&of(&key), &message), expected, "{} {length}", key.len());
            }
        }
    }
}
