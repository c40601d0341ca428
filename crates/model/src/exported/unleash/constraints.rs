//! Constraints and segments, as clauses.
//!
//! A clause of ours never holds where the attribute is missing, turned round or not; an inverted constraint of
//! Unleash does. So it becomes a segment that holds the constraint, and a clause that says "not in it", which
//! is true of whoever lacks the attribute too.

use serde_json::{Value, json};

use super::features::{Constraint, Segment, Strategy};

/// Makes clauses, and the segments that they need.
pub(super) struct Conditions<'a> {
    flag: &'a str,
    known: &'a [Segment],
    pub(super) segments: Vec<Value>,
}

impl<'a> Conditions<'a> {
    pub(super) fn new(flag: &'a str, known: &'a [Segment]) -> Self {
        Conditions { flag, known, segments: vec![] }
    }

    /// All that must hold before a strategy is asked.
    pub(super) fn of(&mut self, strategy: &Strategy) -> Result<Vec<Value>, Vec<String>> {
        let (mut clauses, mut reasons) = (vec![], vec![]);
        let name = self.flag.to_owned();
        for constraint in &strategy.constraints {
            match self.clause(constraint, &name) {
                Ok(clause) => clauses.push(clause),
                Err(why) => reasons.push(why),
            }
        }
        for id in &strategy.segments {
            match self.segment(*id) {
                Ok(key) => clauses.push(is_in(&key, false)),
                Err(why) => reasons.extend(why),
            }
        }
        if reasons.is_empty() { Ok(clauses) } else { Err(reasons) }
    }

    /// A segment of Unleash's, by the key it has here.
    fn segment(&mut self, id: i64) -> Result<String, Vec<String>> {
        let Some(segment) = self.known.iter().find(|segment| segment.id == id) else {
            return Err(vec![format!("asks for segment {id}, which is not there")]);
        };
        let key = format!("unleash-{id}");
        let made = segment.constraints.iter().map(|constraint| self.clause(constraint, &key));
        let made: Vec<_> = made.collect();
        let (clauses, reasons): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
        if !reasons.is_empty() {
            let say = |why| format!("segment {:?} {why}", segment.name);
            return Err(reasons.into_iter().filter_map(Result::err).map(say).collect());
        }
        let clauses: Vec<_> = clauses.into_iter().filter_map(Result::ok).collect();
        self.segments.push(json!({
            "kind": "segment", "key": key, "name": segment.name,
            "rules": [{ "id": "all", "clauses": clauses }],
        }));
        Ok(key)
    }

    /// One constraint as one clause. `within` names what it is part of.
    fn clause(&mut self, constraint: &Constraint, within: &str) -> Result<Value, String> {
        let about = &constraint.context_name;
        let attribute = match &**about {
            "userId" => "key",
            "appName" | "environment" => {
                return Err(format!("asks for {about}, which belongs to the client and to no context"));
            }
            other => other,
        };
        let values =
            || constraint.values.iter().map(|v| v.trim()).filter(|v| !v.is_empty()).collect::<Vec<_>>();
        let value = || constraint.value.as_deref().unwrap_or_default().trim();
        if constraint.case_insensitive {
            return Err(format!("compares {about} whatever its case"));
        }
        let number =
            || value().parse::<f64>().map_err(|_| format!("compares {about} with {:?}, no number", value()));
        // More than one is for "any of these".
        let (clauses, inverted) = match &*constraint.operator {
            "IN" => (vec![clause(attribute, "in", values())], constraint.inverted),
            "NOT_IN" => (vec![clause(attribute, "in", values())], !constraint.inverted),
            "STR_STARTS_WITH" => (vec![clause(attribute, "startsWith", values())], constraint.inverted),
            "STR_ENDS_WITH" => (vec![clause(attribute, "endsWith", values())], constraint.inverted),
            "STR_CONTAINS" => (vec![clause(attribute, "contains", values())], constraint.inverted),
            "NUM_EQ" => (vec![clause(attribute, "in", vec![number()?])], constraint.inverted),
            "NUM_GT" => (vec![clause(attribute, "greaterThan", vec![number()?])], constraint.inverted),
            "NUM_GTE" => {
                (vec![clause(attribute, "greaterThanOrEqual", vec![number()?])], constraint.inverted)
            }
            "NUM_LT" => (vec![clause(attribute, "lessThan", vec![number()?])], constraint.inverted),
            "NUM_LTE" => (vec![clause(attribute, "lessThanOrEqual", vec![number()?])], constraint.inverted),
            "SEMVER_EQ" => (vec![clause(attribute, "semVerEqual", vec![value()])], constraint.inverted),
            "SEMVER_GT" => (vec![clause(attribute, "semVerGreaterThan", vec![value()])], constraint.inverted),
            "SEMVER_LT" => (vec![clause(attribute, "semVerLessThan", vec![value()])], constraint.inverted),
            "SEMVER_GTE" | "SEMVER_LTE" => {
                let beyond = match &*constraint.operator {
                    "SEMVER_GTE" => "semVerGreaterThan",
                    _ => "semVerLessThan",
                };
                let either = [beyond, "semVerEqual"].map(|op| clause(attribute, op, vec![value()]));
                (either.to_vec(), constraint.inverted)
            }
            "REGEX" => (vec![clause(attribute, "matches", vec![value()])], constraint.inverted),
            "DATE_AFTER" | "DATE_BEFORE" => {
                return Err("depends on the time of day; a schedule does that here".into());
            }
            "IN_CIDR" => return Err(format!("asks whether {about} is in a range of addresses")),
            other => return Err(format!("has the operator {other}, which is not known here")),
        };
        match (&clauses[..], inverted) {
            ([only], false) => Ok(only.clone()),
            // Everybody has a key, so that turning it round is exact.
            ([only], true) if attribute == "key" => {
                let mut turned = only.clone();
                turned["negate"] = json!(true);
                Ok(turned)
            }
            _ => Ok(is_in(&self.alternatives(within, &clauses), inverted)),
        }
    }

    /// A segment of whoever meets any of the clauses.
    fn alternatives(&mut self, within: &str, clauses: &[Value]) -> String {
        let key = format!("{within}-any-{}", self.segments.len() + 1);
        let rule = |(at, clause)| json!({ "id": format!("{}", at + 1), "clauses": [clause] });
        self.segments.push(json!({
            "kind": "segment", "key": key, "description": format!("A constraint of {within}, imported from Unleash"),
            "rules": clauses.iter().enumerate().map(rule).collect::<Vec<_>>(),
        }));
        key
    }
}

pub(super) fn clause<V: Into<Value>>(attribute: &str, op: &str, values: Vec<V>) -> Value {
    let values: Vec<Value> = values.into_iter().map(Into::into).collect();
    // What begins with a slash would be a reference.
    let attribute = match attribute.strip_prefix('/') {
        Some(_) => format!("/{}", attribute.replace('~', "~0").replace('/', "~1")),
        None => attribute.to_owned(),
    };
    json!({ "contextKind": "user", "attribute": attribute, "op": op, "values": values })
}

fn is_in(segment: &str, negate: bool) -> Value {
    let mut clause = json!({ "attribute": "", "op": "segmentMatch", "values": [segment] });
    if negate {
        clause["negate"] = json!(true);
    }
    clause
}
