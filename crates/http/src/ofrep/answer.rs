//! OFREP's answers.

use serde::Serialize;
use serde_json::Value;
use switchyard_flags::{Detail, ErrorKind, FlagRef, ReasonKind};
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

/// All flags' answers.
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

/// An evaluation as OFREP tells it; `variant` is the id of its variation.
pub(super) fn answer<'s>(flag: FlagRef<'s>, variant: Option<&'s str>, detail: &Detail<'s>) -> Answer<'s> {
    let spec = flag.spec();
    let key = spec.key.as_str();
    if let ReasonKind::Error(error) = detail.reason.kind {
        return Answer::Failure(match error {
            ErrorKind::FlagNotFound => not_found(key),
            other => {
                let details = format!("the flag can't be evaluated: {}", other.as_str());
                Failure::new(ErrorCode::General, details).of(key)
            }
        });
    }
    let reason = match detail.reason.kind {
        ReasonKind::Off => Reason::Disabled,
        ReasonKind::TargetMatch | ReasonKind::RuleMatch { .. } => Reason::TargetingMatch,
        ReasonKind::Fallthrough { .. } if spec.fallthrough.variation.is_none() => Reason::Split,
        ReasonKind::Fallthrough { .. } => Reason::Static,
        ReasonKind::PrerequisiteFailed { .. } | ReasonKind::Error(_) => Reason::Unknown,
    };
    let rule_id = match detail.reason.kind {
        ReasonKind::RuleMatch { rule_id, .. } => Some(rule_id),
        _ => None,
    };
    Answer::Success(Success {
        key,
        value: detail.value,
        reason,
        variant,
        metadata: Metadata { version: spec.version, reason_kind: detail.reason.kind.as_str(), rule_id },
    })
}

pub(super) fn not_found(key: &str) -> Failure {
    Failure::new(ErrorCode::FlagNotFound, "the environment has no flag with this key").of(key)
}
