//! Puts one difference on top of another, field by field, and tells what differs.
//!
//! Both go over the resources' JSON with a [`Shape`](shape::Shape) that says where lists have an identity of
//! their own (rules by id, arms by id …), which are sets, and what is only ever taken as a whole. Paths name
//! elements by identity, as `rules[r7].clauses`, so that they stay right when others come and go.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Resource, allocation};

mod difference;
mod fold;
mod shape;
mod three_way;

pub use difference::difference;

/// A place where two sides of a merge differ from their base in ways that don't go together. `None` is "not
/// there".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// The field, as `rules[r7].clauses`; empty for the whole resource. A list's own path means its order.
    pub path: String,
    /// What both sides began with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Value>,
    /// What one side made of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ours: Option<Value>,
    /// What the other side made of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theirs: Option<Value>,
}

/// One field that differs between two resources. `None` is "not there".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// The field, as `rules[r7].clauses`; empty for the whole resource. A list's own path means its order,
    /// and its values are then the elements' names in that order.
    pub path: String,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// One side of a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    /// What was put below: it stays.
    Ours,
    /// What was put on top.
    Theirs,
}

/// Does to `ours` what turns `base` into `theirs`. To revert a revision, `base` is the resource after it,
/// `theirs` the one before it, and `ours` the resource now. `None` is "not there".
///
/// What only one side changed is taken from that side; nothing is made up that neither side has. What an arm
/// or a rule serves, and the weights of a split (path `split.weights`), are taken as a whole. The buckets of
/// a split by weight are divided anew from those of `ours`.
///
/// # Errors
/// Every field that both sides changed differently.
pub fn merge(
    base: Option<&Resource>,
    ours: Option<&Resource>,
    theirs: Option<&Resource>,
) -> Result<Option<Resource>, Vec<Conflict>> {
    merge_with(base, ours, theirs, &BTreeMap::new())
}

/// As [`merge`], where somebody has chosen a side for conflicts, by their paths.
///
/// # Errors
/// The conflicts that nobody has chosen a side for, and those where none can be: a weight for an arm that is not
/// there any more.
pub fn merge_with(
    base: Option<&Resource>,
    ours: Option<&Resource>,
    theirs: Option<&Resource>,
    choices: &BTreeMap<String, Side>,
) -> Result<Option<Resource>, Vec<Conflict>> {
    if ours == theirs || base == theirs {
        return Ok(ours.cloned());
    }
    if base == ours {
        return Ok(theirs.cloned());
    }
    let json = |r: Option<&Resource>| r.map(|r| fold::fold(r.to_json()));
    let sides = three_way::Sides { base: json(base), ours: json(ours), theirs: json(theirs) };
    let whole = |sides: three_way::Sides| {
        let unfold = |v: Option<Value>| v.and_then(|v| fold::unfold(v).ok());
        Conflict {
            path: String::new(),
            base: unfold(sides.base),
            ours: unfold(sides.ours),
            theirs: unfold(sides.theirs),
        }
    };
    match choices.get("") {
        Some(Side::Ours) => return Ok(ours.cloned()),
        Some(Side::Theirs) => return Ok(theirs.cloned()),
        None => {}
    }
    let (Some(ours), Some(theirs)) = (ours, theirs) else { return Err(vec![whole(sides)]) };
    if ours.kind() != theirs.kind() {
        return Err(vec![whole(sides)]);
    }
    let merged = three_way::merge(shape::of(ours.kind()), sides.clone(), choices)?;
    let merged = fold::unfold(merged).map_err(|conflict| vec![*conflict])?;
    let mut merged = Resource::from_json(merged).map_err(|_| vec![whole(sides)])?;
    if let (Resource::Route(ours), Resource::Route(merged)) = (ours, &mut merged) {
        allocation::normalise(Some(&ours.split), &mut merged.split);
    }
    Ok(Some(merged))
}
