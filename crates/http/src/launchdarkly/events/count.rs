//! Counts events.

use std::sync::Arc;

use jiff::Timestamp;
use switchyard_model::Problem;
use switchyard_model::ids::Key;
use switchyard_snapshot::{Audience, SeenFlag, Snapshot};
use switchyard_telemetry::{AskedRecord, EvaluationRecord, Place};

use super::parse::{self, Event};
use crate::app::App;
use crate::body;
use crate::problem::Problems;

/// The longest name of a flag that nobody made, in bytes.
const NAME: usize = 256;

/// Whose events are counted, and for what.
pub(super) struct Counting {
    pub(super) app: App,
    pub(super) project: Key,
    pub(super) environment: Key,
    pub(super) audience: Audience,
    pub(super) snapshot: Arc<Snapshot>,
    /// The application or the SDK that sent them.
    pub(super) by: String,
    pub(super) at: Timestamp,
}

impl Counting {
    /// Counts a body's events, and says how many there were.
    ///
    /// # Errors
    /// 400 for what is no list.
    pub(super) fn count(&self, body: &[u8]) -> Result<u64, Problems> {
        let events = parse::events(body, |event| self.event(event), body::json)?;
        events.ok_or_else(|| Problems::bad_request(Problem::new("", "must be a list of events")))
    }

    fn event(&self, event: &Event<'_>) {
        match &*event.kind {
            "summary" => self.summary(event),
            "index" | "identify" => self.saw(event),
            // Told one by one where their events are tracked; the summary counts them already.
            "feature" | "debug" => {
                self.saw(event);
                if let (Some(flag), Some(variation)) = (&event.key, event.variation) {
                    self.exposed(event, flag, variation);
                }
            }
            "migration_op" => {
                if let Some((flag, variation)) =
                    event.evaluation.as_ref().and_then(|e| Some((&e.key, e.variation?)))
                {
                    self.exposed(event, flag, variation);
                }
            }
            "custom" | "click" | "pageview" => {
                self.saw(event);
                if let (Some(name), Some(who)) = (&event.key, event.identity()) {
                    let value = event.metric_value.filter(|value| value.is_finite()).unwrap_or(0.0);
                    self.app.telemetry.did(self.place(), &who, name, value, self.at);
                }
            }
            _ => {}
        }
    }

    fn summary(&self, event: &Event<'_>) {
        self.saw(event);
        for (flag, feature) in &event.features.0 {
            let counters = feature.counters.iter().filter(|counter| counter.count > 0);
            let Some(newest) = self.newest(flag) else {
                // Names that only a client knows would fill the memory of what is counted.
                let count = counters.map(|counter| counter.count).fold(0, u64::saturating_add);
                if count > 0 && flag.len() <= NAME {
                    let (place, by, at) = (self.place(), &*self.by, self.at);
                    self.app.telemetry.asked(AskedRecord { place, flag, by, count, at });
                }
                continue;
            };
            for counter in counters {
                // What anybody can post must not make up versions.
                let known = |version: &u64| match self.audience {
                    Audience::Servers => *version <= newest,
                    Audience::Mobile | Audience::Browsers => *version == newest,
                };
                self.app.telemetry.evaluation(EvaluationRecord {
                    place: self.place(),
                    flag,
                    variation: counter.variation,
                    // A summary does not say why.
                    reason: "UNKNOWN",
                    rule: None,
                    version: counter.version.filter(known).unwrap_or(0),
                    by: &self.by,
                    contexts: &[],
                    // No SDK evaluates more between two summaries, and sums must not run over.
                    count: counter.count.min(u64::from(u32::MAX)),
                    at: self.at,
                });
            }
        }
    }

    fn exposed(&self, event: &Event<'_>, flag: &str, variation: usize) {
        if self.newest(flag).is_some()
            && let Some(who) = event.identity()
        {
            self.app.telemetry.exposed(self.place(), &who, flag, variation, self.at);
        }
    }

    fn saw(&self, event: &Event<'_>) {
        if let Some(context) = event.context()
            && let Some(sampled) = self.app.control.samples().of(self.place())
        {
            self.snapshot.saw_context(&sampled, &context, self.at.as_second());
        }
    }

    /// The version of a flag that the client may see.
    fn newest(&self, flag: &str) -> Option<u64> {
        self.snapshot.flag_for(self.audience, flag).map(SeenFlag::version)
    }

    fn place(&self) -> Place<'_> {
        Place { project: &self.project, environment: &self.environment }
    }
}
