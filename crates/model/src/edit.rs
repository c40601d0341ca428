//! Typed operations on one resource.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::flag::{Purpose, Variation};
use crate::flag_spec::{Clause, Prerequisite, Rule, VariationOrRollout};
use crate::ids::{Key, ResourceId};
use crate::route::{Action, Match, Split};
use crate::shaped::shaped;
use crate::{Problem, Resource, Writer};

mod apply;

/// A typed operation on one resource, as a person proposes it.
///
/// JSON: `{"target":{"environment":"production","kind":"route","key":"checkout"},"op":{"type":"setWeights",…}}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Edit {
    /// Which resource.
    pub target: ResourceId,
    /// What to do with it.
    pub op: Op,
}

impl Op {
    /// Gives a resource to somebody.
    pub fn owner(owner: impl Into<String>) -> Op {
        Op::SetDetails { name: None, description: None, owner: Some(owner.into()), tags: None }
    }
}

/// What an edit does. Positions count from 0; a position past the end is the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "type", deny_unknown_fields)]
pub enum Op {
    /// Any kind: makes the resource be this, whether it was there or not.
    Put {
        /// The whole resource, with its `kind`.
        resource: Resource,
    },
    /// Any kind: takes it away. Fails where it is not there.
    Delete,
    /// All kinds but targeting: what people read about it. Absent fields stay.
    SetDetails {
        /// What people call it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// What it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// Who answers for it; empty takes the owner away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
        /// All its tags.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tags: Option<Vec<String>>,
    },
    /// All kinds: who writes it from now on. This, and nothing else, takes a resource over from its writer.
    SetManagedBy {
        /// The writer.
        writer: Writer,
    },
    /// Flag: what sort it is and how long it lives. Absent fields stay.
    SetLifecycle {
        /// Its `type`, which would be the operation's own here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        flag_type: Option<Purpose>,
        /// The last day it is meant to be there, as `2026-12-01`; empty takes it away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<String>,
        /// Puts it aside, or takes it back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        archived: Option<bool>,
    },
    /// Flag: one more variation, at the end.
    AddVariation {
        /// Its id must be new.
        variation: Variation,
    },
    /// Flag: the variation with this id becomes this.
    SetVariation {
        /// Its id must be there.
        variation: Variation,
    },
    /// Flag: takes the last variation away.
    RemoveVariation {
        /// The last variation's id.
        id: Key,
    },
    /// Targeting: on or off.
    SetOn {
        /// On?
        on: bool,
    },
    /// Targeting: what a rule, or everyone else, gets.
    SetServe {
        /// The rule; everyone else where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<String>,
        /// A variation or a rollout.
        serve: VariationOrRollout,
    },
    /// Targeting: one more rule.
    AddRule {
        /// Its id must be new.
        rule: Rule,
        /// Where; the end where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<usize>,
    },
    /// Targeting: a rule's conditions.
    SetClauses {
        /// The rule's id.
        rule: String,
        /// All must hold.
        clauses: Vec<Clause>,
    },
    /// Targeting: takes a rule away.
    RemoveRule {
        /// The rule's id.
        rule: String,
    },
    /// Targeting: moves a rule.
    MoveRule {
        /// The rule's id.
        rule: String,
        /// Its new position.
        index: usize,
    },
    /// Targeting: which contexts get a variation by key.
    SetTargets {
        /// `user` where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context_kind: Option<String>,
        /// The variation's index.
        variation: i64,
        /// All keys; empty takes the target away.
        values: Vec<String>,
    },
    /// Targeting: which flags must have which variation first.
    SetPrerequisites {
        /// All of them.
        prerequisites: Vec<Prerequisite>,
    },
    /// Targeting: what everyone gets when it is off.
    SetOffVariation {
        /// The variation's index; the caller's default where `null`.
        variation: Option<i64>,
    },
    /// Route by weight: arms' weights. Arms not named keep theirs; the sum must be 100,000.
    SetWeights {
        /// Arm id to weight.
        weights: BTreeMap<Key, u32>,
    },
    /// Route: how it divides its requests.
    SetSplit {
        /// The whole split.
        split: Split,
    },
    /// Route: which requests it takes.
    SetMatch {
        /// The whole match.
        #[serde(rename = "match")]
        matches: Match,
    },
    /// Route: what an arm leads to, and where it falls back to.
    SetArm {
        /// The arm's id.
        arm: Key,
        /// What it leads to.
        action: Action,
        /// The arm that answers when this one is down; fails where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fallback: Option<Key>,
    },
}

/// An edit that was applied, with the resource on both sides of it. `None` is "not there".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppliedEdit {
    /// Which resource.
    pub target: ResourceId,
    /// What was asked for.
    pub op: Op,
    /// The resource before.
    pub before: Option<Arc<Resource>>,
    /// The resource after.
    pub after: Option<Arc<Resource>>,
}

impl Edit {
    /// Reads an edit from JSON.
    ///
    /// # Errors
    /// Where its shape does not fit: the path and the reason, and every unknown field of a resource that
    /// is put.
    pub fn from_json(mut json: Value) -> Result<Self, Vec<Problem>> {
        let put = match json.pointer_mut("/op") {
            Some(op) if op.get("type").and_then(Value::as_str) == Some("put") => {
                op.get_mut("resource").map(Value::take)
            }
            _ => None,
        };
        let Some(resource) = put else { return shaped(json) };
        let target = json.get_mut("target").map(Value::take).unwrap_or_default();
        let within = |at: &'static str| {
            move |problems: Vec<Problem>| -> Vec<Problem> {
                let join = |p: Problem| match p.path.as_str() {
                    "" => Problem { path: at.to_owned(), ..p },
                    path => Problem { path: format!("{at}.{path}"), ..p },
                };
                problems.into_iter().map(join).collect()
            }
        };
        let target: Result<ResourceId, _> = shaped(target).map_err(within("target"));
        match (target, Resource::from_json(resource).map_err(within("op.resource"))) {
            (Ok(target), Ok(resource)) => Ok(Edit { target, op: Op::Put { resource } }),
            (Err(a), Err(b)) => Err([a, b].concat()),
            (Err(problems), _) | (_, Err(problems)) => Err(problems),
        }
    }

    /// Does the edit to `before` and answers the resource after it; `None` is "not there". Weights keep
    /// everyone where they are as far as they can ([`crate::allocation`]).
    ///
    /// # Errors
    /// All reasons why this operation does not fit this resource.
    pub fn apply(&self, before: Option<&Resource>) -> Result<Option<Resource>, Vec<Problem>> {
        apply::apply(self, before)
    }
}
