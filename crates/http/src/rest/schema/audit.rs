//! The audit log as the document has it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Json;

/// What somebody did.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditLine {
    /// Its place, from 1.
    seq: u64,
    at: String,
    /// A principal's id.
    who: String,
    who_name: String,
    /// As `member.add`.
    what: String,
    /// An id.
    target: String,
    /// What was done to what, in words.
    sentence: String,
    #[schema(value_type = Json)]
    detail: Value,
    /// Personal data beside it.
    #[schema(value_type = Option<Json>)]
    personal: Option<Value>,
    /// There was personal data, and it was erased.
    erased: bool,
    /// Of this line and all before it.
    hash: Option<String>,
}

/// How much of the log holds together.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verified {
    lines: u64,
    /// From before the log was chained.
    unchained: u64,
    /// Revisions that the history has just as their line says.
    revisions: u64,
    /// The newest hash; note it elsewhere.
    head: String,
    /// The line with the hash that was looked for.
    noted: Option<u64>,
}
