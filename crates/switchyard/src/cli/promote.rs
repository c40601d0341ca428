//! `promote`: what differs between two environments, made into a change.

use serde_json::{Value, json};

use super::client::{Client, Failure, encoded};
use super::output::{answer, sentence, table};
use super::{PromoteArgs, changes};

pub(crate) fn promote(args: &PromoteArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let sides = format!("/compare?from={}&to={}", encoded(&args.from), encoded(&args.to));
    let comparison = client.get(&client.in_project(&sides))?;
    let items = comparison["items"].as_array().map_or(&[][..], Vec::as_slice);
    if args.resources.is_empty() && !args.all {
        answer(args.remote.output, &comparison, |_| listed(&comparison, items));
        return Ok(());
    }
    let wanted = picked(args, items)?;
    if wanted.is_empty() {
        return Err(Failure::refused(format!("nothing to promote: {} is as {} is", args.to, args.from)));
    }
    let edits: Vec<_> =
        wanted.iter().map(|item| json!({"target": item["target"], "op": item["op"]})).collect();
    let title = args.title.clone().unwrap_or_else(|| format!("Promote {} to {}", args.from, args.to));
    let proposal = json!({ "title": title, "reason": args.reason, "edits": edits });
    let change = client.post(&client.in_project("/changes"), &proposal)?;
    answer(args.remote.output, &change, |change| {
        let mut out = format!("C-{} · {title}, a draft\n", change["number"]);
        out.push_str(&changes::edits(&change["check"]["edits"]));
        for problem in change["check"]["problems"].as_array().into_iter().flatten() {
            out.push_str(&format!("  does not fit: {}\n", problem["reason"].as_str().unwrap_or_default()));
        }
        out
    });
    Ok(())
}

/// Those that were named, or all that are advised.
fn picked<'a>(args: &PromoteArgs, items: &'a [Value]) -> Result<Vec<&'a Value>, Failure> {
    let mut wanted: Vec<_> = items.iter().filter(|item| args.all && item["advised"] == true).collect();
    for name in &args.resources {
        match items.iter().find(|item| named(item) == *name) {
            Some(item) if wanted.contains(&item) => {}
            Some(item) => wanted.push(item),
            None => {
                return Err(Failure::refused(format!(
                    "{name:?} does not differ, or is no resource; write it as targeting/checkout-v2"
                )));
            }
        }
    }
    Ok(wanted)
}

fn listed(comparison: &Value, items: &[Value]) -> String {
    let same = format!("{} the same\n", comparison["same"]);
    let row = |item: &Value| {
        let note = item["why"].as_str().map(|why| format!("  (not with --all: {why})")).unwrap_or_default();
        vec![named(item), sentence(&item["sentence"]) + &note]
    };
    table(&items.iter().map(row).collect::<Vec<_>>()) + &same
}

fn named(item: &Value) -> String {
    let text = |field: &str| item["target"][field].as_str().unwrap_or_default().to_owned();
    format!("{}/{}", text("kind"), text("key"))
}
