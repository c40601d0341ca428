//! What can be asked. Shapes are made for the API's: a bucket is [`crate::step`] seconds, series are oldest
//! first and their last bucket is still filling; windows are clamped to 1 to [`crate::LONGEST`] seconds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::record::Place;
use crate::requests::{Requests, percent};
use crate::series::{Bucket, Count};
use crate::shard::Flag;
use crate::sketch::Sketch;
use crate::telemetry::Telemetry;
use crate::window::{LONGEST, NOW_SECONDS, Window, total};

/// An environment's requests.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrafficSeries {
    /// Where the first bucket begins.
    pub from: Timestamp,
    /// Seconds of a bucket.
    pub step: u32,
    /// Requests per bucket.
    pub requests: Vec<u64>,
    /// Those answered with 500 and above.
    pub errors: Vec<u64>,
    /// Milliseconds; `None` for a bucket without requests.
    pub p95_ms: Vec<Option<f64>>,
    /// Flag evaluations per bucket.
    pub evaluations: Vec<u64>,
    /// The last seconds.
    pub now: Now,
}

/// The last [`NOW_SECONDS`] whole seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Now {
    /// Requests per second.
    pub requests_per_second: f64,
    /// 0 to 100.
    pub error_percent: f64,
    /// Milliseconds; `None` without requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95_ms: Option<f64>,
    /// Flag evaluations per second.
    pub evaluations_per_second: f64,
}

/// A flag's evaluations over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlagSeries {
    /// Where the first bucket begins.
    pub from: Timestamp,
    /// Seconds of a bucket.
    pub step: u32,
    /// Those served in the window, by index; "the caller's default" first.
    pub variations: Vec<VariationSeries>,
}

/// A variation's part of a [`FlagSeries`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VariationSeries {
    /// Index in the flag; `None` is the caller's default.
    pub variation: Option<usize>,
    /// Per bucket.
    pub evaluations: Vec<u64>,
}

/// What a flag really served in a window.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Served {
    /// All evaluations.
    pub evaluations: u64,
    /// By variation, by index; "the caller's default" first.
    pub variations: Vec<VariationServed>,
    /// By rule, or by reason where no rule decided; the most first.
    pub rules: Vec<RuleServed>,
    /// The newest evaluation ever seen, also before the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_evaluated_at: Option<Timestamp>,
}

/// A variation's part of [`Served`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VariationServed {
    /// Index in the flag; `None` is the caller's default.
    pub variation: Option<usize>,
    /// 0 to 100 of all evaluations.
    pub percent: f64,
    /// How many.
    pub evaluations: u64,
    /// How many different contexts, never more than `evaluations`; exact to 256, then an estimate within a
    /// few percent. Kept in steps of five minutes and more, so it may count some from shortly before the
    /// window.
    pub contexts: u64,
}

/// A rule's part of [`Served`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleServed {
    /// The rule's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// LaunchDarkly's reason kind.
    pub reason: String,
    /// 0 to 100 of all evaluations.
    pub percent: f64,
    /// How many.
    pub evaluations: u64,
}

/// A route's requests over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteSeries {
    /// Where the first bucket begins.
    pub from: Timestamp,
    /// Seconds of a bucket.
    pub step: u32,
    /// Arms with traffic since the start, by id.
    pub arms: Vec<ArmSeries>,
}

/// An arm's part of a [`RouteSeries`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArmSeries {
    /// The arm's id.
    pub arm: String,
    /// Requests per bucket.
    pub requests: Vec<u64>,
    /// Those answered with 500 and above.
    pub errors: Vec<u64>,
    /// Milliseconds; `None` for a bucket without requests.
    pub p95_ms: Vec<Option<f64>>,
}

/// A route's requests in a window.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteTotals {
    /// How many.
    pub requests: u64,
    /// Over the whole window.
    pub requests_per_second: f64,
    /// 0 to 100.
    pub error_percent: f64,
    /// Arms with traffic since the start, by id.
    pub arms: Vec<ArmTotals>,
}

