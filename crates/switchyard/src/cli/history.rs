//! `history`, `show`, `revert`, `restore`.

use serde_json::{Value, json};

use super::client::{Client, Failure, encoded};
use super::output::{answer, sentence, table};
use super::{HistoryArgs, RestoreArgs, RevertArgs, ShowArgs, changes};

pub(crate) fn history(args: &HistoryArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let mut query = format!("?limit={}", args.limit.clamp(1, 500));
    if let Some(environment) = client.said_environment() {
        query.push_str(&format!("&environment={}", encoded(environment)));
    }
    if let Some(words) = &args.words {
        query.push_str(&format!("&q={}", encoded(words)));
    }
    if let Some(resource) = &args.resource {
        let (kind, key) = resource.split_once('/').ok_or_else(|| {
            Failure::refused(format!("{resource:?} is no resource; write it as flag/checkout-v2"))
        })?;
        query.push_str(&format!("&kind={}&key={}", encoded(kind), encoded(key)));
    }
    let page = client.get(&client.in_project(&format!("/revisions{query}")))?;
    answer(args.remote.output, &page, |page| {
        let rows: Vec<_> = page["items"].as_array().into_iter().flatten().map(row).collect();
        if rows.is_empty() { "no revision yet".to_owned() } else { table(&rows) }
    });
    Ok(())
}

fn row(revision: &Value) -> Vec<String> {
    let text = |field: &str| revision[field].as_str().unwrap_or_default().to_owned();
    let at: String = text("at").chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect();
    let edits = revision["edits"].as_array().map_or(&[][..], Vec::as_slice);
    let said = match edits {
        [only] => sentence(&only["sentence"]),
        [first, rest @ ..] => format!("{} and {} more", sentence(&first["sentence"]), rest.len()),
        [] => String::new(),
    };
    let title = text("title");
    let words = if title.is_empty() || edits.len() == 1 { said } else { title };
    vec![format!("r{}", revision["number"]), at, text("authorName"), words]
}

pub(crate) fn show(args: &ShowArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let revision = client.get(&client.in_project(&format!("/revisions/{}", args.revision)))?;
    answer(args.remote.output, &revision, |revision| {
        let by = format!(
            "by {} at {}\n",
            revision["authorName"].as_str().unwrap_or_default(),
            revision["at"].as_str().unwrap_or_default()
        );
        let mut out = changes::revision(revision);
        out.push_str(&by);
        for edit in revision["edits"].as_array().into_iter().flatten() {
            for field in edit["difference"].as_array().into_iter().flatten() {
                out.push_str(&format!(
                    "  {} {}: {} → {}\n",
                    edit["target"]["key"].as_str().unwrap_or_default(),
                    field["path"].as_str().unwrap_or_default(),
                    shown(field.get("before")),
                    shown(field.get("after")),
                ));
            }
        }
        out
    });
    Ok(())
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "(absent)".to_owned(), Value::to_string)
}

pub(crate) fn revert(args: &RevertArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let mut body = json!({ "reason": args.reason, "dryRun": args.dry_run });
    if let Some(why) = &args.glass.break_glass {
        body["breakGlass"] = json!({ "reason": why });
    }
    let done = client.post(&client.in_project(&format!("/revisions/{}/revert", args.revision)), &body)?;
    answer(args.remote.output, &done, if args.dry_run { changes::check } else { changes::done });
    Ok(())
}

pub(crate) fn restore(args: &RestoreArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let mut body = json!({ "reason": args.reason, "dryRun": args.dry_run });
    if let Some(environment) = client.said_environment() {
        body["environment"] = json!(environment);
    }
    if let Some(why) = &args.glass.break_glass {
        body["breakGlass"] = json!({ "reason": why });
    }
    let done = client.post(&client.in_project(&format!("/revisions/{}/restore", args.revision)), &body)?;
    answer(args.remote.output, &done, if args.dry_run { changes::check } else { changes::done });
    Ok(())
}
