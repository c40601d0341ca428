//! LaunchDarkly's own evaluator, asked the same.

use std::{cell::RefCell, collections::HashMap};

use launchdarkly_server_sdk_evaluation as ld;
use serde_json::{Value, json};

/// What an evaluation says, in a form that both sides can be brought to.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) value: Option<Value>,
    pub(crate) variation: Option<usize>,
    pub(crate) reason: Value,
    /// For each prerequisite that was evaluated: who asked, who answered, which variation.
    pub(crate) prerequisites: Vec<(String, String, Option<usize>)>,
}

pub(crate) struct Oracle {
    flags: HashMap<String, ld::Flag>,
    segments: HashMap<String, ld::Segment>,
}

impl Oracle {
    pub(crate) fn new(flags: &[Value], segments: &[Value]) -> Self {
        let key = |spec: &Value| spec["key"].as_str().expect("a key").to_owned();
        let flag = |flag: &Value| (key(flag), serde_json::from_value(flag.clone()).expect("a flag"));
        let segment =
            |segment: &Value| (key(segment), serde_json::from_value(bounded(segment)).expect("a segment"));
        Self { flags: flags.iter().map(flag).collect(), segments: segments.iter().map(segment).collect() }
    }

    pub(crate) fn evaluate(&self, key: &str, context: &Value) -> Outcome {
        let context: ld::Context = serde_json::from_value(context.clone()).expect("a context");
        let events = Events::default();
        let detail = ld::evaluate(self, &self.flags[key], &context, Some(&events));
        let failed = matches!(detail.reason, ld::Reason::Error { .. });
        Outcome {
            value: detail.value.map(|value| doubles(&serde_json::to_value(value).expect("JSON"))),
            // It keeps the index of a variation that doesn't exist; its SDK then drops it for the default.
            variation: detail
                .variation_index
                .filter(|_| !failed)
                .map(|index| index.try_into().expect("an index")),
            reason: serde_json::to_value(&detail.reason).expect("JSON"),
            prerequisites: events.0.into_inner(),
        }
    }
}

/// All numbers as doubles, so that `1` is `1.0`.
pub(crate) fn doubles(value: &Value) -> Value {
    match value {
        Value::Number(n) => json!(n.as_f64()),
        Value::Array(items) => items.iter().map(doubles).collect(),
        Value::Object(members) => members.iter().map(|(k, v)| (k.clone(), doubles(v))).collect(),
        other => other.clone(),
    }
}

/// The crate knows nothing of segments whose members are kept elsewhere; the official SDKs do. This says the same
/// in words it knows: nobody is in by key, and rules count for contexts of the segment's kind, if the generation
/// is known.
fn bounded(segment: &Value) -> Value {
    let mut segment = segment.clone();
    if segment["unbounded"] == json!(true) {
        for list in ["included", "excluded", "includedContexts", "excludedContexts"] {
            segment[list] = json!([]);
        }
        if segment["generation"].is_null() {
            segment["rules"] = json!([]);
        }
        let kind = segment["unboundedContextKind"].as_str().unwrap_or("user").to_owned();
        let of_kind = json!({"attribute": "kind", "op": "in", "values": [kind]});
        for rule in segment["rules"].as_array_mut().expect("rules") {
            rule["clauses"].as_array_mut().expect("clauses").insert(0, of_kind.clone());
        }
    }
    segment
}

impl ld::Store for Oracle {
    fn flag(&self, key: &str) -> Option<ld::Flag> {
        self.flags.get(key).cloned()
    }

    fn segment(&self, key: &str) -> Option<ld::Segment> {
        self.segments.get(key).cloned()
    }
}

#[derive(Default)]
struct Events(RefCell<Vec<(String, String, Option<usize>)>>);

impl ld::PrerequisiteEventRecorder for Events {
    fn record(&self, event: ld::PrerequisiteEvent) {
        let index = event.prerequisite_result.variation_index.and_then(|index| index.try_into().ok());
        self.0.borrow_mut().push((event.target_flag_key, event.prerequisite_flag.key, index));
    }
}
