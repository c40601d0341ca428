//! OFREP's answers.

use serde::Serialize;
use serde_json::Value;
use switchyard_flags::{Detail, ErrorKind, ReasonKind};
use switchyard_snapshot::{ObjectWriter, SeenFlag};
use utoipa::ToSchema;

use crate::rest::schema;

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ErrorCode {
    ParseError,
    TargetingKeyMissing,
    InvalidContext,
    FlagNotFound,
    General,
}

/// OFREP's evaluation failure.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    pub(crate) error_code: ErrorCode,
    pub(crate) error_details: String,
}

impl Failure {
    pub(super) fn new(error_code: ErrorCode, details: impl Into<String>) -> Self {
        Failure { key: None, error_code, error_details: details.into() }
    }

    pub(super) fn of(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }
}

/// OFREP's reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Reason {
    Static,
    TargetingMatch,
    Split,
    Disabled,
    Unknown,
}

impl Reason {
    fn as_str(self) -> &'static str {
        match self {
            Reason::Static => "STATIC",
            Reason::TargetingMatch => "TARGETING_MATCH",
            Reason::Split => "SPLIT",
            Reason::Disabled => "DISABLED",
            Reason::Unknown => "UNKNOWN",
        }
    }
}

/// OFREP's evaluation success.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Success<'s> {
    key: &'s str,
    /// Absent: the caller's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Json>)]
    value: Option<&'s Value>,
    reason: Reason,
    /// The variation's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'s str>,
    metadata: Metadata<'s>,
}

/// What an evaluation is based on.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Metadata<'s> {
    /// The newest revision that touched the flag.
    version: u64,
    /// LaunchDarkly's reason, which says more than OFREP's.
    reason_kind: &'static str,
    /// The rule that matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_id: Option<&'s str>,
}

/// One flag's answer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Answer<'s> {
    Success(Success<'s>),
    Failure(Failure),
}

/// All flags' answers, as [`write_all`] writes them.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bulk<'s> {
    pub(super) flags: Vec<Answer<'s>>,
    /// Where a browser hears that it should ask again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) event_streams: Vec<EventStream>,
}

/// A stream that tells of changes.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventStream {
    #[serde(rename = "type")]
    kind: &'static str,
    endpoint: Endpoint,
    /// Seconds without a reader after which a provider may close it.
    inactivity_delay_sec: u32,
}

/// An address on this server.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    request_uri: String,
}

impl EventStream {
    pub(super) fn at(request_uri: String) -> Self {
        EventStream { kind: "sse", endpoint: Endpoint { request_uri }, inactivity_delay_sec: 120 }
    }
}

/// An evaluation as OFREP tells it.
pub(super) fn answer<'s>(flag: SeenFlag<'s>, detail: &Detail<'s>) -> Answer<'s> {
    if let ReasonKind::Error(error) = detail.reason.kind {
        return Answer::Failure(failure(flag.key(), error));
    }
    Answer::Success(Success {
        key: flag.key(),
        value: detail.value,
        reason: reason(flag, &detail.reason.kind),
        variant: detail.variation_index.and_then(|index| flag.variation_id(index)),
        metadata: Metadata {
            version: flag.version(),
            reason_kind: detail.reason.kind.as_str(),
            rule_id: rule_id(detail),
        },
    })
}

/// Writes what [`answer`] answers, and takes what is JSON already as it is.
fn write<'s>(flag: SeenFlag<'s>, detail: &Detail<'s>, out: &mut Vec<u8>) {
    if let ReasonKind::Error(error) = detail.reason.kind {
        let failure = failure(flag.key(), error);
        return serde_json::to_writer(out, &failure).expect("texts are JSON, and memory takes all");
    }
    let mut object = ObjectWriter::new(out);
    object.plain("key", flag.name());
    if detail.value.is_some() {
        flag.write_value(detail, object.member("value"));
    }
    object.plain("reason", reason(flag, &detail.reason.kind).as_str());
    if let Some(id) = detail.variation_index.and_then(|index| flag.variation_json(index)) {
        object.member("variant").extend_from_slice(id);
    }
    let mut metadata = ObjectWriter::new(object.member("metadata"));
    metadata.serialized("version", &flag.version());
    metadata.plain("reasonKind", detail.reason.kind.as_str());
    if let Some(rule) = rule_id(detail) {
        metadata.text("ruleId", rule);
    }
    metadata.end();
    object.end();
}

/// About how many bytes an answer takes: made large enough at first, nothing is copied while it grows.
const ANSWER: usize = 160;

