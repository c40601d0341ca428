//! One flag or segment that is followed: what an upstream says of it, as our own resources.

use std::collections::HashSet;

use serde_json::Value;

use super::{flag, segment};
use crate::flag::Variation;
use crate::flag_spec::FlagSpec;
use crate::ids::Key;
use crate::segment_spec::SegmentSpec;
use crate::{Flag, Manifest, Problem, Resource, Segment, Targeting, Writer};

/// What an upstream has of one thing.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A flag, and its targeting in the upstream's environment.
    Flag(Box<(Flag, Targeting)>),
    /// A segment.
    Segment(Box<Segment>),
    /// It is gone.
    Gone,
    /// It is there, and can't be said exactly here: why.
    Unclear(String),
}

/// A flag or a segment as it came, and its version. Both are managed by LaunchDarkly then.
///
/// # Errors
/// Where it has no key or version to go by: it is no flag and no segment.
pub fn item(is_flag: bool, key: &str, json: &Value) -> Result<(u64, Item), String> {
    let what = if is_flag { "flag" } else { "segment" };
    if !json.is_object() {
        return Err(format!("{what} {key:?} is no object"));
    }
    let version = json.get("version").and_then(Value::as_u64).unwrap_or_default();
    if json.get("deleted").and_then(Value::as_bool) == Some(true) {
        return Ok((version, Item::Gone));
    }
    let read = if is_flag { read_flag(key, json) } else { read_segment(key, json) };
    Ok((version, read.unwrap_or_else(Item::Unclear)))
}

fn read_flag(key: &str, json: &Value) -> Result<Item, String> {
    let spec: FlagSpec = serde_json::from_value(json.clone()).map_err(|e| format!("does not fit: {e}"))?;
    let mut found = flag(key, &spec)?.into_iter().map(resource);
    match (found.next(), found.next()) {
        (Some(Ok(Resource::Flag(flag))), Some(Ok(Resource::Targeting(targeting)))) => {
            let (flag, targeting) = (
                Flag { managed_by: Writer::LaunchDarkly, ..flag },
                Targeting { managed_by: Writer::LaunchDarkly, ..targeting },
            );
            Ok(Item::Flag(Box::new((flag, targeting))))
        }
        (Some(Err(why)), _) | (_, Some(Err(why))) => Err(why),
        _ => Err("does not become a flag".into()),
    }
}

fn read_segment(key: &str, json: &Value) -> Result<Item, String> {
    let spec: SegmentSpec = serde_json::from_value(json.clone()).map_err(|e| format!("does not fit: {e}"))?;
    if spec.unbounded {
        return Err("is a big segment, whose list is not told to SDKs".into());
    }
    match resource(segment(key, &spec)?)? {
        Resource::Segment(segment) => {
            Ok(Item::Segment(Box::new(Segment { managed_by: Writer::LaunchDarkly, ..segment })))
        }
        _ => Err("does not become a segment".into()),
    }
}

fn resource(manifest: Value) -> Result<Resource, String> {
    let told =
        |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Manifest::from_json(manifest, Some("followed")).map(|manifest| manifest.resource).map_err(told)
}

/// Takes from the flag that is there already what an upstream knows nothing of: name, description, owner, tags, type,
/// expiry, and the ids of variations.
///
/// The wire names variations by position. One that has the value it had keeps its id, and so does one whose value is
/// new: it was edited. But where a value comes from another position the variations were shifted, and what the id meant
/// is elsewhere or gone: it gets a new one, so that a route which names the old one is not led to another value.
pub fn keep_flag(said: &mut Flag, there: &Flag) {
    said.name.clone_from(&there.name);
    said.description.clone_from(&there.description);
    said.owner.clone_from(&there.owner);
    said.tags.clone_from(&there.tags);
    (said.purpose, said.expires) = (there.purpose, there.expires);
    let mut taken: HashSet<Key> = there.variations.iter().map(|v| v.id.clone()).collect();
    for (at, variation) in said.variations.iter_mut().enumerate() {
        let moved = || there.variations.iter().any(|known| known.value == variation.value);
        match there.variations.get(at) {
            Some(known) if known.value == variation.value => *variation = known.clone(),
            Some(known) if !moved() => {
                variation.id = known.id.clone();
                variation.description = String::new();
            }
            _ => {
                variation.id = fresh(variation, at, &taken);
                taken.insert(variation.id.clone());
            }
        }
    }
}

