//! `change order|resolve|notices`: changes that go in order, and those that met others on the way.

use serde_json::{Value, json};

use super::change::{path, shown, state, text};
use super::client::{Client, Failure};
use super::output::{answer, sentence, table};
use super::{Keep, OrderArgs, ResolveArgs, ServerArgsOnly};

pub(crate) fn order(args: &OrderArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let change = client.get(&path(&client, args.change, ""))?;
    let body = json!({ "after": args.after });
    let change = client.put_at(&path(&client, args.change, "/order"), &change["version"], &body)?;
    answer(args.remote.output, &change, shown);
    Ok(())
}

pub(crate) fn resolve(args: &ResolveArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let change = client.get(&path(&client, args.change, ""))?;
    let found = change["check"]["conflicts"].as_array().cloned().unwrap_or_default();
    if found.is_empty() {
        return Err(Failure::refused(format!("C-{} has no conflicts", args.change)));
    }
    let names = |conflict: &Value, said: &str| said == text(conflict, "path") || said == place(conflict);
    if let Some(said) = args.except.iter().find(|said| !found.iter().any(|one| names(one, said))) {
        let there: Vec<_> = found.iter().map(place).collect();
        return Err(Failure::refused(format!(
            "C-{} has no conflict {said:?}; it has {}",
            args.change,
            there.join(", ")
        )));
    }
    let choices: Vec<_> = found
        .iter()
        .map(|conflict| {
            let other = args.except.iter().any(|said| names(conflict, said));
            let keep = if (args.keep == Keep::Now) == other { "change" } else { "now" };
            let mut choice =
                json!({ "resource": conflict["resource"], "path": conflict["path"], "keep": keep });
            if let Some(revision) = conflict.get("laterRevision") {
                choice["revision"] = revision.clone();
            }
            choice
        })
        .collect();
    let body = json!({ "choices": choices });
    let change = client.post_at(&path(&client, args.change, "/resolve"), &change["version"], &body)?;
    answer(args.remote.output, &change, shown);
    Ok(())
}

pub(crate) fn notices(args: &ServerArgsOnly) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let notices = client.get(&client.in_project("/notices"))?;
    answer(args.remote.output, &notices, |notices| {
        let rows: Vec<_> = notices.as_array().into_iter().flatten().map(row).collect();
        if rows.is_empty() { "nothing".to_owned() } else { table(&rows) }
    });
    Ok(())
}

fn row(notice: &Value) -> Vec<String> {
    let on = notice["edit"].as_u64().map(|edit| format!(" on edit {}", edit + 1)).unwrap_or_default();
    let who = notice["whoName"].as_str().map(|who| format!("{who}{on}: ")).unwrap_or_default();
    let number = format!("C-{}", notice["change"]);
    vec![number, text(notice, "title").to_owned(), format!("{who}{}", text(notice, "text"))]
}

/// What a change comes after, and what comes after it.
pub(crate) fn neighbours(change: &Value) -> String {
    let line = |word: &'static str| {
        move |other: &Value| {
            format!("{word} C-{} ({}): {}\n", other["number"], state(other), text(other, "title"))
        }
    };
    let each = |field: &str| change[field].as_array().cloned().unwrap_or_default();
    let after = each("after").iter().map(line("after")).collect::<String>();
    after + &each("followers").iter().map(line("before")).collect::<String>()
}

/// Both sides of each conflict, with who stands behind them.
pub(crate) fn conflicts(change: &Value) -> String {
    let line = |conflict: &Value| {
        let later = match (conflict["laterAuthor"].as_str(), conflict["laterRevision"].as_u64()) {
            (Some(who), Some(number)) => format!("{who}, r{number}"),
            _ => "as it is".to_owned(),
        };
        format!(
            "conflict: {}\n  now ({later}): {}\n  change ({}): {}\n",
            place(conflict),
            sentence(&conflict["nowSentence"]),
            text(change, "authorName"),
            sentence(&conflict["wantedSentence"]),
        )
    };
    change["check"]["conflicts"].as_array().into_iter().flatten().map(line).collect()
}

/// A conflict's resource and path.
fn place(conflict: &Value) -> String {
    let of = &conflict["resource"];
    let environment = of["environment"].as_str().map(|key| format!("{key}/")).unwrap_or_default();
    let resource = format!("{environment}{}/{}", text(of, "kind"), text(of, "key"));
    format!("{resource} {}", text(conflict, "path")).trim_end().to_owned()
}
