//! What is told of a preview, with what it rests on.

use jiff::Timestamp;
use serde::Serialize;
use switchyard_snapshot::Impact;
use switchyard_snapshot::impact::{ENOUGH, Missing};
use switchyard_snapshot::sentences::thousands;
use switchyard_telemetry::Collected;

/// Below this part of what was seen a judgement says so.
const WHOLE: f64 = 0.999;

/// Who would be affected in one environment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImpactView {
    /// The head that the edits were tried on.
    pub head: u64,
    /// What the judgement rests on.
    pub sample: SampleView,
    /// The judgement.
    #[serde(flatten)]
    pub impact: Impact,
}

/// What a judgement rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SampleView {
    /// Different contexts that were looked at.
    pub contexts: usize,
    /// How many different ones were seen: the same number, or an estimate where not all are kept.
    pub contexts_seen: u64,
    /// Requests that were looked at.
    pub requests: usize,
    /// How many came: the same number, or an estimate where not all are kept.
    pub requests_seen: u64,
    /// When the oldest of them was last seen.
    pub from: Option<Timestamp>,
    /// When the newest was.
    pub to: Option<Timestamp>,
    /// From the one to the other.
    pub seconds: u64,
    /// Whether it is enough to judge by.
    pub enough: bool,
    /// What to know about it; why it is not enough.
    pub note: Option<String>,
    /// What was not known of those seen and matters here.
    pub missing: Vec<Missing>,
}

/// What a guardrail may ask of a preview.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImpactSummary {
    /// Contexts that were looked at.
    pub contexts: usize,
    /// Of these, how many get something else from some flag.
    pub moved: usize,
    /// 0 to 100.
    pub percent: f64,
    /// Requests that were looked at.
    pub requests: usize,
    /// Of these, how many go somewhere else.
    pub requests_moved: usize,
    /// 0 to 100.
    pub requests_percent: f64,
    /// Whether that is enough to judge by.
    pub enough: bool,
}

impl ImpactView {
    pub(super) fn summary(&self) -> ImpactSummary {
        let percent = |part: usize, of: usize| part as f64 * 100.0 / of.max(1) as f64;
        let SampleView { contexts, requests, enough, .. } = self.sample;
        let Impact { contexts_moved: moved, requests_moved, .. } = self.impact;
        ImpactSummary {
            contexts,
            moved,
            percent: percent(moved, contexts),
            requests,
            requests_moved,
            requests_percent: percent(requests_moved, requests),
            enough,
        }
    }
}

impl SampleView {
    pub(super) fn new<C, R>(contexts: &Collected<C>, requests: &Collected<R>, impact: &Impact) -> Self {
        let spans = [contexts.span, requests.span];
        let from = spans.iter().flatten().map(|(from, _)| *from).min();
        let to = spans.iter().flatten().map(|(_, to)| *to).max();
        let at = |second: Option<i64>| second.and_then(|second| Timestamp::from_second(second).ok());
        let seconds = from.zip(to).map_or(0, |(from, to)| to.abs_diff(from));
        let mut view = SampleView {
            contexts: contexts.items.len(),
            contexts_seen: seen(contexts),
            requests: requests.items.len(),
            requests_seen: seen(requests),
            from: at(from),
            to: at(to),
            seconds,
            enough: true,
            note: None,
            missing: impact.missing.clone(),
        };
        let notes = view.notes(impact, [contexts.part, requests.part]);
        view.note = (!notes.is_empty()).then(|| notes.join(" "));
        view
    }

    /// What to know about it, in sentences; says too where it is not enough.
    fn notes(&mut self, impact: &Impact, [contexts, requests]: [f64; 2]) -> Vec<String> {
        let n = |n: usize| thousands(n as u64);
        let few = |asks: bool, count: usize, what: &str| match count {
            _ if !asks => None,
            0 => Some(format!("No {what} was seen yet.")),
            1..ENOUGH => {
                let ago = for_people(self.seconds);
                Some(format!("Too few {what}s to judge by: {} in the last {ago}.", n(count)))
            }
            _ => None,
        };
        let few_contexts = few(impact.asks.contexts, self.contexts, "context");
        let few_requests = few(impact.asks.requests, self.requests, "request");
        // What a flag does is judged by who asks; too few requests are told beside it.
        let (counts, beside) = match impact.asks.contexts {
            true => (few_contexts, few_requests),
            false => (few_requests, None),
        };
        let mut notes: Vec<String> = counts.into_iter().collect();
        let names: Vec<_> =
            self.missing.iter().map(|m| format!("{} {}", m.context_kind, m.attribute)).collect();
        if !names.is_empty() {
            notes.push(format!(
                "Those seen say too little of what this asks for ({}), so who is affected will differ.",
                names.join(", ")
            ));
        }
        self.enough = notes.is_empty();
        notes.extend(beside);
        let asked = impact.flags.iter().map(|flag| flag.asked).min();
        if let Some(asked) = asked.filter(|asked| *asked < self.contexts) {
            notes.push(format!("Each flag was tried on {} of the {} contexts.", n(asked), n(self.contexts)));
        }
        if impact.asks.contexts && contexts < WHOLE {
            notes.push(format!("A fair part of about {} contexts.", thousands(self.contexts_seen)));
        }
        if impact.asks.requests && requests < WHOLE {
            notes.push(format!("A fair part of about {} requests.", thousands(self.requests_seen)));
        }
        notes
    }
}

/// How many there were, kept or not.
pub(super) fn seen<T>(collected: &Collected<T>) -> u64 {
    (collected.items.len() as f64 / collected.part).round() as u64
}

/// "40 seconds", "12 minutes", "5 hours".
fn for_people(seconds: u64) -> String {
    let (n, unit) = match seconds {
        0..120 => (seconds.max(1), "second"),
        120..7_200 => (seconds / 60, "minute"),
        _ => (seconds / 3_600, "hour"),
    };
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}
