//! What flags really serve, kept beyond a restart, and what it says of their life.
//!
//! Telemetry counts in memory. Each minute what is new of it is added to the store; a power loss costs that minute
//! of counts, and a restart begins with the last day of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use switchyard_model::Flag;
use switchyard_model::access::Action;
use switchyard_snapshot::sentences::Sentence;
use switchyard_store::{EverServed, UsageAsked, UsageCount, UsageOutcome};
use switchyard_telemetry::{Kept, Tally, Telemetry, Unkept};

use crate::{Control, Principal, Result};

mod stale;

/// How often what is new is kept.
const EVERY: Duration = Duration::from_secs(60);

/// How often what is kept becomes coarser, in rounds of the above.
const ROLLED: u64 = 60;

/// Rows of one transaction, so that nobody's change waits long behind it.
const ROWS: usize = 500;

/// Rows that wait at most for a store that does not take them.
const WAITING: usize = 200_000;

const DAY: i64 = 86_400;

/// How long what was ever served is remembered before it is asked for again, in seconds.
const FRESH: i64 = 30;

/// What is on its way to the store, and what was last read of it.
#[derive(Default)]
pub(crate) struct Keeping {
    waiting: tokio::sync::Mutex<Waiting>,
    lives: Mutex<HashMap<String, Arc<Lives>>>,
}

#[derive(Default)]
struct Waiting {
    counted: Vec<UsageCount>,
    asked: Vec<UsageAsked>,
    outcomes: Vec<UsageOutcome>,
}

/// What is known of the lives of a project's flags.
#[derive(Debug)]
pub struct Lives {
    at: Timestamp,
    ever: HashMap<String, Vec<EverServed>>,
    counting_since: Option<i64>,
    /// The newest revision that is as old as a flag must be to be stale.
    quiet: u64,
    /// In how many places code names each flag; `None` where nobody looked.
    references: Option<BTreeMap<String, u64>>,
}

/// What a flag served over some days, who asked for it, and what people did then.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagUsage {
    /// Where the first bucket begins.
    pub from: Timestamp,
    /// Seconds of a bucket.
    pub step: i64,
    /// By variation's index; `None` is the caller's default.
    pub variations: BTreeMap<Option<u32>, Vec<u64>>,
    /// Who asked for it, newest first.
    pub askers: Vec<UsageAskedView>,
    /// By event and variation.
    pub outcomes: Vec<OutcomeView>,
}

/// Who asked for a flag.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageAskedView {
    /// Which application, or which SDK.
    pub by: String,
    /// First.
    pub first: Timestamp,
    /// Last.
    pub last: Timestamp,
    /// How often.
    pub count: u64,
}

/// What people did who had been served a variation.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeView {
    /// The custom event's name.
    pub event: String,
    /// The variation's index.
    pub variation: u32,
    /// How many events.
    pub count: u64,
    /// The sum of their metric values.
    pub total: f64,
}

/// A flag that is asked for and not there.
#[derive(Debug, Clone, PartialEq)]
pub struct UnknownFlag {
    /// The name.
    pub key: String,
    /// How often.
    pub count: u64,
    /// First.
    pub first: Timestamp,
    /// Last.
    pub last: Timestamp,
    /// By whom, newest first.
    pub askers: Vec<UsageAskedView>,
}

impl Keeping {
    /// Lets what is known of a project's flags be read anew.
    pub(crate) fn forget(&self, project: &str) {
        self.lives.lock().unwrap_or_else(PoisonError::into_inner).remove(project);
    }
}

impl Control {
    /// Counts again what was kept of the last day, then keeps what is new each minute. Runs until it is dropped.
    pub async fn run_usage(self, telemetry: Telemetry) {
        if let Err(error) = self.restore_usage(&telemetry).await {
            tracing::warn!(%error, "what was counted before can't be read");
        }
        let mut every = tokio::time::interval(EVERY);
        for round in 0_u64.. {
            every.tick().await;
            self.keep_usage(&telemetry).await;
            if round.is_multiple_of(ROLLED)
                && let Err(error) = self.inner.store.roll_up_usage(self.now().as_second()).await
            {
                tracing::warn!(%error, "old counts can't be rolled up");
            }
        }
    }

    /// Keeps what was counted since it was last kept. Where the store does not take it, it waits for the next time.
    pub async fn keep_usage(&self, telemetry: &Telemetry) {
        let mut waiting = self.inner.usage.waiting.lock().await;
        waiting.add(telemetry.take());
        if let Err(error) = waiting.write(self).await {
            tracing::warn!(%error, "counts wait for the store");
        }
        waiting.bound();
    }