/// An arm's part of [`RouteTotals`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArmTotals {
    /// The arm's id.
    pub arm: String,
    /// How many.
    pub requests: u64,
    /// Over the whole window.
    pub requests_per_second: f64,
    /// 0 to 100 of the route's requests.
    pub share_percent: f64,
    /// 0 to 100 of the arm's requests.
    pub error_percent: f64,
    /// Milliseconds; `None` without requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50_ms: Option<f64>,
    /// Milliseconds; `None` without requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95_ms: Option<f64>,
}

impl Telemetry {
    /// An environment's requests in the last `seconds`.
    pub fn traffic(&self, place: Place<'_>, seconds: u32, now: Timestamp) -> TrafficSeries {
        let window = Window::new(seconds, now);
        let mut buckets = window.empty::<Requests>();
        let mut evaluated = window.empty::<Count>();
        let (mut recent, mut evaluations) = (Requests::default(), Count::default());
        for shard in self.shards() {
            let Some(environment) = shard.find(place) else { continue };
            let (until, requests) = (now.as_second(), &environment.requests.series);
            window.collect(&mut buckets, requests.buckets());
            window.collect(&mut evaluated, environment.evaluations.buckets());
            total(&mut recent, NOW_SECONDS, until, requests.buckets());
            total(&mut evaluations, NOW_SECONDS, until, environment.evaluations.buckets());
        }
        TrafficSeries {
            from: window.start(),
            step: window.step as u32,
            requests: buckets.iter().map(|b| b.requests).collect(),
            errors: buckets.iter().map(|b| b.errors).collect(),
            p95_ms: buckets.iter().map(|b| b.latency.quantile_ms(0.95)).collect(),
            evaluations: evaluated.iter().map(|n| n.0).collect(),
            now: Now {
                requests_per_second: recent.requests as f64 / f64::from(NOW_SECONDS),
                error_percent: recent.error_percent(),
                p95_ms: recent.latency.quantile_ms(0.95),
                evaluations_per_second: evaluations.0 as f64 / f64::from(NOW_SECONDS),
            },
        }
    }

    /// A flag's evaluations in the last `seconds`.
    pub fn flag(&self, place: Place<'_>, flag: &str, seconds: u32, now: Timestamp) -> FlagSeries {
        let window = Window::new(seconds, now);
        let mut variations = BTreeMap::<Option<usize>, Vec<Count>>::new();
        self.each_flag(place, flag, |flag| {
            for cell in &flag.cells {
                let into = variations.entry(cell.variation).or_insert_with(|| window.empty());
                window.collect(into, cell.count.series.buckets());
            }
        });
        let served = variations.into_iter().filter(|(_, counts)| counts.iter().any(|n| n.0 > 0));
        let series = served.map(|(variation, counts)| VariationSeries {
            variation,
            evaluations: counts.into_iter().map(|n| n.0).collect(),
        });
        FlagSeries { from: window.start(), step: window.step as u32, variations: series.collect() }
    }

