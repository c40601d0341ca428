//! What a change did or would do, in words.

use serde_json::Value;

use super::output::sentence;

/// A revision: its number, title, and what it did.
pub(crate) fn revision(json: &Value) -> String {
    let mut out = format!("r{}", json["number"]);
    for (field, before, after) in [("title", " · ", ""), ("reason", " (", ")")] {
        if let Some(text) = json[field].as_str().filter(|t| !t.is_empty()) {
            out.push_str(&format!("{before}{text}{after}"));
        }
    }
    out.push('\n');
    out + &edits(&json["edits"])
}

/// What a dry run would do.
pub(crate) fn check(json: &Value) -> String {
    let edits = edits(&json["edits"]);
    if edits.is_empty() {
        return "nothing would change\n".to_owned();
    }
    format!("would change:\n{edits}")
}

/// One line for each edit, with the environment it acts in.
pub(crate) fn edits(json: &Value) -> String {
    let line = |edit: &Value| {
        let place = edit["target"]["environment"].as_str().unwrap_or("project");
        format!("  [{place}] {}\n", sentence(&edit["sentence"]))
    };
    json.as_array().into_iter().flatten().map(line).collect()
}
