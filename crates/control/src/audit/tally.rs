//! Counts what happens too often for a line each.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// More than so many different ones are counted together: nobody fills the log by asking for many things.
const DIFFERENT: usize = 200;

/// The most bytes of what was asked.
const ASKED: usize = 120;

/// Counts by who and what, bounded.
#[derive(Default)]
pub(crate) struct Tally(Mutex<HashMap<(String, String), Counted>>);

struct Counted {
    count: u64,
    first: Timestamp,
    last: Timestamp,
}

/// What was counted of one.
#[derive(Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) who: String,
    pub(crate) target: String,
    pub(crate) count: u64,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
}

impl Tally {
    pub(crate) fn count(&self, who: &str, target: &str, now: Timestamp) {
        let target = &target[..target.floor_char_boundary(ASKED)];
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = counts.len() >= DIFFERENT;
        let mut key = (who.to_owned(), target.to_owned());
        if full && !counts.contains_key(&key) {
            key = ("many".into(), "others".into());
        }
        let counted = counts.entry(key).or_insert(Counted { count: 0, first: now, last: now });
        counted.count += 1;
        counted.last = now;
    }

    /// Everything since the last time, by who and what.
    pub(crate) fn take(&self) -> Vec<Line> {
        let counts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let line = |((who, target), Counted { count, first, last })| Line { who, target, count, first, last };
        let mut lines: Vec<_> = counts.into_iter().map(line).collect();
        lines.sort_by(|a, b| (&a.who, &a.target).cmp(&(&b.who, &b.target)));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_a_few_lines() {
        let tally = Tally::default();
        let now = |s| Timestamp::from_second(s).unwrap();
        for n in 0..10_000 {
            tally.count("stranger", &format!("GET /{n}/{}", "é".repeat(200)), now(n));
        }
        tally.count("bob", "POST /x", now(7));
        let lines = tally.take();
        assert_eq!(lines.len(), DIFFERENT + 1);
        assert_eq!(lines.iter().map(|line| line.count).sum::<u64>(), 10_001);
        assert!(lines.iter().all(|line| line.target.len() <= ASKED));
        assert!(tally.take().is_empty());
    }
}