    /// What a flag really served in the last `seconds`.
    pub fn served(&self, place: Place<'_>, flag: &str, seconds: u32, now: Timestamp) -> Served {
        let (seconds, until) = (seconds.clamp(1, LONGEST), now.as_second() + 1);
        let mut variations = BTreeMap::<Option<usize>, (u64, Sketch)>::new();
        let mut rules = BTreeMap::<(Option<String>, String), u64>::new();
        let mut last = None;
        self.each_flag(place, flag, |flag| {
            last = flag.last.max(last);
            for cell in &flag.cells {
                let mut count = Count::default();
                total(&mut count, seconds, until, cell.count.series.buckets());
                if count.0 > 0 {
                    variations.entry(cell.variation).or_default().0 += count.0;
                    let rule = (cell.rule.as_deref().map(str::to_owned), cell.reason.to_string());
                    *rules.entry(rule).or_default() += count.0;
                }
            }
            for (place, contexts) in flag.contexts.iter().enumerate() {
                let mut found = Sketch::default();
                contexts.iter().for_each(|series| total(&mut found, seconds, until, series.buckets()));
                if let Some((_, into)) = variations.get_mut(&place.checked_sub(1)) {
                    into.merge(&found);
                }
            }
        });
        let all: u64 = variations.values().map(|(count, _)| count).sum();
        let variations = variations.into_iter().map(|(variation, (evaluations, contexts))| VariationServed {
            variation,
            percent: percent(evaluations, all),
            evaluations,
            // An estimate must not say more people than were served.
            contexts: contexts.count().min(evaluations),
        });
        let rules = rules.into_iter().map(|((rule, reason), evaluations)| RuleServed {
            rule,
            reason,
            percent: percent(evaluations, all),
            evaluations,
        });
        let mut rules: Vec<_> = rules.collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.evaluations));
        Served { evaluations: all, variations: variations.collect(), rules, last_evaluated_at: last }
    }

    /// The newest evaluation of a flag.
    pub fn last_evaluated(&self, place: Place<'_>, flag: &str) -> Option<Timestamp> {
        let mut last = None;
        self.each_flag(place, flag, |flag| last = flag.last.max(last));
        last
    }

    /// A route's requests in the last `seconds`, over time.
    pub fn route(&self, place: Place<'_>, route: &str, seconds: u32, now: Timestamp) -> RouteSeries {
        let window = Window::new(seconds, now);
        let mut arms = BTreeMap::<String, Vec<Requests>>::new();
        for shard in self.shards() {
            let found = shard.find(place).and_then(|environment| environment.routes.get(route));
            for (arm, counted) in found.into_iter().flatten() {
                let into = arms.entry(arm.to_string()).or_insert_with(|| window.empty());
                window.collect(into, counted.series.buckets());
            }
        }
        let arms = arms.into_iter().map(|(arm, buckets)| ArmSeries {
            arm,
            requests: buckets.iter().map(|b| b.requests).collect(),
            errors: buckets.iter().map(|b| b.errors).collect(),
            p95_ms: buckets.iter().map(|b| b.latency.quantile_ms(0.95)).collect(),
        });
        RouteSeries { from: window.start(), step: window.step as u32, arms: arms.collect() }
    }

    /// A route's requests in the last `seconds`, added up. Ask for half a minute for what goes on now.
    pub fn route_totals(&self, place: Place<'_>, route: &str, seconds: u32, now: Timestamp) -> RouteTotals {
        let (seconds, until) = (seconds.clamp(1, LONGEST), now.as_second() + 1);
        let mut arms = BTreeMap::<String, Requests>::new();
        for shard in self.shards() {
            let found = shard.find(place).and_then(|environment| environment.routes.get(route));
            for (arm, counted) in found.into_iter().flatten() {
                total(arms.entry(arm.to_string()).or_default(), seconds, until, counted.series.buckets());
            }
        }
        let mut all = Requests::default();
        arms.values().for_each(|arm| all.merge(arm));
        let per_second = |requests: u64| requests as f64 / f64::from(seconds);
        let totals = arms.into_iter().map(|(arm, r)| ArmTotals {
            arm,
            requests: r.requests,
            requests_per_second: per_second(r.requests),
            share_percent: percent(r.requests, all.requests),
            error_percent: r.error_percent(),
            p50_ms: r.latency.quantile_ms(0.5),
            p95_ms: r.latency.quantile_ms(0.95),
        });
        RouteTotals {
            arms: totals.collect(),
            requests: all.requests,
            requests_per_second: per_second(all.requests),
            error_percent: all.error_percent(),
        }
    }

    fn each_flag(&self, place: Place<'_>, flag: &str, mut look: impl FnMut(&Flag)) {
        for shard in self.shards() {
            if let Some(flag) = shard.find(place).and_then(|environment| environment.flags.get(flag)) {
                look(flag);
            }
        }
    }
}
