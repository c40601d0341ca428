//! An environment exported from LaunchDarkly, or from [`unleash`], as our own resources.

use serde_json::{Value, json};

use crate::flag_spec::FlagSpec;
use crate::segment_spec::SegmentSpec;

pub mod followed;
pub mod unleash;

/// What the export knows nothing of, kept as it is in `existing`, the manifest that is there already: names,
/// descriptions, owners, tags, type, expiry, and the ids of variations whose value is the same. So a second import changes
/// only what has changed there.
pub fn keep(manifest: &mut Value, existing: &Value) {
    for field in ["name", "description", "owner", "tags", "type", "expires", "archived"] {
        if manifest.get(field).is_none()
            && let Some(known) = existing.get(field)
        {
            manifest[field] = known.clone();
        }
    }
    let known = existing["variations"].as_array().into_iter().flatten();
    let ours = manifest.get_mut("variations").and_then(Value::as_array_mut);
    for (ours, known) in ours.into_iter().flatten().zip(known) {
        if ours["value"] == known["value"] {
            *ours = known.clone();
        }
    }
}

/// The manifests that say the same as `{"flags":{…},"segments":{…}}`: for each flag the flag and its
/// targeting, for each segment the segment, without `environment`. Salts, ids and indexes stay, so that
/// everyone gets what they got.
///
/// # Errors
/// What does not fit LaunchDarkly's form.
pub fn manifests(exported: Value) -> Result<Vec<Value>, String> {
    let part = |name: &str| match exported.get(name) {
        None | Some(Value::Null) => Ok(vec![]),
        Some(Value::Object(items)) => Ok(items.clone().into_iter().collect::<Vec<_>>()),
        Some(_) => Err(format!("`{name}` must be an object from key to {}", name.trim_end_matches('s'))),
    };
    let mut manifests = vec![];
    for (key, item) in part("segments")? {
        let spec: SegmentSpec =
            serde_json::from_value(item).map_err(|e| format!("segment {key:?} does not fit: {e}"))?;
        if !spec.deleted {
            manifests.push(segment(&key, &spec)?);
        }
    }
    for (key, item) in part("flags")? {
        let spec: FlagSpec =
            serde_json::from_value(item).map_err(|e| format!("flag {key:?} does not fit: {e}"))?;
        if !spec.deleted {
            manifests.extend(flag(&key, &spec)?);
        }
    }
    Ok(manifests)
}

fn flag(key: &str, spec: &FlagSpec) -> Result<[Value; 2], String> {
    let mut targeting =
        fields(spec, &["version", "deleted", "variations", "clientSideAvailability", "clientSide"])?;
    targeting["kind"] = json!("targeting");
    targeting["key"] = json!(key);
    let ids = variation_ids(&spec.variations);
    let variations: Vec<_> =
        ids.iter().zip(&*spec.variations).map(|(id, value)| json!({ "id": id, "value": value })).collect();
    let flag = json!({
        "kind": "flag",
        "key": key,
        "variations": variations,
        "clientSideAvailability": {
            "usingMobileKey": spec.using_mobile_key(),
            "usingEnvironmentId": spec.using_environment_id(),
        },
    });
    Ok([flag, targeting])
}

fn segment(key: &str, spec: &SegmentSpec) -> Result<Value, String> {
    let mut segment = fields(spec, &["version", "deleted"])?;
    segment["kind"] = json!("segment");
    segment["key"] = json!(key);
    // The wire leaves rules without ids; ours have them.
    for (i, rule) in segment["rules"].as_array_mut().into_iter().flatten().enumerate() {
        if rule["id"].as_str().is_none_or(str::is_empty) {
            rule["id"] = json!(format!("rule-{}", i + 1));
        }
    }
    Ok(segment)
}

fn fields(spec: &impl serde::Serialize, without: &[&str]) -> Result<Value, String> {
    let mut json = serde_json::to_value(spec).map_err(|e| e.to_string())?;
    if let Some(fields) = json.as_object_mut() {
        fields.retain(|name, value| !without.contains(&name.as_str()) && !value.is_null());
    }
    Ok(json)
}

/// Ids for variations that have none on the wire: their own text where it is a fine key, else their
/// position.
fn variation_ids(values: &[Value]) -> Vec<String> {
    let mut ids: Vec<String> = vec![];
    for (i, value) in values.iter().enumerate() {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => String::new(),
        };
        let fine = crate::ids::check_key(&text).is_none() && text.len() <= 64 && !ids.contains(&text);
        ids.push(if fine { text } else { format!("variation-{}", i + 1) });
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Manifest, Resource};

    #[test]
    fn an_export_becomes_resources_that_say_the_same() {
        let wire = json!({
            "key": "f", "version": 7, "on": true, "salt": "s", "variations": ["a b", "x"], "offVariation": 1,
            "fallthrough": { "rollout": { "variations": [ { "variation": 0, "weight": 37500 },
                                                          { "variation": 1, "weight": 62500 } ] } },
            "rules": [ { "id": "r1", "variation": 1, "clauses": [
                { "attribute": "", "op": "segmentMatch", "values": ["s"] } ] } ],
            "clientSide": true,
        });
        let found = manifests(json!({ "flags": { "f": wire }, "segments": { "s": {
            "key": "s", "version": 1, "included": ["u"], "rules": [ { "clauses": [] } ] } } }))
        .unwrap();
        let read: Vec<_> =
            found.into_iter().map(|m| Manifest::from_json(m, Some("production")).unwrap().resource).collect();
        let [Resource::Segment(segment), Resource::Flag(flag), Resource::Targeting(targeting)] = &read[..]
        else {
            panic!("{read:?}")
        };
        assert_eq!(segment.rules[0].id, "rule-1");
        assert_eq!(&*flag.variations[0].id, "variation-1");
        assert_eq!(&*flag.variations[1].id, "x");
        let spec: FlagSpec = serde_json::from_value(wire).unwrap();
        let ours = targeting.to_spec(flag, 7);
        assert_eq!(ours.rules, spec.rules);
        assert_eq!(ours.fallthrough, spec.fallthrough);
        assert_eq!((ours.salt, ours.variations, ours.on), (spec.salt, spec.variations, spec.on));
        assert!(ours.client_side);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let reason = manifests(json!({ "flags": { "f": { "variations": "none" } } })).unwrap_err();
        assert!(reason.contains("\"f\""), "{reason}");
        assert!(manifests(json!({ "flags": [] })).unwrap_err().contains("flags"));
    }
}
