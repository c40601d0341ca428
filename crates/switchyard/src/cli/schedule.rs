//! `change schedule|unschedule|schedules`.

use serde_json::{Value, json};

use super::client::{Client, Failure};
use super::output::{answer, table};
use super::{ChangeArgs, ScheduleArgs, ServerArgsOnly};

pub(crate) fn schedule(args: &ScheduleArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let mut body = json!({ "zone": args.zone, "ifFrozen": args.if_frozen, "dryRun": args.dry_run });
    for (field, value) in [("applyAt", &args.at), ("revertAt", &args.revert_at)] {
        if let Some(at) = value {
            // People write a space where the standard has a T.
            body[field] = json!(at.trim().replacen(' ', "T", 1));
        }
    }
    if let Some(after) = args.revert_after {
        body["revertAfterSeconds"] = json!(after);
    }
    if let Some(late) = args.grace {
        body["graceSeconds"] = json!(late);
    }
    let made = client.post(&client.in_project(&format!("/changes/{}/schedule", args.number)), &body)?;
    answer(args.remote.output, &made, |made| {
        let would = if args.dry_run { "would be: " } else { "" };
        said(made, would)
    });
    Ok(())
}

pub(crate) fn unschedule(args: &ChangeArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let ended = client.delete(&client.in_project(&format!("/changes/{}/schedule", args.change)))?;
    answer(args.remote.output, &ended, |ended| said(ended, ""));
    Ok(())
}

pub(crate) fn list(args: &ServerArgsOnly) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let all = client.get(&client.in_project("/schedules"))?;
    answer(args.remote.output, &all, |all| {
        let rows: Vec<_> = all.as_array().into_iter().flatten().map(row).collect();
        if rows.is_empty() { "nothing is scheduled".to_owned() } else { table(&rows) }
    });
    Ok(())
}

fn row(schedule: &Value) -> Vec<String> {
    let text = |field: &str| schedule[field].as_str().unwrap_or_default().to_owned();
    vec![format!("C-{}", schedule["change"]), text("byName"), text("title"), text("sentence")]
}

/// What it does and when, and what is worth knowing of that.
fn said(schedule: &Value, would: &str) -> String {
    let mut out =
        format!("C-{} {would}{}\n", schedule["change"], schedule["sentence"].as_str().unwrap_or_default());
    for note in schedule["notes"].as_array().into_iter().flatten() {
        out.push_str(&format!("  {}\n", note.as_str().unwrap_or_default()));
    }
    out
}
