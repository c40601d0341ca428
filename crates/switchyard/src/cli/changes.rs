//! What a change did or would do, in words.

use serde_json::Value;

use super::output::sentence;

/// What a write came to: a revision, or a change that waits for approvals.
pub(crate) fn done(json: &Value) -> String {
    match json.get("state") {
        Some(_) => waiting(json),
        None => revision(json),
    }
}

/// A change that waits: its number, what it does, and what it still needs.
fn waiting(json: &Value) -> String {
    let needs = json["review"]["requirements"].as_array().into_iter().flatten();
    let needs: Vec<_> = needs
        .filter(|need| need["have"].as_u64() < need["approvals"].as_u64())
        .filter_map(|need| need["reason"].as_str())
        .collect();
    format!(
        "C-{number} waits for review: {}\n{}`switchyard change apply {number}` applies it once it is approved\n",
        needs.join("; "),
        edits(&json["check"]["edits"]),
        number = json["number"],
    )
}

/// A revision: its number, title, and what it did.
pub(crate) fn revision(json: &Value) -> String {
    let mut out = format!("r{}", json["number"]);
    for (field, before, after) in [("title", " · ", ""), ("reason", " (", ")")] {
        if let Some(text) = json[field].as_str().filter(|t| !t.is_empty()) {
            out.push_str(&format!("{before}{text}{after}"));
        }
    }
    out.push('\n');
    out + &edits(&json["edits"]) + &guardrails(&json["guardrails"])
}

/// What a dry run would do.
pub(crate) fn check(json: &Value) -> String {
    let edits = edits(&json["edits"]);
    if edits.is_empty() {
        return "nothing would change\n".to_owned();
    }
    format!("would change:\n{edits}{}", guardrails(&json["guardrails"]))
}

/// One line for each guardrail that is not satisfied.
fn guardrails(json: &Value) -> String {
    let line = |verdict: &Value| {
        let does = if verdict["effect"] == "block" { "blocks" } else { "warns" };
        let text = |field: &str| verdict[field].as_str().unwrap_or_default();
        let error = verdict["error"].as_str().map(|e| format!(" ({e})")).unwrap_or_default();
        format!("  {} {does}: {}{error}\n", text("name"), text("message"))
    };
    json.as_array().into_iter().flatten().filter(|verdict| verdict["passed"] == false).map(line).collect()
}

/// One line for each edit, with the environment it acts in.
pub(crate) fn edits(json: &Value) -> String {
    let line = |edit: &Value| {
        let place = edit["target"]["environment"].as_str().unwrap_or("project");
        format!("  [{place}] {}\n", sentence(&edit["sentence"]))
    };
    json.as_array().into_iter().flatten().map(line).collect()
}

/// The first edit in words; nothing where there is none.
pub(crate) fn first(json: &Value) -> String {
    json.get(0).map(|edit| sentence(&edit["sentence"])).unwrap_or_default()
}
