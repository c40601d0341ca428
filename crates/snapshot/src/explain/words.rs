//! A decision in sentences.

use serde_json::{Map, Value};
use switchyard_model::listener::Source;
use switchyard_model::route::Split;

use super::{ExplainedFlag, ExplainedStep, TriedRoute, flag, routes};
use crate::request::RequestView;
use crate::sentences::{Sentence, action_sentence, percent};
use crate::split::{self, CompiledSplit};
use crate::{CompiledListener, CompiledRoute, Decision, Snapshot};

/// Everything there is to tell.
pub(super) struct Told<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) listener: &'a CompiledListener,
    pub(super) request: &'a RequestView<'a>,
    pub(super) decision: &'a Decision<'a>,
    pub(super) context: &'a Value,
    pub(super) flag: Option<&'a ExplainedFlag>,
}

impl Told<'_> {
    /// "It goes to **checkout v2**, because flag `checkout-v2` gives **new** to user `c-1`: rule 2."
    pub(super) fn sentence(&self) -> Sentence {
        let Some(route) = self.decision.route else {
            return Sentence::new().text("It is answered ").strong("404").text(": no route takes it.");
        };
        let Some(action) = self.decision.action() else {
            let flag = self.decision.flag.as_ref().map_or("", |flag| flag.key);
            return Sentence::new()
                .text("It is answered ")
                .strong("503")
                .text(": flag ")
                .code(flag)
                .text(" has no answer and no off variation.");
        };
        let said = Sentence::new().text("It goes ").then(action_sentence(action)).text(", because ");
        match self.flag {
            Some(flag) => {
                let variation = flag.variation.as_deref().unwrap_or_default();
                said.text("flag ")
                    .code(&flag.key)
                    .text(" gives ")
                    .strong(variation)
                    .then(self.to_whom())
                    .text(".")
            }
            None if self.decision.bucket.is_none() => {
                said.text("all of route ").code(&*route.key).text(" goes there.")
            }
            None if self.decision.sticky => {
                said.then(self.subject()).text(" is in its ").strong(self.share(route)).text(".")
            }
            None => {
                said.text("most do that supply no ").code(stuck_on(route)).text(": it is divided at random.")
            }
        }
    }

    /// The way of the request, step by step.
    pub(super) fn steps(&self, removed: &[String], tried: &[TriedRoute]) -> Vec<ExplainedStep> {
        let mut steps = vec![self.arrived(removed), self.who(), self.matched(tried)];
        steps.extend(self.flag.map(|flag| self.flag_step(flag)));
        steps.extend(self.decision.route.and_then(|route| self.arm_step(route)));
        steps
    }

    fn arrived(&self, removed: &[String]) -> ExplainedStep {
        let RequestView { method, path, .. } = *self.request;
        let url = format!("{method} {}{path}", self.request.plain_host());
        let believed = match removed {
            [] => String::new(),
            [one] => format!(" Header {one} was not believed."),
            many => format!(" Headers {} were not believed.", many.join(", ")),
        };
        let detail =
            format!("Revision {} at listener {}.{believed}", self.snapshot.revision, self.listener.key);
        ExplainedStep { title: Sentence::new().code(url), detail }
    }

    fn who(&self) -> ExplainedStep {
        let mut parts = vec![];
        for (kind, fields) in kinds(self.context) {
            let key = fields.get("key").and_then(Value::as_str).unwrap_or_default();
            parts.push(Sentence::new().text(format!("{kind} ")).strong(key));
            let attributes =
                fields.iter().filter(|(name, _)| !matches!(name.as_str(), "kind" | "key" | "_meta"));
            parts.extend(attributes.map(|(name, value)| {
                Sentence::new().text(format!("{name} ")).strong(match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                })
            }));
        }
        let sources = self.listener.source().mapping.contexts.iter();
        let sources: Vec<_> = sources.map(|c| format!("{} from {}", c.kind, source(&c.key))).collect();
        match (parts.is_empty(), sources.is_empty()) {
            (true, true) => ExplainedStep {
                title: Sentence::new().text("Nobody in particular"),
                detail: "The listener maps no context.".to_owned(),
            },
            (true, false) => ExplainedStep {
                title: Sentence::new().text("Nobody in particular"),
                detail: format!("The request does not supply {}.", sources.join(" or ")),
            },
            (false, _) => {
                ExplainedStep { title: Sentence::joined(parts, ", ", ", "), detail: sources.join(", ") }
            }
        }
    }

    fn matched(&self, tried: &[TriedRoute]) -> ExplainedStep {
        let others: Vec<_> = tried.iter().take_while(|route| !route.matched).collect();
        let near = others.iter().filter(|route| !route.reason.starts_with("another "));
        let mut near: Vec<_> = near.map(|route| format!("{} did not: {}", route.key, route.reason)).collect();
        match self.decision.route {
            None if others.is_empty() => ExplainedStep {
                title: Sentence::new().strong("No route").text(" matched"),
                detail: "The listener has none.".to_owned(),
            },
            None => {
                let far = others.iter().filter(|route| route.reason.starts_with("another "));
                near.extend(far.map(|route| format!("{} did not: {}", route.key, route.reason)));
                ExplainedStep {
                    title: Sentence::new().strong("No route").text(" matched"),
                    detail: near.join("; "),
                }
            }
            Some(route) => {
                near.insert(0, routes::why(route));
                ExplainedStep {
                    title: Sentence::new().text("Matched ").code(&*route.key),
                    detail: near.join("; "),
                }
            }
        }
    }

    fn flag_step(&self, flag: &ExplainedFlag) -> ExplainedStep {
        let gave = Sentence::new().code(&flag.key).text(" gave ");
        let title = match &flag.variation {
            Some(variation) => gave.strong(variation),
            None => gave.text("no answer"),
        };
        let said = flag.steps.iter().map(|step| {
            let end = if step.matched { "" } else { ": no" };
            format!("{}{end}", step.sentence)
        });
        ExplainedStep { title, detail: said.collect::<Vec<_>>().join(". ") }
    }

    fn arm_step(&self, route: &CompiledRoute) -> Option<ExplainedStep> {
        let arm = self.decision.arm()?;
        let title = Sentence::new()
            .text("Arm ")
            .strong(&*arm.id)
            .text(", ")
            .then(action_sentence(self.decision.action()?));
        let fallback = arm.fallback.and_then(|index| route.arms.get(index));
        let mut said = vec![];
        if let (Some(bucket), CompiledSplit::Weight { slices, .. }) = (self.decision.bucket, &route.split) {
            said.push(if self.decision.sticky {
                let (from, upto) = split::slice_of(slices, bucket);
                format!("{} {}", stuck_on(route), flag::range(bucket, from, upto))
            } else {
                format!("{} is missing, so the arm is drawn anew for each request", stuck_on(route))
            });
        }
        said.extend(fallback.map(|to| format!("falls back to {} when it is down", to.id)));
        Some(ExplainedStep { title, detail: said.join("; ") })
    }

    /// " to user `c-1`", where there is somebody.
    fn to_whom(&self) -> Sentence {
        if self.context.is_null() {
            return Sentence::new().text(", as the request says nothing of who it is from");
        }
        Sentence::new().text(" to ").then(self.subject())
    }

    /// "user `c-1`": of several kinds the one the split sticks on, else the first.
    fn subject(&self) -> Sentence {
        let wanted = match self.decision.route.map(|route| &route.split) {
            Some(CompiledSplit::Weight { kind, .. }) => &**kind,
            _ => "user",
        };
        let kinds = kinds(self.context);
        let found = kinds.iter().find(|(kind, _)| *kind == wanted).or(kinds.first());
        let Some((kind, fields)) = found else { return Sentence::new().text("it") };
        let key = fields.get("key").and_then(Value::as_str).unwrap_or_default();
        Sentence::new().text(format!("{kind} ")).code(key)
    }

    fn share(&self, route: &CompiledRoute) -> String {
        let weight = match &route.source().split {
            Split::Weight { arms, .. } => {
                self.decision.arm.and_then(|arm| arms.get(arm)).map(|arm| arm.weight)
            }
            Split::Flag { .. } => None,
        };
        percent(i64::from(weight.unwrap_or_default()))
    }
}

/// Each kind of a context in LaunchDarkly's form, with its fields.
fn kinds(context: &Value) -> Vec<(&str, &Map<String, Value>)> {
    let Some(fields) = context.as_object() else { return vec![] };
    match fields.get("kind").and_then(Value::as_str) {
        Some("multi") => {
            fields.iter().filter_map(|(kind, of)| Some((kind.as_str(), of.as_object()?))).collect()
        }
        kind => vec![(kind.unwrap_or("user"), fields)],
    }
}

/// What a split by weight sticks on: "user key".
fn stuck_on(route: &CompiledRoute) -> String {
    match &route.source().split {
        Split::Weight { context_kind, bucket_by, .. } => format!("{context_kind} {bucket_by}"),
        Split::Flag { .. } => String::new(),
    }
}

fn source(source: &Source) -> String {
    match source {
        Source::Header(name) => format!("header {name}"),
        Source::Cookie(name) => format!("cookie {name}"),
        Source::Query(name) => format!("query parameter {name}"),
        Source::Address => "the peer's address".to_owned(),
    }
}
