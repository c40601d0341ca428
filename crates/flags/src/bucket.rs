//! Where a value falls in a percentage: LaunchDarkly's SHA-1 buckets, for rollouts and for the splits of routes.

use sha1::block_api::compress;

/// SHA-1's initial state (FIPS 180-4, 5.3.1).
const INITIAL: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
const BLOCK: usize = 64;
/// What is left of a block beside the mark and the length that end a message.
const LAST_BLOCK: usize = BLOCK - 9;

/// A place between 0 and 1 that depends on nothing but the prefix and the value.
///
/// It is the first 60 bits of SHA-1 over `PREFIX.VALUE` as a number, divided by 2⁶⁰ − 1, in single precision: as
/// LaunchDarkly's evaluators for Rust and Go compute it. Those in double precision (JavaScript, Python, Java)
/// differ after the seventh digit.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Bucket(f32);

/// The largest number of 60 bits in single precision, where it is 2⁶⁰.
const SCALE: f32 = 1_152_921_504_606_846_976.0;
/// All of a rollout's or a split's weights.
pub(crate) const WHOLE: f32 = 100_000.0;

impl Bucket {
    /// From 0 to 1, where 1 only comes from rounding.
    pub fn fraction(self) -> f32 {
        self.0
    }

    /// Which of 100,000 parts it is: 0 to 99,999.
    pub fn part(self) -> u32 {
        ((f64::from(self.0) * f64::from(WHOLE)) as u32).min(99_999)
    }

    /// Whether it is below this many of 100,000 parts, as a rollout's running sum asks.
    pub fn is_below(self, parts: u32) -> bool {
        let limit = parts as f32 / WHOLE;
        self.0 < limit
    }
}

/// The first parts of what is hashed, prepared: for a flag its key and salt, for a seeded rollout the seed, for
/// a route whatever names the split.
#[derive(Clone, Debug)]
pub struct BucketPrefix {
    state: [u32; 5],
    block: [u8; BLOCK],
    filled: usize,
    length: usize,
}

impl BucketPrefix {
    /// Joins the parts with dots, and puts one behind them.
    pub fn new(parts: &[&str]) -> Self {
        let mut prefix = Self { state: INITIAL, block: [0; BLOCK], filled: 0, length: 0 };
        for part in parts {
            prefix.absorb(part.as_bytes());
            prefix.absorb(b".");
        }
        prefix
    }

    /// Reads something of its first and last, for [`crate::ahead`].
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        u64::from(self.block[0]) ^ u64::from(self.block[BLOCK - 1]) ^ self.length as u64
    }

    /// Where the value falls. Doesn't allocate.
    #[inline]
    pub fn bucket(&self, value: &str) -> Bucket {
        self.bucket_bytes(value.as_bytes())
    }

    /// Where a whole number falls, in its decimal form.
    pub(crate) fn bucket_integer(&self, number: i64) -> Bucket {
        let mut text = [0; 20];
        let mut at = text.len();
        let mut rest = number.unsigned_abs();
        loop {
            at -= 1;
            text[at] = b"0123456789"[(rest % 10) as usize];
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if number < 0 {
            at -= 1;
            text[at] = b'-';
        }
        self.bucket_bytes(&text[at..])
    }

    #[inline]
    fn bucket_bytes(&self, bytes: &[u8]) -> Bucket {
        let end = self.filled + bytes.len();
        let mut state = self.state;
        if end <= LAST_BLOCK {
            let mut block = self.block;
            block[self.filled..end].copy_from_slice(bytes);
            finish(&mut state, &mut block, end, self.length + bytes.len());
        } else {
            let mut long = self.clone();
            long.absorb(bytes);
            state = long.finished();
        }
        from_digest(&state)
    }

    fn absorb(&mut self, mut bytes: &[u8]) {
        self.length += bytes.len();
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - self.filled));
            self.block[self.filled..self.filled + now.len()].copy_from_slice(now);
            self.filled += now.len();
            bytes = later;
            if self.filled == BLOCK {
                compress(&mut self.state, &[self.block]);
                self.block = [0; BLOCK];
                self.filled = 0;
            }
        }
    }

    fn finished(mut self) -> [u32; 5] {
        if self.filled > LAST_BLOCK {
            self.block[self.filled] = 0x80;
            compress(&mut self.state, &[self.block]);
            self.block = [0; BLOCK];
            self.block[BLOCK - 8..].copy_from_slice(&(self.length as u64 * 8).to_be_bytes());
            compress(&mut self.state, &[self.block]);
        } else {
            finish(&mut self.state, &mut self.block, self.filled, self.length);
        }
        self.state
    }
}

/// Ends the message in this block.
#[inline]
fn finish(state: &mut [u32; 5], block: &mut [u8; BLOCK], filled: usize, length: usize) {
    block[filled] = 0x80;
    block[BLOCK - 8..].copy_from_slice(&(length as u64 * 8).to_be_bytes());
    compress(state, std::slice::from_ref(block));
}

#[inline]
fn from_digest(state: &[u32; 5]) -> Bucket {
    let bits = (u64::from(state[0]) << 28) | u64::from(state[1] >> 4);
    Bucket(bits as f32 / SCALE)
}

/// Where a value falls under a prefix that isn't prepared.
pub fn bucket_of(prefix: &[&str], value: &str) -> Bucket {
    BucketPrefix::new(prefix).bucket(value)
}

#[cfg(test)]
mod tests {
    use sha1::{Digest, Sha1};

    use super::*;

    /// LaunchDarkly's own consistency tests, the same in all its SDKs.
    #[test]
    fn falls_where_the_official_sdks_say() {
        let cases: [(&[&str], &str, f32); 6] = [
            (&["hashKey", "saltyA"], "userKeyA", 0.421_575_87),
            (&["hashKey", "saltyA"], "userKeyB", 0.670_848_5),
            (&["hashKey", "saltyA"], "userKeyC", 0.103_431_06),
            (&["61"], "userKeyA", 0.098_012_07),
            (&["61"], "userKeyB", 0.144_837_77),
            (&["61"], "userKeyC", 0.924_264_1),
        ];
        for (prefix, key, want) in cases {
            let bucket = bucket_of(prefix, key);
            assert!((bucket.fraction() - want).abs() < 1e-7, "{prefix:?} {key}: {bucket:?}");
        }
    }

    #[test]
    fn agrees_with_sha1_at_every_length() {
        for prefix in [0, 1, 50, 54, 55, 62, 63, 64, 130] {
            for value in 0..140 {
                let (prefix, value) = ("p".repeat(prefix), "v".repeat(value));
                let digest = Sha1::digest(format!("{prefix}.{value}"));
                let state: [u32; 5] =
                    std::array::from_fn(|i| u32::from_be_bytes(digest[i * 4..i * 4 + 4].try_into().unwrap()));
                assert_eq!(bucket_of(&[&prefix], &value), from_digest(&state), "{prefix}.{value}");
            }
        }
    }

    #[test]
    fn an_integer_falls_where_its_digits_do() {
        let prefix = BucketPrefix::new(&["k"]);
        for number in [0, 7, -1, 1_234_567_890_123_456_789, i64::MIN, i64::MAX] {
            assert_eq!(prefix.bucket_integer(number), prefix.bucket(&number.to_string()));
        }
    }

    #[test]
    fn parts_and_thresholds_agree() {
        assert!(Bucket(0.375).is_below(37_501) && !Bucket(0.375).is_below(37_500));
        assert_eq!((Bucket(0.0).part(), Bucket(0.375).part(), Bucket(1.0).part()), (0, 37_500, 99_999));
    }
}