    /// Counts again what was kept of the last day.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn restore_usage(&self, telemetry: &Telemetry) -> Result<()> {
        let kept = self.inner.store.usage_since(self.now().as_second() - DAY).await?;
        let kept: Vec<_> = kept.into_iter().map(restored).collect();
        telemetry.restore(&kept);
        Ok(())
    }

    /// What a flag served over the last days, 1 to 400.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::Denied`](crate::Error::Denied).
    pub async fn flag_usage(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
        flag: &str,
        days: u32,
    ) -> Result<FlagUsage> {
        self.authorize(principal, Action::View, Some(project))?;
        let (days, now) = (i64::from(days.clamp(1, 400)), self.now().as_second());
        let step = if days > 7 { DAY } else { 3_600 };
        let last = now - now.rem_euclid(step);
        let len = (days * DAY / step) as usize;
        let from = last - (len as i64 - 1) * step;
        let store = &self.inner.store;
        let mut variations = BTreeMap::new();
        for (start, variation, count) in store.usage_of_flag(project, environment, flag, from, step).await? {
            let slot = usize::try_from((start - from).div_euclid(step));
            let counts: &mut Vec<u64> = variations.entry(variation).or_insert_with(|| vec![0; len]);
            if let Some(into) = slot.ok().and_then(|slot| counts.get_mut(slot)) {
                *into += count;
            }
        }
        let mut outcomes = BTreeMap::<(String, u32), (u64, f64)>::new();
        for outcome in store.outcomes(project, environment, flag, from - from.rem_euclid(DAY)).await? {
            let Some((_, variation)) = outcome.served else { continue };
            let (count, total) = outcomes.entry((outcome.event, variation)).or_default();
            *count += outcome.count;
            *total += outcome.total;
        }
        let outcomes = outcomes.into_iter().map(|((event, variation), (count, total))| OutcomeView {
            event,
            variation,
            count,
            total,
        });
        Ok(FlagUsage {
            from: seconds(from),
            step,
            variations,
            askers: store.askers(project, environment, flag).await?.into_iter().map(asker).collect(),
            outcomes: outcomes.collect(),
        })
    }

    /// Flags that applications asked for in the last 30 days and that are not there, the newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::Denied`](crate::Error::Denied).
    pub async fn unknown_flags(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
    ) -> Result<Vec<UnknownFlag>> {
        let state = self.state(principal, project)?;
        let since = self.now().as_second() - stale::QUIET;
        let mut found = Vec::<UnknownFlag>::new();
        let mut places = HashMap::new();
        for asked in self.inner.store.asked_in_vain(project, environment).await? {
            let there = state.flag(&asked.flag).is_some_and(|(flag, _)| !flag.archived);
            if there || asked.last < since {
                continue;
            }
            let at = *places.entry(asked.flag.clone()).or_insert_with(|| {
                let (first, last) = (seconds(asked.first), seconds(asked.last));
                found.push(UnknownFlag { key: asked.flag.clone(), count: 0, first, last, askers: vec![] });
                found.len() - 1
            });
            let flag = &mut found[at];
            flag.count += asked.count;
            flag.first = flag.first.min(seconds(asked.first));
            flag.last = flag.last.max(seconds(asked.last));
            flag.askers.push(asker(asked));
        }
        Ok(found)
    }

    /// What is known of the lives of a project's flags; at most half a minute old.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::Denied`](crate::Error::Denied).
    pub async fn lives(&self, principal: &Principal, project: &str) -> Result<Arc<Lives>> {
        let head = self.state(principal, project)?.revision;
        let now = self.now();
        let lives = &self.inner.usage.lives;
        let known = lives.lock().unwrap_or_else(PoisonError::into_inner).get(project).cloned();
        if let Some(known) = known
            && now.as_second() - known.at.as_second() < FRESH
        {
            return Ok(known);
        }
        let mut ever = HashMap::<String, Vec<EverServed>>::new();
        for served in self.inner.store.ever_served(project).await? {
            ever.entry(served.flag.clone()).or_default().push(served);
        }
        let counting_since = ever.values().flatten().map(|served| served.first).min();
        let quiet = self.newest_before(project, head, seconds(now.as_second() - stale::QUIET)).await?;
        let looked = !self.inner.store.code_repositories(project).await?.is_empty();
        let references = if looked { Some(self.inner.store.code_counts(project).await?) } else { None };
        let found = Arc::new(Lives { at: now, ever, counting_since, quiet, references });
        let mut lives = lives.lock().unwrap_or_else(PoisonError::into_inner);
        lives.insert(project.to_owned(), Arc::clone(&found));
        Ok(found)
    }

    /// The newest revision that is at least so old; 0 where none is.
    async fn newest_before(&self, project: &str, head: u64, until: Timestamp) -> Result<u64> {
        let (mut old, mut young) = (0, head + 1);
        while young - old > 1 {
            let middle = old + (young - old) / 2;
            match self.inner.store.revision(project, middle).await? {
                Some(revision) if revision.at <= until => old = middle,
                _ => young = middle,
            }
        }
        Ok(old)
    }
}

