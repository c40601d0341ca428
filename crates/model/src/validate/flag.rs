//! A flag by itself.

use serde_json::Value;

use super::reports::Report;
use super::{details, key_at};
use crate::{Flag, Problem};

/// The most variations of a flag.
const VARIATIONS_MAX: usize = 100;

pub(super) fn check(report: &mut Report<'_>, flag: &Flag) {
    report.count("variations", flag.variations.len(), 1, VARIATIONS_MAX);
    let at_id = |at| format!("variations[{at}].id");
    report.unique("id", flag.variations.iter().map(|v| &*v.id), at_id);
    for (at, variation) in flag.variations.iter().enumerate() {
        key_at(report, at_id(at), &variation.id);
        report.text(
            format!("variations[{at}].description"),
            &variation.description,
            details::DESCRIPTION_MAX,
        );
        let (wanted, found) = (type_of(&flag.variations[0].value), type_of(&variation.value));
        if wanted != found {
            let reason = format!("is a {found}, but the flag's first variation is a {wanted}");
            let hint = "all variations of a flag have one type, because a client asks for a type";
            let path = format!("variations[{at}].value");
            report.add(Problem::new(path, reason).value(variation.value.clone()).hint(hint));
        }
    }
}

/// What a client asks for: LaunchDarkly's four types of flag.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Null | Value::Array(_) | Value::Object(_) => "JSON value",
    }
}
