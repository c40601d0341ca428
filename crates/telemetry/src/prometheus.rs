//! Everything since the start, in the text format that Prometheus scrapes.

use std::collections::BTreeMap;
use std::fmt::{Error, Write};
use std::sync::atomic::Ordering;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::latency::{BOUNDS_US, Latency};
use crate::requests::Requests;
use crate::series::Bucket;
use crate::telemetry::Telemetry;

/// A number that is told beside what is counted here.
#[derive(Debug, Clone)]
pub struct Told {
    /// Without `switchyard_`, and without `_total`.
    pub name: &'static str,
    /// What it is.
    pub help: &'static str,
    /// Whether it only grows.
    pub is_counter: bool,
    /// By project and environment; both empty for what is the server's.
    pub values: Vec<(String, String, f64)>,
}

impl Telemetry {
    /// All counters in OpenMetrics text (`application/openmetrics-text; version=1.0.0; charset=utf-8`), and these numbers.
    /// Durations are in seconds; `variation` is the index in the flag.
    pub fn prometheus(&self, more: Vec<Told>) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Totals(self.clone())));
        registry.register_collector(Box::new(More(more)));
        let mut text = String::new();
        // Writing into a String does not fail; were it to, what is there is still told.
        let _ = encode(&mut text, &registry);
        text
    }
}

#[derive(Debug)]
struct Totals(Telemetry);

type Labels<const N: usize> = [(&'static str, String); N];

impl Collector for Totals {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut arms = BTreeMap::<Labels<4>, Requests>::new();
        let mut environments = BTreeMap::<Labels<2>, Requests>::new();
        let mut evaluations = BTreeMap::<Labels<5>, u64>::new();
        let mut folded = 0;
        for shard in self.0.shards() {
            folded += shard.folded;
            for environment in &shard.environments {
                let [project, key] = [environment.project.to_string(), environment.key.to_string()];
                let place = || [("project", project.clone()), ("environment", key.clone())];
                environments.entry(place()).or_default().merge(&environment.requests.ever);
                for (route, counted) in &environment.routes {
                    for (arm, counted) in counted {
                        let [project, environment] = place();
                        let labels =
                            [project, environment, ("route", route.clone()), ("arm", arm.to_string())];
                        arms.entry(labels).or_default().merge(&counted.ever);
                    }
                }
                for (flag, found) in &environment.flags {
                    for cell in &found.cells {
                        let [project, environment] = place();
                        let variation = cell.variation.map_or("default".to_owned(), |v| v.to_string());
                        let reason = ("reason", cell.reason.to_string());
                        let labels =
                            [project, environment, ("flag", flag.clone()), ("variation", variation), reason];
                        *evaluations.entry(labels).or_default() += cell.count.ever.0;
                    }
                }
            }
        }
        let requests = |r: &Requests| ConstCounter::new(r.requests);
        let errors = |r: &Requests| ConstCounter::new(r.errors);
        let durations = |r: &Requests| Durations(r.latency.clone());
        let mut family = Family(&mut encoder);
        family.encode("requests", "Requests answered.", &environments, requests)?;
        family.encode("request_errors", "Requests answered with 500 and above.", &environments, errors)?;
        let help = "From a request's head to its answer's head.";
        family.encode("request_duration_seconds", help, &environments, durations)?;
        family.encode("arm_requests", "Requests answered by an arm of a route.", &arms, requests)?;
        family.encode("arm_errors", "Of those, answered with 500 and above.", &arms, errors)?;
        let help = "From a request's head to its answer's head, by arm.";
        family.encode("arm_duration_seconds", help, &arms, durations)?;
        family.encode("evaluations", "Decisions about a flag.", &evaluations, |n| ConstCounter::new(*n))?;
        let events = self.0.events();
        for (name, help, count) in [
            ("event_payloads", "Payloads of clients' events that were counted.", &events.payloads),
            ("events", "Clients' events that were counted.", &events.events),
            ("event_payloads_repeated", "Payloads that had been counted before.", &events.repeated),
            ("event_payloads_shed", "Payloads refused because there was no room.", &events.shed),
        ] {
            let count = BTreeMap::from([([], count.load(Ordering::Relaxed))]) as BTreeMap<Labels<0>, u64>;
            family.encode(name, help, &count, |n| ConstCounter::new(*n))?;
        }
        let all = BTreeMap::from([([], folded)]) as BTreeMap<Labels<0>, u64>;
        let help = "Records whose names went over a bound and are counted as \"other\".";
        family.encode("telemetry_folded", help, &all, |n| ConstCounter::new(*n))
    }
}

#[derive(Debug)]
struct More(Vec<Told>);

impl Collector for More {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut family = Family(&mut encoder);
        for Told { name, help, is_counter, values } in &self.0 {
            let (mut servers, mut places) =
                (BTreeMap::<Labels<0>, f64>::new(), BTreeMap::<Labels<2>, f64>::new());
            for (project, environment, value) in values {
                match project.as_str() {
                    "" => drop(servers.insert([], *value)),
                    _ => {
                        let place = [("project", project.clone()), ("environment", environment.clone())];
                        places.insert(place, *value);
                    }
                }
            }
            if *is_counter {
                family.encode(name, help, &servers, |n| ConstCounter::new(*n))?;
                family.encode(name, help, &places, |n| ConstCounter::new(*n))?;
            } else {
                family.encode(name, help, &servers, |n| ConstGauge::new(*n))?;
                family.encode(name, help, &places, |n| ConstGauge::new(*n))?;
            }
        }
        Ok(())
    }
}

struct Family<'e, 'd>(&'e mut DescriptorEncoder<'d>);

impl Family<'_, '_> {
    fn encode<const N: usize, V, M: EncodeMetric>(
        &mut self,
        name: &str,
        help: &str,
        values: &BTreeMap<Labels<N>, V>,
        metric: impl Fn(&V) -> M,
    ) -> Result<(), Error> {
        let Some(first) = values.values().next() else { return Ok(()) };
        let mut full = String::from("switchyard_");
        full.write_str(name)?;
        let mut encoder = self.0.encode_descriptor(&full, help, None, metric(first).metric_type())?;
        for (labels, value) in values {
            metric(value).encode(encoder.encode_family(labels)?)?;
        }
        Ok(())
    }
}

struct Durations(Latency);

impl EncodeMetric for Durations {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), Error> {
        let bounds = BOUNDS_US.iter().map(|us| *us as f64 / 1e6).chain([f64::INFINITY]);
        let buckets: Vec<_> = bounds.zip(self.0.counts().iter().copied()).collect();
        let count = buckets.iter().map(|(_, n)| n).sum();
        encoder.encode_histogram::<Labels<0>>(self.0.sum_us as f64 / 1e6, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}
