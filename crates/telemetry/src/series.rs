//! A sparse series over time: fine for what is new, coarser the older it gets, gone after the last tier.
//! Each thing recorded is in exactly one bucket, so sums over all buckets are what was recorded.

use std::collections::VecDeque;

/// What a bucket can do.
pub(crate) trait Bucket: Default {
    /// Adds another bucket's content.
    fn merge(&mut self, other: &Self);
}

/// Buckets of `step` seconds, for things at most `span` seconds older than the newest.
pub(crate) struct Tier {
    pub(crate) step: i64,
    pub(crate) span: i64,
}

/// How a series thins out. Each step divides the next.
pub(crate) type Plan = [Tier; 3];

/// For counts: seconds for two minutes, tens of seconds for an hour, five minutes for a day; each a little
/// longer, so that a window of just that length is covered.
pub(crate) const COUNTS: Plan =
    [Tier { step: 1, span: 130 }, Tier { step: 10, span: 3_700 }, Tier { step: 300, span: 87_000 }];

/// For sets, whose buckets are some KiB each: 12 or so of them for a day.
pub(crate) const SETS: Plan = [
    Tier { step: 300, span: 1_200 },
    Tier { step: 3_600, span: 14_400 },
    Tier { step: 21_600, span: 108_000 },
];

/// Buckets by the second they start at.
pub(crate) struct Series<B> {
    plan: &'static Plan,
    tiers: [VecDeque<(i64, B)>; 3],
    newest: i64,
}

impl<B: Bucket> Series<B> {
    pub(crate) fn new(plan: &'static Plan) -> Self {
        Series { plan, tiers: [VecDeque::new(), VecDeque::new(), VecDeque::new()], newest: i64::MIN }
    }

    /// The bucket for what happens in this second (since 1970).
    pub(crate) fn at(&mut self, second: i64) -> &mut B {
        if second.saturating_add(self.plan[2].span) < self.newest {
            // The clock was set back by more than is kept: what is there lies in a future that isn't.
            *self = Series::new(self.plan);
        }
        if second > self.newest {
            self.newest = second;
            self.roll();
        }
        let late = |tier: &Tier| align(second, tier.step) <= self.newest - tier.span;
        let level = self.plan.iter().take_while(|tier| late(tier)).count().min(2);
        self.slot(level, second)
    }

    /// Every bucket: its start, its length in seconds, its content.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = (i64, i64, &B)> {
        let tiers = self.tiers.iter().zip(self.plan);
        tiers.flat_map(|(tier, plan)| tier.iter().map(|(start, bucket)| (*start, plan.step, bucket)))
    }

    fn slot(&mut self, level: usize, second: i64) -> &mut B {
        let start = align(second, self.plan[level].step);
        let tier = &mut self.tiers[level];
        let index = match tier.back() {
            Some((newest, _)) if *newest == start => tier.len() - 1,
            Some((newest, _)) if *newest > start => {
                let found = tier.binary_search_by_key(&start, |(start, _)| *start);
                found.unwrap_or_else(|index| {
                    tier.insert(index, (start, B::default()));
                    index
                })
            }
            _ => {
                tier.push_back((start, B::default()));
                tier.len() - 1
            }
        };
        &mut tier[index].1
    }

    /// Moves what became too old for its tier into the next one.
    fn roll(&mut self) {
        for level in 0..3 {
            let horizon = self.newest - self.plan[level].span;
            while self.tiers[level].front().is_some_and(|(start, _)| *start <= horizon) {
                let Some((start, bucket)) = self.tiers[level].pop_front() else { break };
                if level < 2 {
                    self.slot(level + 1, start).merge(&bucket);
                }
            }
        }
    }
}

fn align(second: i64, step: i64) -> i64 {
    second - second.rem_euclid(step)
}

#[derive(Debug, Default)]
pub(crate) struct Count(pub(crate) u64);

impl Bucket for Count {
    fn merge(&mut self, other: &Self) {
        self.0 += other.0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_lost_or_counted_twice_within_a_day(
            steps in prop::collection::vec((-200i64..2_000, 1u64..5), 1..200)
        ) {
            let mut series = Series::<Count>::new(&COUNTS);
            let (mut second, mut recorded) = (1_000_000, vec![]);
            for (step, count) in steps {
                second += step;
                series.at(second).0 += count;
                recorded.push((second, count));
            }
            let newest = recorded.iter().map(|(s, _)| *s).max().unwrap();
            let whole = newest - 86_400;
            let expected: u64 = recorded.iter().filter(|(s, _)| *s >= whole).map(|(_, n)| n).sum();
            let kept: u64 = recorded.iter().map(|(_, n)| n).sum();
            let found: u64 = series.buckets().map(|(_, _, b)| b.0).sum();
            prop_assert!(expected <= found && found <= kept, "{expected} <= {found} <= {kept}");
            if recorded.iter().all(|(s, _)| *s >= whole) {
                prop_assert_eq!(found, kept);
            }
            for (start, step, bucket) in series.buckets() {
                let inside = recorded.iter().filter(|(s, _)| (start..start + step).contains(s));
                prop_assert!(bucket.0 <= inside.map(|(_, n)| n).sum());
                prop_assert_eq!(start % step, 0);
            }
        }
    }

    #[test]
    fn memory_is_bounded_and_a_clock_set_back_starts_again() {
        let mut series = Series::<Count>::new(&COUNTS);
        for second in 0..200_000 {
            series.at(second).0 += 1;
        }
        assert!(series.buckets().count() <= 130 + 371 + 291, "{}", series.buckets().count());
        series.at(10).0 += 7;
        assert_eq!(series.buckets().map(|(_, _, b)| b.0).sum::<u64>(), 7);
    }
}
