//! An evaluation as flagd tells it.

use serde_json::{Map, Value};
use switchyard_flags::{Detail, ErrorKind, ReasonKind};
use switchyard_model::flag_spec::FlagSpec;
use switchyard_snapshot::SeenFlag;
use tonic::Status;

use super::messages::Said;
use super::values;

/// What is said beside the value.
///
/// # Errors
/// NOT_FOUND for a flag that is not there, INTERNAL for one that can't be evaluated (providers try again after
/// flagd's UNKNOWN, which would help nobody).
pub(super) fn said(flag: SeenFlag<'_>, detail: &Detail<'_>) -> Result<Said, Status> {
    let key = flag.key();
    if let ReasonKind::Error(error) = detail.reason.kind {
        return Err(match error {
            ErrorKind::FlagNotFound => not_found(key),
            other => Status::internal(format!("{key:?} can't be evaluated: {}", other.as_str())),
        });
    }
    let spec = flag.spec();
    let variant = detail.variation_index.map(|index| {
        // A provider takes an answer without a variant for none.
        flag.variation_id(index).map_or_else(|| index.to_string(), str::to_owned)
    });
    let mut metadata = Map::new();
    metadata.insert("version".into(), spec.version.into());
    metadata.insert("reasonKind".into(), detail.reason.kind.as_str().into());
    if let ReasonKind::RuleMatch { rule_id, .. } = detail.reason.kind {
        metadata.insert("ruleId".into(), rule_id.into());
    }
    let reason = reason(spec, &detail.reason.kind).to_owned();
    Ok(Said { reason, variant, metadata: values::structure(&metadata) })
}

/// OpenFeature's reason. `DISABLED` and `DEFAULT` without a variant leave the caller its default; `STATIC` is kept
/// by providers, for every context.
fn reason(flag: &FlagSpec, kind: &ReasonKind<'_>) -> &'static str {
    match kind {
        ReasonKind::Off | ReasonKind::PrerequisiteFailed { .. } => "DISABLED",
        ReasonKind::TargetMatch | ReasonKind::RuleMatch { .. } => "TARGETING_MATCH",
        ReasonKind::Fallthrough { .. } if flag.fallthrough.variation.is_none() => "SPLIT",
        ReasonKind::Fallthrough { .. } if asks_the_context(flag) => "DEFAULT",
        ReasonKind::Fallthrough { .. } => "STATIC",
        ReasonKind::Error(_) => "ERROR",
    }
}

/// Whether another context could get another answer.
fn asks_the_context(flag: &FlagSpec) -> bool {
    !(flag.rules.is_empty()
        && flag.targets.is_empty()
        && flag.context_targets.is_empty()
        && flag.prerequisites.is_empty())
}

pub(super) fn not_found(key: &str) -> Status {
    Status::not_found(format!("the environment has no flag {key:?}"))
}

/// Another type than was asked for.
pub(super) fn mismatch(key: &str, value: Option<&Value>, wanted: &str) -> Status {
    let is = match value {
        Some(Value::Bool(_)) => "a boolean",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(_)) => "a text",
        Some(Value::Object(_)) => "an object",
        Some(Value::Array(_)) => "a list, which flagd has no word for",
        Some(Value::Null) | None => "nothing",
    };
    Status::invalid_argument(format!("{key:?} is {is}, not {wanted}"))
}