impl Lives {
    /// Why a flag should go, in words; `None` where nothing says so. `revision` is the newest that touched it.
    pub fn stale(&self, flag: &Flag, revision: u64) -> Option<Sentence> {
        let ever = self.ever.get(&*flag.key).map_or(&[][..], Vec::as_slice);
        let known = stale::Known {
            ever,
            counting_since: self.counting_since,
            untouched: revision <= self.quiet,
            references: self.references.as_ref().map(|all| all.get(&*flag.key).copied().unwrap_or(0)),
        };
        stale::stale(flag, &known, self.at)
    }

    /// When a flag was last asked for in an environment, as far as it is kept.
    pub fn last_evaluated(&self, environment: &str, flag: &str) -> Option<Timestamp> {
        let here = self.ever.get(flag)?.iter().filter(|served| served.environment == environment);
        here.map(|served| served.last).max().map(seconds)
    }
}

impl Waiting {
    fn add(&mut self, unkept: Unkept) {
        self.counted.extend(unkept.tallies.into_iter().map(counted));
        self.asked.extend(unkept.asked.into_iter().map(|asked| UsageAsked {
            project: asked.project,
            environment: asked.environment,
            flag: asked.flag,
            by: asked.by,
            known: asked.known,
            first: asked.last.as_second(),
            last: asked.last.as_second(),
            count: asked.count,
        }));
        self.outcomes.extend(unkept.outcomes.into_iter().map(|outcome| UsageOutcome {
            project: outcome.project,
            environment: outcome.environment,
            event: outcome.event,
            served: outcome.served.and_then(|(flag, index)| Some((flag, u32::try_from(index).ok()?))),
            day: outcome.last.as_second() - outcome.last.as_second().rem_euclid(DAY),
            count: outcome.count,
            total: outcome.total,
        }));
    }

    /// Each part goes when it is kept, so that nothing is added twice.
    async fn write(&mut self, control: &Control) -> Result<()> {
        let store = &control.inner.store;
        while !self.counted.is_empty() {
            let part = self.counted.len().saturating_sub(ROWS);
            store.add_usage(&self.counted[part..], &[], &[]).await?;
            self.counted.truncate(part);
        }
        while !self.asked.is_empty() {
            let part = self.asked.len().saturating_sub(ROWS);
            store.add_usage(&[], &self.asked[part..], &[]).await?;
            self.asked.truncate(part);
        }
        while !self.outcomes.is_empty() {
            let part = self.outcomes.len().saturating_sub(ROWS);
            store.add_usage(&[], &[], &self.outcomes[part..]).await?;
            self.outcomes.truncate(part);
        }
        Ok(())
    }

    fn bound(&mut self) {
        let lost = [self.counted.len(), self.asked.len(), self.outcomes.len()];
        if lost.iter().any(|rows| *rows > WAITING) {
            tracing::warn!(?lost, "counts are lost: the store has not taken any for too long");
            *self = Waiting::default();
        }
    }
}

fn counted(tally: Tally) -> UsageCount {
    let last = tally.last.as_second();
    UsageCount {
        project: tally.project,
        environment: tally.environment,
        flag: tally.flag,
        variation: tally.variation.and_then(|index| u32::try_from(index).ok()),
        reason: tally.reason,
        rule: tally.rule,
        version: tally.version,
        start: last - last.rem_euclid(60),
        step: 60,
        count: tally.count,
        last,
    }
}

fn restored(count: UsageCount) -> Kept {
    let tally = Tally {
        project: count.project,
        environment: count.environment,
        flag: count.flag,
        variation: count.variation.map(|index| index as usize),
        reason: count.reason,
        rule: count.rule,
        version: count.version,
        count: count.count,
        last: seconds(count.last),
    };
    Kept { tally, start: count.start, step: count.step }
}

fn asker(asked: UsageAsked) -> UsageAskedView {
    let (first, last) = (seconds(asked.first), seconds(asked.last));
    UsageAskedView { by: asked.by, first, last, count: asked.count }
}

fn seconds(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}