/// Writes a [`Bulk`]: the flags with their answers as they come, and the streams, where there are any.
pub(super) fn write_all<'s>(
    answers: impl Iterator<Item = (SeenFlag<'s>, Detail<'s>)>,
    streams: &[EventStream],
) -> Vec<u8> {
    let mut json = Vec::with_capacity(answers.size_hint().1.unwrap_or_default() * ANSWER);
    let mut all = ObjectWriter::new(&mut json);
    let list = all.member("flags");
    list.push(b'[');
    for (at, (flag, detail)) in answers.enumerate() {
        if at > 0 {
            list.push(b',');
        }
        write(flag, &detail, list);
    }
    list.push(b']');
    if !streams.is_empty() {
        all.serialized("eventStreams", &streams);
    }
    all.end();
    json
}

fn reason(flag: SeenFlag<'_>, kind: &ReasonKind<'_>) -> Reason {
    match kind {
        ReasonKind::Off => Reason::Disabled,
        ReasonKind::TargetMatch | ReasonKind::RuleMatch { .. } => Reason::TargetingMatch,
        ReasonKind::Fallthrough { .. } if flag.flag().has_split_fallthrough() => Reason::Split,
        ReasonKind::Fallthrough { .. } => Reason::Static,
        ReasonKind::PrerequisiteFailed { .. } | ReasonKind::Error(_) => Reason::Unknown,
    }
}

fn rule_id<'s>(detail: &Detail<'s>) -> Option<&'s str> {
    match detail.reason.kind {
        ReasonKind::RuleMatch { rule_id, .. } => Some(rule_id),
        _ => None,
    }
}

fn failure(key: &str, error: ErrorKind) -> Failure {
    if error == ErrorKind::FlagNotFound {
        return not_found(key);
    }
    let details = format!("the flag can't be evaluated: {}", error.as_str());
    Failure::new(ErrorCode::General, details).of(key)
}

pub(super) fn not_found(key: &str) -> Failure {
    Failure::new(ErrorCode::FlagNotFound, "the environment has no flag with this key").of(key)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use switchyard_flags::Context;
    use switchyard_model::{Manifest, State};
    use switchyard_snapshot::{Audience, Snapshot};

    use super::*;

    fn snapshot(manifests: Value) -> Snapshot {
        let mut state = State::empty(["production".into()]);
        for manifest in manifests.as_array().unwrap() {
            let manifest = Manifest::from_json(manifest.clone(), Some("production")).unwrap();
            state.revision += 1;
            state.set(manifest.id(), Some(Arc::new(manifest.resource)), state.revision);
        }
        Snapshot::compile("shop", "production", &state).unwrap()
    }

    #[test]
    fn all_at_once_is_what_each_is_told_as() {
        let flag = |key: &str, values: [Value; 2]| {
            let [a, b] = values;
            json!({"kind": "flag", "key": key, "variations": [
                {"id": "a \"\u{1}\"", "value": a}, {"id": "b", "value": b}]})
        };
        let aimed = |key: &str, more: Value| {
            let mut targeting = json!({"kind": "targeting", "key": key, "on": true, "offVariation": 0,
                "fallthrough": {"variation": 1}});
            targeting.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            targeting
        };
        let half = json!([{"variation": 0, "weight": 50_000}, {"variation": 1, "weight": 50_000}]);
        let rule = json!([{"id": "r\n", "variation": 0, "clauses": [
            {"contextKind": "user", "attribute": "key", "op": "in", "values": ["ann"]}]}]);
        let snapshot = snapshot(json!([
            flag("off", [json!("\n"), json!("x")]),
            flag("static", [json!(1), json!(2.5)]),
            aimed("static", json!({})),
            flag("split", [json!({"a": [null]}), json!({"long": "x".repeat(1_000)})]),
            aimed("split", json!({"fallthrough": {"rollout": {"variations": half}}})),
            flag("rule", [json!(true), json!(false)]),
            aimed("rule", json!({"rules": rule})),
            flag("needs", [json!(true), json!(false)]),
            aimed("needs", json!({"prerequisites": [{"key": "off", "variation": 1}]})),
            flag("nothing", [json!(true), json!(false)]),
            aimed("nothing", json!({"on": false, "offVariation": null})),
            flag("broken", [json!(true), json!(false)]),
            aimed("broken", json!({"fallthrough": {"variation": 7}})),
        ]));
        for key in ["ann", "bob", "cyd", "dan", "eve"] {
            let context = Context::builder("user", key).build().unwrap();
            let flags = || {
                let flags = snapshot.flags_for(Audience::Servers);
                flags.map(|flag| (flag, flag.flag().evaluate(&context)))
            };
            for event_streams in [vec![], vec![EventStream::at("/ofrep/v1/stream?auth=x".into())]] {
                let written = write_all(flags(), &event_streams);
                let flags = flags().map(|(flag, detail)| answer(flag, &detail)).collect();
                let told = serde_json::to_string(&Bulk { flags, event_streams }).unwrap();
                assert_eq!(String::from_utf8(written).unwrap(), told);
            }
        }
    }
}