/// The id it came with, or one like it that no other variation has or had.
fn fresh(variation: &Variation, at: usize, taken: &HashSet<Key>) -> Key {
    let numbered = (at + 1..).map(|n| Key::from(format!("variation-{n}")));
    let mut ids = std::iter::once(variation.id.clone()).chain(numbered);
    ids.find(|id| !taken.contains(id)).expect("there are more numbers than variations")
}

/// Takes from the segment that is there already what an upstream knows nothing of.
pub fn keep_segment(said: &mut Segment, there: &Segment) {
    said.name.clone_from(&there.name);
    said.description.clone_from(&there.description);
    said.owner.clone_from(&there.owner);
    said.tags.clone_from(&there.tags);
}

/// The resource without what an upstream knows nothing of: people here may say that of what is not theirs.
pub fn as_said(resource: &Resource) -> Resource {
    let mut bare = resource.clone();
    match &mut bare {
        Resource::Flag(flag) => {
            (flag.name, flag.description) = (String::new(), String::new());
            (flag.owner, flag.expires) = (None, None);
            flag.tags.clear();
            flag.purpose = crate::flag::Purpose::default();
            flag.variations.iter_mut().for_each(|variation| variation.description = String::new());
        }
        Resource::Segment(segment) => {
            (segment.name, segment.description) = (String::new(), String::new());
            segment.owner = None;
            segment.tags.clear();
        }
        _ => {}
    }
    bare
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(values: &[Value]) -> Flag {
        let wire =
            json!({ "key": "f", "version": 3, "variations": values, "fallthrough": { "variation": 0 } });
        match item(true, "f", &wire).unwrap() {
            (3, Item::Flag(found)) => found.0,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn ids_stay_where_values_stay_and_lead_nowhere_where_they_were_shifted() {
        let there = said(&[json!("red"), json!({ "a": 1 }), json!({ "a": 2 })]);
        let ids = |values: &[Value]| {
            let mut flag = said(values);
            keep_flag(&mut flag, &there);
            flag.variations.iter().map(|v| v.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            ids(&[json!("red"), json!({ "a": 1 }), json!({ "a": 2 })]),
            ["red", "variation-2", "variation-3"]
        );
        // Edited in its place.
        assert_eq!(
            ids(&[json!("blue"), json!({ "a": 1 }), json!({ "a": 9 })]),
            ["red", "variation-2", "variation-3"]
        );
        // The first was taken away.
        assert_eq!(ids(&[json!({ "a": 1 }), json!({ "a": 2 })]), ["variation-1", "variation-4"]);
        // One more, whose own id is taken.
        let more = ids(&[json!("red"), json!({ "a": 1 }), json!({ "a": 2 }), json!("green")]);
        assert_eq!(more[3], "green");
    }

    #[test]
    fn what_people_here_say_of_it_stays() {
        let mut there = said(&[json!(true), json!(false)]);
        (there.name, there.owner) = ("Checkout".into(), Some("ann".into()));
        there.variations[0].description = "the new one".into();
        let mut again = said(&[json!(true), json!(false)]);
        assert_eq!(as_said(&Resource::Flag(there.clone())), as_said(&Resource::Flag(again.clone())));
        keep_flag(&mut again, &there);
        assert_eq!(again, there);
    }

    #[test]
    fn what_can_not_be_said_exactly_says_why() {
        let unclear = |is_flag, wire: Value| match item(is_flag, "x", &wire).unwrap() {
            (_, Item::Unclear(why)) => why,
            other => panic!("{other:?}"),
        };
        assert!(
            unclear(false, json!({ "key": "x", "version": 1, "unbounded": true })).contains("big segment")
        );
        assert!(unclear(true, json!({ "key": "x", "variations": "none" })).contains("does not fit"));
        assert!(item(true, "x", &json!([])).is_err());
        let gone = item(true, "x", &json!({ "key": "x", "version": 8, "deleted": true })).unwrap();
        assert_eq!(gone, (8, Item::Gone));
    }
}
