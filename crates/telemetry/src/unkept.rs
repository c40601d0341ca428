//! What is to be kept beyond this process, until somebody takes it to where it is kept.

use jiff::Timestamp;

use crate::record::{AskedRecord, OTHER};
use crate::shard::{Environment, Flag, Map, bounded};

/// What was counted since it was last taken.
#[derive(Debug, Default)]
pub struct Unkept {
    /// Equal decisions about a flag.
    pub tallies: Vec<Tally>,
    /// Who asked for a flag.
    pub asked: Vec<Asked>,
    /// What people did after they were served something.
    pub outcomes: Vec<Outcome>,
}

/// Equal decisions about a flag.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
    /// The flag's key.
    pub flag: String,
    /// The variation's index; `None` where the caller's default was served.
    pub variation: Option<usize>,
    /// LaunchDarkly's reason kind.
    pub reason: String,
    /// The id of the rule that matched.
    pub rule: Option<String>,
    /// The flag's version; 0 where it is not known.
    pub version: u64,
    /// How many.
    pub count: u64,
    /// The newest of them.
    pub last: Timestamp,
}

/// That an application asked for a flag.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
    /// The flag's key.
    pub flag: String,
    /// Which application, or which SDK.
    pub by: String,
    /// False where there is no such flag.
    pub known: bool,
    /// How often.
    pub count: u64,
    /// When it did so last.
    pub last: Timestamp,
}

/// What people did who had been served a variation.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
    /// The custom event's name.
    pub event: String,
    /// The flag that they had been served, and its variation; `None` for all events of this name.
    pub served: Option<(String, usize)>,
    /// How many events.
    pub count: u64,
    /// The sum of their metric values.
    pub total: f64,
    /// The newest of them.
    pub last: Timestamp,
}

/// More applications than these for a flag are one, [`OTHER`].
const ASKERS: usize = 20;

/// More versions and cells than these for a flag, between two takings, are counted without a version.
const PENDING: usize = 64;

/// Names that no flag has, for an environment.
const UNKNOWN: usize = 1_000;

/// What of a flag is not kept yet.
#[derive(Default)]
pub(crate) struct Pending {
    counts: Vec<Count>,
    askers: Askers,
}

struct Count {
    /// Its place in the flag's cells, which stay.
    cell: usize,
    version: u64,
    count: u64,
    last: Timestamp,
}

impl Pending {
    pub(crate) fn add(&mut self, cell: usize, version: u64, count: u64, last: Timestamp) {
        let full = self.counts.len() >= PENDING;
        let same = |c: &&mut Count| c.cell == cell && (c.version == version || full && c.version == 0);
        match self.counts.iter_mut().find(same) {
            Some(found) => {
                found.count += count;
                found.last = found.last.max(last);
            }
            None => {
                let version = if full { 0 } else { version };
                self.counts.push(Count { cell, version, count, last });
            }
        }
    }

    pub(crate) fn asked(&mut self, by: &str, count: u64, last: Timestamp) {
        self.askers.add(by, count, last);
    }
}

/// Who asked, and how often.
#[derive(Default)]
pub(crate) struct Askers(Vec<(Box<str>, u64, Timestamp)>);

impl Askers {
    fn add(&mut self, by: &str, count: u64, last: Timestamp) {
        let full = self.0.len() >= ASKERS;
        let find = |askers: &[(Box<str>, u64, Timestamp)], by: &str| askers.iter().position(|a| *a.0 == *by);
        let mut found = find(&self.0, by);
        let mut by = by;
        if found.is_none() && full {
            by = OTHER;
            found = find(&self.0, by);
        }
        match found.and_then(|at| self.0.get_mut(at)) {
            Some(asker) => {
                asker.1 += count;
                asker.2 = asker.2.max(last);
            }
            None => self.0.push((by.into(), count, last)),
        }
    }

    fn take(&mut self) -> impl Iterator<Item = (String, u64, Timestamp)> + use<> {
        std::mem::take(&mut self.0).into_iter().map(|(by, count, last)| (by.into(), count, last))
    }
}

impl Environment {
    /// Notes that somebody asked for a flag that is not there; false where there is no room for more names.
    pub(crate) fn asked(&mut self, asked: &AskedRecord<'_>) -> bool {
        let mut folded = false;
        let askers: &mut Askers = bounded(&mut self.unknown, asked.flag, UNKNOWN, &mut folded);
        askers.add(asked.by, asked.count, asked.at);
        !folded
    }

    pub(crate) fn take(&mut self, into: &mut Unkept) {
        let (project, environment) = (self.project.to_string(), self.key.to_string());
        let asked = |flag: &str, known, (by, count, last)| Asked {
            project: project.clone(),
            environment: environment.clone(),
            flag: flag.to_owned(),
            by,
            known,
            count,
            last,
        };
        for (key, flag) in &mut self.flags {
            into.asked.extend(flag.pending.askers.take().map(|asker| asked(key, true, asker)));
            let counts = std::mem::take(&mut flag.pending.counts);
            into.tallies.extend(counts.into_iter().filter_map(|pending| {
                let cell = flag.cells.get(pending.cell)?;
                Some(Tally {
                    project: project.clone(),
                    environment: environment.clone(),
                    flag: key.clone(),
                    variation: cell.variation,
                    reason: cell.reason.to_string(),
                    rule: cell.rule.as_deref().map(str::to_owned),
                    version: pending.version,
                    count: pending.count,
                    last: pending.last,
                })
            }));
        }
        let unknown: Map<Askers> = std::mem::take(&mut self.unknown);
        for (key, mut askers) in unknown {
            into.asked.extend(askers.take().map(|asker| asked(&key, false, asker)));
        }
    }
}

/// A part of what was kept, to be counted again after a restart.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// What was decided, how often.
    pub tally: Tally,
    /// The second at which its bucket begins.
    pub start: i64,
    /// The seconds of its bucket.
    pub step: i64,
}

/// The seconds over which a coarse bucket is spread.
const FINE: i64 = 300;

impl Flag {
    /// Takes back what was kept: into the series, not into what counts since the start. `each` is told of every
    /// second that gets a part of it.
    pub(crate) fn restore(&mut self, kept: &Kept, folded: &mut bool, mut each: impl FnMut(i64, u64)) {
        self.last = self.last.max(Some(kept.tally.last));
        let index = self.cell(kept.tally.variation, &kept.tally.reason, kept.tally.rule.as_deref(), folded);
        let slots = (kept.step / FINE).max(1);
        for slot in 0..slots {
            let (all, slots, n) = (kept.tally.count, slots as u64, slot as u64);
            let part = all / slots + u64::from(n < all % slots);
            let second = kept.start + slot * FINE;
            self.cells[index].count.series.at(second).0 += part;
            each(second, part);
        }
    }
}
