//! What an evaluation answers.

use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;

/// A flag's value for a context, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail<'a> {
    /// `None` leaves the caller its default.
    pub value: Option<&'a Value>,
    /// The value's index among the flag's variations, from 0.
    pub variation_index: Option<usize>,
    /// Why.
    pub reason: Reason<'a>,
}

impl Detail<'_> {
    /// No value, but an error.
    pub fn error(error: ErrorKind) -> Self {
        Self { value: None, variation_index: None, reason: ReasonKind::Error(error).into() }
    }
}

/// Why a flag answers what it does; serializes as LaunchDarkly's evaluation reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// What decided.
    pub kind: ReasonKind<'a>,
    /// Whether a segment was asked whose members are kept elsewhere, where nobody can look: `NOT_CONFIGURED`.
    pub big_segments_not_configured: bool,
}

impl<'a> From<ReasonKind<'a>> for Reason<'a> {
    #[inline]
    fn from(kind: ReasonKind<'a>) -> Self {
        Self { kind, big_segments_not_configured: false }
    }
}

/// What decided an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasonKind<'a> {
    /// The flag is off.
    Off,
    /// No target and no rule matched.
    Fallthrough {
        /// Whether the context takes part in an experiment.
        in_experiment: bool,
    },
    /// The context's key is in a target list.
    TargetMatch,
    /// A rule matched.
    RuleMatch {
        /// Its place among the rules, from 0.
        rule_index: usize,
        /// Its id; may be empty.
        rule_id: &'a str,
        /// Whether the context takes part in an experiment.
        in_experiment: bool,
    },
    /// Another flag is off or answers another variation than this one asks for.
    PrerequisiteFailed {
        /// The other flag's key.
        prerequisite_key: &'a str,
    },
    /// There is no answer.
    Error(ErrorKind),
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Nothing is known yet.
    ClientNotReady,
    /// There is no such flag.
    FlagNotFound,
    /// The flag contradicts itself: a variation that isn't there, a cycle, an attribute that can't be.
    MalformedFlag,
    /// There is no context, or no valid one.
    UserNotSpecified,
    /// The value has another type than was asked for.
    WrongType,
    /// Something unexpected.
    Exception,
}

impl ErrorKind {
    /// LaunchDarkly's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientNotReady => "CLIENT_NOT_READY",
            Self::FlagNotFound => "FLAG_NOT_FOUND",
            Self::MalformedFlag => "MALFORMED_FLAG",
            Self::UserNotSpecified => "USER_NOT_SPECIFIED",
            Self::WrongType => "WRONG_TYPE",
            Self::Exception => "EXCEPTION",
        }
    }
}

impl ReasonKind<'_> {
    /// LaunchDarkly's name for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::Fallthrough { .. } => "FALLTHROUGH",
            Self::TargetMatch => "TARGET_MATCH",
            Self::RuleMatch { .. } => "RULE_MATCH",
            Self::PrerequisiteFailed { .. } => "PREREQUISITE_FAILED",
            Self::Error(_) => "ERROR",
        }
    }

    /// Whether the context takes part in an experiment.
    pub fn is_in_experiment(&self) -> bool {
        match self {
            Self::Fallthrough { in_experiment } | Self::RuleMatch { in_experiment, .. } => *in_experiment,
            _ => false,
        }
    }
}

impl Serialize for Reason<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Reason", 5)?;
        map.serialize_field("kind", self.kind.as_str())?;
        match self.kind {
            ReasonKind::RuleMatch { rule_index, rule_id, .. } => {
                map.serialize_field("ruleIndex", &rule_index)?;
                if !rule_id.is_empty() {
                    map.serialize_field("ruleId", rule_id)?;
                }
            }
            ReasonKind::PrerequisiteFailed { prerequisite_key } => {
                map.serialize_field("prerequisiteKey", prerequisite_key)?;
            }
            ReasonKind::Error(error) => map.serialize_field("errorKind", error.as_str())?,
            ReasonKind::Off | ReasonKind::TargetMatch | ReasonKind::Fallthrough { .. } => {}
        }
        if self.kind.is_in_experiment() {
            map.serialize_field("inExperiment", &true)?;
        }
        if self.big_segments_not_configured {
            map.serialize_field("bigSegmentsStatus", "NOT_CONFIGURED")?;
        }
        map.end()
    }
}

/// `{"value":…,"variationIndex":N,"reason":{…}}`, without what isn't there.
impl Serialize for Detail<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Detail", 3)?;
        if let Some(value) = self.value {
            map.serialize_field("value", value)?;
        }
        if let Some(index) = self.variation_index {
            map.serialize_field("variationIndex", &index)?;
        }
        map.serialize_field("reason", &self.reason)?;
        map.end()
    }
}
