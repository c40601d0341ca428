//! Brings together what is only ever merged together: what a rule serves, what a split sticks to, and the
//! weights of a split; and takes it apart again.

use serde_json::{Map, Value, json};

use super::Conflict;

/// Moves a rule's `variation` and `rollout` into `serve`, and a split's weights and stickiness out of their
/// fields into `weights` and `sticky`. The slices of its arms are left out.
pub(super) fn fold(mut resource: Value) -> Value {
    match resource["kind"].as_str() {
        Some("targeting") => {
            for rule in list(&mut resource, "rules") {
                together(rule, "serve", &["variation", "rollout"]);
            }
        }
        Some("route") if resource["split"]["by"] == "weight" => {
            let split = &mut resource["split"];
            together(split, "sticky", &["contextKind", "bucketBy"]);
            let mut weights = Map::new();
            for arm in list(split, "arms").iter_mut().filter_map(Value::as_object_mut) {
                arm.remove("slices");
                let weight = arm.remove("weight").unwrap_or_default();
                // An arm without weight may come and go beside a change of the others' weights.
                if let (Some(id), true) = (arm.get("id").and_then(Value::as_str), weight != 0) {
                    weights.insert(id.to_owned(), weight);
                }
            }
            split["weights"] = Value::Object(weights);
        }
        _ => {}
    }
    resource
}

/// The inverse of [`fold`], but for the slices.
///
/// # Errors
/// A weight for an arm that the merge took away.
pub(super) fn unfold(mut resource: Value) -> Result<Value, Box<Conflict>> {
    match resource["kind"].as_str() {
        Some("targeting") => {
            for rule in list(&mut resource, "rules") {
                apart(rule, "serve");
            }
        }
        Some("route") if resource["split"]["by"] == "weight" => {
            let split = &mut resource["split"];
            apart(split, "sticky");
            let weights = split.as_object_mut().and_then(|s| s.remove("weights")).unwrap_or_default();
            let mut weights = weights.as_object().cloned().unwrap_or_default();
            for arm in list(split, "arms").iter_mut().filter_map(Value::as_object_mut) {
                let weight = arm.get("id").and_then(Value::as_str).and_then(|id| weights.remove(id));
                arm.insert("weight".into(), weight.unwrap_or(json!(0)));
            }
            if let Some((id, weight)) = weights.into_iter().next() {
                let path = format!("split.arms[{id}].weight");
                return Err(Box::new(Conflict { path, base: None, ours: None, theirs: Some(weight) }));
            }
        }
        _ => {}
    }
    Ok(resource)
}

fn together(object: &mut Value, name: &str, fields: &[&str]) {
    let Some(object) = object.as_object_mut() else { return };
    let moved: Map<String, Value> =
        fields.iter().filter_map(|f| Some(((*f).to_owned(), object.remove(*f)?))).collect();
    object.insert(name.into(), Value::Object(moved));
}

fn apart(object: &mut Value, name: &str) {
    let Some(object) = object.as_object_mut() else { return };
    if let Some(Value::Object(moved)) = object.remove(name) {
        object.extend(moved);
    }
}

fn list<'a>(object: &'a mut Value, name: &str) -> &'a mut [Value] {
    match object.get_mut(name) {
        Some(Value::Array(list)) => list,
        _ => &mut [],
    }
}
