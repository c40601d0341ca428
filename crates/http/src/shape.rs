//! From JSON to types, with every mistake of shape named by its path: unknown fields are refused even where
//! the type itself is tolerant, as LaunchDarkly's model must be on its own wire.

use serde::de::DeserializeOwned;
use serde_json::Value;
use switchyard_model::edit::{Edit, Op};
use switchyard_model::flag::Variation;
use switchyard_model::flag_spec::{Clause, Prerequisite, Rule, VariationOrRollout};
use switchyard_model::resource::{Manifest, Resource};
use switchyard_model::route::{Action, Match, Split};
pub(crate) use switchyard_model::shaped::join;
use switchyard_model::shaped::shaped;
use switchyard_model::{Problem, ResourceId};

/// Reads `T`; paths in problems begin with `prefix`.
///
/// # Errors
/// The first mistake of shape, or every unknown field.
pub(crate) fn read<T: DeserializeOwned>(json: Value, prefix: &str) -> Result<T, Vec<Problem>> {
    shaped(json).map_err(|problems| under(prefix, problems))
}

/// Reads a list of edits, each on its own, so that the mistakes of all are told at once.
pub(crate) fn edits(json: Value, prefix: &str) -> Result<Vec<Edit>, Vec<Problem>> {
    list(json, prefix, edit)
}

/// Reads a list of manifests, each on its own.
pub(crate) fn manifests(
    json: Value,
    prefix: &str,
    default_environment: Option<&str>,
) -> Result<Vec<Manifest>, Vec<Problem>> {
    list(json, prefix, |item, path| manifest(item, path, default_environment))
}

fn list<T>(
    json: Value,
    prefix: &str,
    mut item: impl FnMut(Value, &str) -> Result<T, Vec<Problem>>,
) -> Result<Vec<T>, Vec<Problem>> {
    let Value::Array(values) = json else {
        return Err(vec![Problem::new(prefix, "must be a list")]);
    };
    let (mut good, mut bad) = (vec![], vec![]);
    for (index, value) in values.into_iter().enumerate() {
        match item(value, &format!("{prefix}[{index}]")) {
            Ok(value) => good.push(value),
            Err(problems) => bad.extend(problems),
        }
    }
    if bad.is_empty() { Ok(good) } else { Err(bad) }
}

fn edit(json: Value, prefix: &str) -> Result<Edit, Vec<Problem>> {
    let Value::Object(mut fields) = json else {
        return Err(vec![Problem::new(prefix, "must be an object with `target` and `op`")]);
    };
    let mut problems = vec![];
    let mut part =
        |name: &str| fields.remove(name).ok_or_else(|| vec![Problem::new(join(prefix, name), "is missing")]);
    let target = part("target").and_then(|v| read::<ResourceId>(v, &join(prefix, "target")));
    let op = part("op").and_then(|v| operation(v, &join(prefix, "op")));
    problems.extend(fields.keys().map(|name| {
        Problem::new(join(prefix, name), "is unknown here").hint("an edit has `target` and `op`")
    }));
    match (target, op) {
        (Ok(target), Ok(op)) if problems.is_empty() => Ok(Edit { target, op }),
        (target, op) => {
            problems.extend(target.err().into_iter().flatten().chain(op.err().into_iter().flatten()));
            Err(problems)
        }
    }
}

/// An operation's parts are read one by one first: a tagged type alone would lose their paths.
fn operation(json: Value, prefix: &str) -> Result<Op, Vec<Problem>> {
    let mut problems = vec![];
    for (name, value) in json.as_object().into_iter().flatten() {
        let path = join(prefix, name);
        let value = value.clone();
        let checked = match name.as_str() {
            "resource" => resource(value, &path).map(drop),
            "serve" => read::<VariationOrRollout>(value, &path).map(drop),
            "rule" if value.is_object() => read::<Rule>(value, &path).map(drop),
            "clauses" => read::<Vec<Clause>>(value, &path).map(drop),
            "prerequisites" => read::<Vec<Prerequisite>>(value, &path).map(drop),
            "variation" if value.is_object() => read::<Variation>(value, &path).map(drop),
            "split" => read::<Split>(value, &path).map(drop),
            "match" => read::<Match>(value, &path).map(drop),
            "action" => read::<Action>(value, &path).map(drop),
            _ => Ok(()),
        };
        problems.extend(checked.err().into_iter().flatten());
    }
    if problems.is_empty() { read(json, prefix) } else { Err(problems) }
}

fn manifest(json: Value, prefix: &str, default_environment: Option<&str>) -> Result<Manifest, Vec<Problem>> {
    Manifest::from_json(json, default_environment).map_err(|problems| under(prefix, problems))
}

fn resource(json: Value, prefix: &str) -> Result<Resource, Vec<Problem>> {
    Resource::from_json(json).map_err(|problems| under(prefix, problems))
}

/// The model's problems at their place in the whole input.
fn under(prefix: &str, problems: Vec<Problem>) -> Vec<Problem> {
    let within = |problem: Problem| Problem { path: join(prefix, &problem.path), ..problem };
    problems.into_iter().map(within).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told<T>(result: Result<T, Vec<Problem>>) -> Vec<String> {
        result.err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn all_mistakes_of_all_edits_are_told_with_their_paths() {
        let target = json!({"environment": "production", "kind": "targeting", "key": "checkout"});
        let said = told(edits(
            json!([
                {"target": target, "op": {"type": "setOn", "on": true}},
                {"target": target, "op": {"type": "setOn", "no": true}},
                {"target": {"kind": "flag"}, "op": {"type": "setOn", "on": "yes"}, "why": 1},
                {"target": target, "op": {"type": "addRule", "rule": {"id": "r", "clauses": [{"atribute": "a", "op": "in"}]}}},
                {"target": target, "op": {"type": "put", "resource": {"kind": "targeting", "key": "k", "onn": true}}},
                7,
            ]),
            "edits",
        ));
        assert_eq!(
            said,
            [
                "edits[1].op.no: is unknown here; known here: on",
                "edits[2].why: is unknown here; an edit has `target` and `op`",
                "edits[2].target: missing field `key`",
                "edits[2].op: invalid type: string \"yes\", expected a boolean",
                "edits[3].op.rule.clauses[0].atribute: is unknown here; check its spelling, or leave it out",
                "edits[4].op.resource.onn: is unknown here; did you mean `on`?",
                "edits[5]: must be an object with `target` and `op`",
            ]
        );
    }

    #[test]
    fn manifests_are_read_one_by_one() {
        let said = told(manifests(
            json!([
                {"kind": "flag", "key": "a", "variations": [{"id": "on", "value": true, "valu": 1}]},
                {"kind": "service", "key": "s", "subsets": []},
                {"kind": "sevice"},
                {"kind": "targeting", "key": "a", "rules": [{"id": "r", "clauses": [], "extra": 1}]},
            ]),
            "manifests",
            None,
        ));
        assert_eq!(
            said,
            [
                "manifests[0].variations[0].valu: is unknown here; did you mean `value`?",
                "manifests[1].environment: is missing: a service belongs to an environment; say which, as `environment: production`",
                "manifests[2].kind: \"sevice\" is no kind of resource; known are flag, segment, targeting, service, listener, route, guardrail",
                "manifests[3].rules[0].extra: is unknown here; check its spelling, or leave it out",
            ]
        );
    }
}
