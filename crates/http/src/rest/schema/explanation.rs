//! Why a request goes where it goes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::traffic::ArmAction;
use super::{Json, SentencePart};

/// A decision with its reasons.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Explanation {
    revision: u64,
    sentence: Vec<SentencePart>,
    removed_headers: Vec<String>,
    /// In LaunchDarkly's form.
    #[schema(value_type = Json)]
    context: (),
    /// As tried.
    routes: Vec<TriedRoute>,
    flag: Option<ExplainedFlag>,
    split: Option<ExplainedSplit>,
    action: Option<ArmAction>,
    steps: Vec<ExplainedStep>,
}

/// A route that was tried.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TriedRoute {
    key: String,
    matched: bool,
    reason: String,
}

/// The flag that divides the requests.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExplainedFlag {
    key: String,
    variation: Option<String>,
    #[schema(value_type = Json)]
    value: (),
    /// LaunchDarkly's reason.
    #[schema(value_type = Json)]
    reason: (),
    steps: Vec<FlagStep>,
    bucket: Option<f64>,
}

/// One step of an evaluation.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FlagStep {
    sentence: Vec<SentencePart>,
    matched: bool,
}

/// Which arm has it.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExplainedSplit {
    by: SplitBy,
    arm: String,
    /// 0 to 99,999.
    bucket: Option<u32>,
    sticky: bool,
}

/// What divides.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SplitBy {
    Weight,
    Flag,
}

/// One step of a request's way.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExplainedStep {
    title: Vec<SentencePart>,
    detail: String,
}

/// What a context gets of a flag.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServedTo {
    key: String,
    name: String,
    variation: Option<String>,
    #[schema(value_type = Json)]
    value: (),
    /// What decided.
    why: Vec<SentencePart>,
}
