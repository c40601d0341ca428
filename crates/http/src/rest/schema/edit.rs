//! Edits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::flag::{Clause, Prerequisite, Purpose, Rule, Serve, Variation};
use super::traffic::{ArmAction, Match, Split};
use super::{Manifest, ResourceId, Writer};

/// A typed operation on one resource.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Edit {
    target: ResourceId,
    op: EditOp,
}

/// What an edit does. Positions count from 0; variations are named by index, but for their own edits.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", tag = "type")]
pub(crate) enum EditOp {
    Put {
        #[schema(value_type = Manifest)]
        resource: (),
    },
    Delete,
    SetDetails {
        name: Option<String>,
        description: Option<String>,
        owner: Option<String>,
        tags: Option<Vec<String>>,
    },
    SetManagedBy {
        writer: Writer,
    },
    #[serde(rename_all = "camelCase")]
    SetLifecycle {
        flag_type: Option<Purpose>,
        /// `2026-12-01`; empty takes it away.
        expires: Option<String>,
        archived: Option<bool>,
    },
    AddVariation {
        variation: Variation,
    },
    SetVariation {
        variation: Variation,
    },
    RemoveVariation {
        id: String,
    },
    SetOn {
        on: bool,
    },
    SetServe {
        rule: Option<String>,
        serve: Serve,
    },
    AddRule {
        rule: Rule,
        index: Option<u64>,
    },
    SetClauses {
        rule: String,
        clauses: Vec<Clause>,
    },
    RemoveRule {
        rule: String,
    },
    MoveRule {
        rule: String,
        index: u64,
    },
    #[serde(rename_all = "camelCase")]
    SetTargets {
        context_kind: Option<String>,
        variation: i64,
        values: Vec<String>,
    },
    SetPrerequisites {
        prerequisites: Vec<Prerequisite>,
    },
    SetOffVariation {
        #[schema(required = true)]
        variation: Option<i64>,
    },
    SetWeights {
        weights: BTreeMap<String, u32>,
    },
    SetSplit {
        split: Split,
    },
    SetMatch {
        r#match: Match,
    },
    SetArm {
        arm: String,
        action: ArmAction,
        fallback: Option<String>,
    },
}
