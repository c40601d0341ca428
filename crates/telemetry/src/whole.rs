//! Answers about all flags at once: noted in a moment, counted a little later.
//!
//! Who asks for 10,000 flags waits for none of 10,000 counts: the answer's decisions are put aside as one row of
//! numbers. They are counted flag by flag, all rows of the same second together, before anybody asks for what was
//! counted, and every now and then.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::record::{ContextHash, EvaluationRecord, Place};
use crate::telemetry::Telemetry;

/// Decisions that are put aside at most, of 4 bytes each; who brings more counts them first.
const MOST: usize = 4 << 20;

/// One answer about all flags that somebody may see.
#[derive(Clone)]
pub struct WholeRecord {
    /// The project's key.
    pub project: Arc<str>,
    /// The environment's key.
    pub environment: Arc<str>,
    /// What the decisions are about.
    pub flags: Arc<dyn WholeFlags>,
    /// A decision for each flag, in their order; equal numbers are equal decisions about a flag.
    pub decisions: Box<[u32]>,
    /// Which application asked, or which SDK; empty where it is not known.
    pub by: Box<str>,
    /// The context, where there is one.
    pub context: Option<ContextHash>,
    /// When.
    pub at: Timestamp,
}

/// Flags in an order, for which numbers stand for decisions.
pub trait WholeFlags: Send + Sync {
    /// Two of the same id have the same flags in the same order, for as long as one of them lives.
    fn id(&self) -> (usize, u8);

    /// Tells of each flag, in order.
    fn each(&self, tell: &mut dyn FnMut(&dyn WholeFlag));
}

/// One of them.
pub trait WholeFlag {
    /// Its key.
    fn key(&self) -> &str;

    /// Its version on the wire.
    fn version(&self) -> u64;

    /// What a number stands for.
    fn decided(&self, decision: u32) -> Decided<'_>;
}

/// One decision about a flag, as in an [`EvaluationRecord`].
#[derive(Debug, Clone, Copy)]
pub struct Decided<'a> {
    /// The variation's index; `None` where the caller's default was served.
    pub variation: Option<usize>,
    /// LaunchDarkly's reason kind.
    pub reason: &'a str,
    /// The id of the rule that matched.
    pub rule: Option<&'a str>,
}

/// What was put aside.
#[derive(Default)]
pub(crate) struct Aside {
    rows: Mutex<Vec<WholeRecord>>,
    decisions: AtomicUsize,
    /// Held by who counts, so that whoever asks meanwhile waits for it.
    counting: Mutex<()>,
}

impl Telemetry {
    /// Counts an answer about all flags. It is in what anybody asks for from now on.
    pub fn whole(&self, whole: WholeRecord) {
        let aside = self.aside();
        let decisions = whole.decisions.len();
        let full = aside.decisions.fetch_add(decisions, Ordering::Relaxed) + decisions > MOST;
        lock(&aside.rows).push(whole);
        if full {
            self.settle();
        }
    }

    /// Counts what was put aside. Takes about a microsecond for a flag, and less for each more answer of the same
    /// second; to be called several times a second by somebody who has the time.
    pub fn settle(&self) {
        let aside = self.aside();
        let _counting = lock(&aside.counting);
        let mut rows = std::mem::take(&mut *lock(&aside.rows));
        if rows.is_empty() {
            return;
        }
        let decisions = rows.iter().map(|row| row.decisions.len()).sum();
        rows.sort_unstable_by(|a, b| together(a).cmp(&together(b)));
        for rows in rows.chunk_by(|a, b| together(a) == together(b)) {
            self.count(rows);
        }
        aside.decisions.fetch_sub(decisions, Ordering::Relaxed);
    }

    /// Whether something is put aside.
    pub fn is_unsettled(&self) -> bool {
        self.aside().decisions.load(Ordering::Relaxed) > 0
    }

    /// Counts answers about the same flags, at the same place, to the same asker, in the same second.
    fn count(&self, rows: &[WholeRecord]) {
        let [row, ..] = rows else { return };
        let at = rows.iter().map(|row| row.at).max().unwrap_or(row.at);
        let mut tallies = Tallies::default();
        let mut index = 0;
        row.flags.each(&mut |flag| {
            for row in rows {
                if let Some(decision) = row.decisions.get(index) {
                    tallies.add(*decision, row.context);
                }
            }
            index += 1;
            for tally in tallies.take() {
                let Decided { variation, reason, rule } = flag.decided(tally.decision);
                self.evaluation(EvaluationRecord {
                    place: Place { project: &row.project, environment: &row.environment },
                    flag: flag.key(),
                    variation,
                    reason,
                    rule,
                    version: flag.version(),
                    by: &row.by,
                    contexts: &tally.contexts,
                    count: tally.count,
                    at,
                });
            }
        });
    }
}

/// What is the same for rows that are counted together.
fn together(row: &WholeRecord) -> (&str, &str, (usize, u8), &str, i64) {
    (&row.project, &row.environment, row.flags.id(), &row.by, row.at.as_second())
}

/// Equal decisions about one flag; the room for them is used again for the next.
#[derive(Default)]
struct Tallies {
    tallies: Vec<Tally>,
    used: usize,
}

#[derive(Default)]
struct Tally {
    decision: u32,
    count: u64,
    contexts: Vec<ContextHash>,
}

impl Tallies {
    fn add(&mut self, decision: u32, context: Option<ContextHash>) {
        let found = self.tallies[..self.used].iter().position(|tally| tally.decision == decision);
        let index = found.unwrap_or_else(|| {
            if self.used == self.tallies.len() {
                self.tallies.push(Tally::default());
            }
            let tally = &mut self.tallies[self.used];
            (tally.decision, tally.count) = (decision, 0);
            tally.contexts.clear();
            self.used += 1;
            self.used - 1
        });
        let tally = &mut self.tallies[index];
        tally.count += 1;
        tally.contexts.extend(context);
    }

    fn take(&mut self) -> &[Tally] {
        &self.tallies[..std::mem::take(&mut self.used)]
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
