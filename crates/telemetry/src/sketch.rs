//! How many different contexts: exact up to 256, then HyperLogLog with 1,024 registers (standard error 3.3 %). At
//! most 1 KiB, as each variation of each flag has a dozen of them. Source: Flajolet and others, "HyperLogLog: the
//! analysis of a near-optimal cardinality estimation algorithm", 2007, with its correction for small numbers.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::series::Bucket;

const EXACT: usize = 256;
const BITS: u32 = 10;
const REGISTERS: usize = 1 << BITS;

#[derive(Debug, Clone)]
pub(crate) enum Sketch {
    /// Hashes, ascending.
    Exact(Vec<u32>),
    /// The most leading zeros seen per register, plus one.
    Registers(Box<[u8]>),
}

impl Default for Sketch {
    fn default() -> Self {
        Sketch::Exact(Vec::new())
    }
}

/// The same in every thread.
pub(crate) fn hash(key: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish() as u32
}

impl Sketch {
    pub(crate) fn insert(&mut self, hash: u32) {
        match self {
            Sketch::Registers(registers) => raise(registers, hash),
            Sketch::Exact(hashes) => {
                if let Err(index) = hashes.binary_search(&hash) {
                    hashes.insert(index, hash);
                }
                if hashes.len() > EXACT {
                    let mut registers = vec![0; REGISTERS].into_boxed_slice();
                    hashes.iter().for_each(|hash| raise(&mut registers, *hash));
                    *self = Sketch::Registers(registers);
                }
            }
        }
    }

    pub(crate) fn count(&self) -> u64 {
        let registers = match self {
            Sketch::Exact(hashes) => return hashes.len() as u64,
            Sketch::Registers(registers) => registers,
        };
        let m = REGISTERS as f64;
        let sum: f64 = registers.iter().map(|rank| f64::powi(2.0, -i32::from(*rank))).sum();
        let estimate = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
        let empty = registers.iter().filter(|rank| **rank == 0).count() as f64;
        let few = estimate <= 2.5 * m && empty > 0.0;
        (if few { m * (m / empty).ln() } else { estimate }).round() as u64
    }
}

impl Bucket for Sketch {
    fn merge(&mut self, other: &Self) {
        match other {
            Sketch::Exact(hashes) => hashes.iter().for_each(|hash| self.insert(*hash)),
            Sketch::Registers(theirs) => {
                let mut merged = theirs.clone();
                match self {
                    Sketch::Exact(hashes) => hashes.iter().for_each(|hash| raise(&mut merged, *hash)),
                    Sketch::Registers(mine) => {
                        merged.iter_mut().zip(mine).for_each(|(into, from)| *into = (*into).max(*from));
                    }
                }
                *self = Sketch::Registers(merged);
            }
        }
    }
}

fn raise(registers: &mut [u8], hash: u32) {
    // The bit behind the last one bounds the rank at 23.
    let rank = ((hash << BITS) | (1 << (BITS - 1))).leading_zeros() as u8 + 1;
    let register = &mut registers[(hash >> (32 - BITS)) as usize];
    *register = (*register).max(rank);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_exact_for_some_and_close_for_a_million() {
        for (contexts, tolerance) in
            [(0, 0.0), (1, 0.0), (256, 0.0), (1_000, 0.06), (20_000, 0.06), (1_000_000, 0.06)]
        {
            let (mut whole, mut halves) = (Sketch::default(), [Sketch::default(), Sketch::default()]);
            for n in 0..contexts {
                let hash = hash(&format!("user-{n}"));
                whole.insert(hash);
                whole.insert(hash);
                halves[n % 2].insert(hash);
            }
            let [mut merged, other] = halves;
            merged.merge(&other);
            assert_eq!(merged.count(), whole.count());
            let off = (whole.count() as f64 - contexts as f64).abs();
            assert!(off <= contexts as f64 * tolerance, "{contexts}: {}", whole.count());
        }
    }
}
