//! `change list|show|submit|approve|reject|apply|comment`.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::client::{Client, Failure};
use super::output::{answer, table};
use super::{
    ChangeApplyArgs, ChangeArgs, ChangeCommand, ChangeListArgs, CommentArgs, SubmitArgs, VerdictArgs,
    changes, order, schedule,
};

pub(crate) fn run(command: &ChangeCommand) -> Result<(), Failure> {
    match command {
        ChangeCommand::List(args) => list(args),
        ChangeCommand::Show(args) => show(args),
        ChangeCommand::Submit(args) => submit(args),
        ChangeCommand::Approve(args) => judge(args, "approve"),
        ChangeCommand::Reject(args) => judge(args, "reject"),
        ChangeCommand::Apply(args) => apply(args),
        ChangeCommand::Comment(args) => comment(args),
        ChangeCommand::Order(args) => order::order(args),
        ChangeCommand::Resolve(args) => order::resolve(args),
        ChangeCommand::Notices(args) => order::notices(args),
        ChangeCommand::Schedule(args) => schedule::schedule(args),
        ChangeCommand::Unschedule(args) => schedule::unschedule(args),
        ChangeCommand::Schedules(args) => schedule::list(args),
    }
}

pub(crate) fn path(client: &Client, number: u64, rest: &str) -> String {
    client.in_project(&format!("/changes/{number}{rest}"))
}

fn list(args: &ChangeListArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let mut query = format!("?limit={}", args.limit.clamp(1, 500));
    if args.awaiting_me {
        query.push_str("&awaiting=me");
    }
    if let Some(state) = args.state.and_then(|state| state.to_possible_value()) {
        query.push_str(&format!("&state={}", camel_case(state.get_name())));
    }
    let page = client.get(&client.in_project(&format!("/changes{query}")))?;
    answer(args.remote.output, &page, |page| {
        let rows: Vec<_> = page["items"].as_array().into_iter().flatten().map(row).collect();
        if rows.is_empty() { "no change".to_owned() } else { table(&rows) }
    });
    Ok(())
}

/// `in-review`, as the command line has it, in the API's words: `inReview`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |out, word| match word.split_at_checked(1) {
        Some((letter, rest)) => out + &letter.to_uppercase() + rest,
        None => out,
    })
}

pub(crate) fn text<'a>(json: &'a Value, field: &str) -> &'a str {
    json[field].as_str().unwrap_or_default()
}

fn row(change: &Value) -> Vec<String> {
    let title = match text(change, "title") {
        "" => changes::first(&change["check"]["edits"]),
        title => title.to_owned(),
    };
    vec![
        format!("C-{}", change["number"]),
        state(change).to_owned(),
        text(change, "authorName").to_owned(),
        title,
    ]
}

pub(crate) fn state(change: &Value) -> &str {
    match text(change, "state") {
        "inReview" => "in review",
        "rejected" => "given up",
        other => other,
    }
}

fn show(args: &ChangeArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let mut change = client.get(&path(&client, args.change, ""))?;
    let comments = client.get(&path(&client, args.change, "/comments"))?;
    change["conversation"] = comments;
    answer(args.remote.output, &change, shown);
    Ok(())
}

/// A change with all that was said of it.
pub(crate) fn shown(change: &Value) -> String {
    let mut out = format!("C-{} {}: {}\n", change["number"], state(change), text(change, "title"));
    out.push_str(&format!("by {}", text(change, "authorName")));
    match text(change, "reason") {
        "" => out.push('\n'),
        reason => out.push_str(&format!(": {reason}\n")),
    }
    out.push_str(&order::neighbours(change));
    out.push_str(&changes::edits(&change["check"]["edits"]));
    let each = |field: &Value| field.as_array().cloned().unwrap_or_default();
    for problem in each(&change["check"]["problems"]) {
        out.push_str(&format!("problem: {} {}\n", text(&problem, "path"), text(&problem, "reason")));
    }
    out.push_str(&order::conflicts(change));
    for need in each(&change["review"]["requirements"]) {
        out.push_str(&format!("needs: {}, has {}\n", text(&need, "reason"), need["have"]));
    }
    for review in each(&change["review"]["reviews"]) {
        let void = match text(&review, "voidBecause") {
            "" => String::new(),
            why => format!(", void: {why}"),
        };
        let did = if review["verdict"] == "approve" { "approved" } else { "rejected" };
        let note = text(&review, "note");
        let note = if note.is_empty() { String::new() } else { format!(": {note}") };
        out.push_str(&format!("{did} by {}{note}{void}\n", text(&review, "whoName")));
    }
    if let Some(glass) = change["review"].get("brokeGlass") {
        out.push_str(&format!("glass broken by {}: {}\n", text(glass, "whoName"), text(glass, "reason")));
    }
    for comment in each(&change["conversation"]) {
        let on = comment["edit"].as_u64().map(|edit| format!(" on edit {}", edit + 1)).unwrap_or_default();
        out.push_str(&format!("{}{on}: {}\n", text(&comment, "whoName"), text(&comment, "text")));
    }
    if let Some(hash) = change["difference"].as_str() {
        out.push_str(&format!("difference {hash}\n"));
    }
    out
}

fn submit(args: &SubmitArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let mut body = json!({ "reviewers": args.reviewers });
    for (field, said) in [("title", &args.title), ("reason", &args.reason)] {
        if let Some(said) = said {
            body[field] = json!(said);
        }
    }
    let change = client.post(&path(&client, args.change, "/submit"), &body)?;
    answer(args.remote.output, &change, shown);
    Ok(())
}

fn judge(args: &VerdictArgs, verdict: &str) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let difference = match &args.difference {
        Some(said) => json!(said),
        None => client.get(&path(&client, args.change, ""))?["difference"].clone(),
    };
    let body = json!({ "verdict": verdict, "note": args.note, "difference": difference });
    let change = client.post(&path(&client, args.change, "/reviews"), &body)?;
    answer(args.remote.output, &change, shown);
    Ok(())
}

fn apply(args: &ChangeApplyArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let mut body = json!({});
    if let Some(why) = &args.glass.break_glass {
        body["breakGlass"] = json!({ "reason": why });
    }
    let revision = client.post(&path(&client, args.change, "/apply"), &body)?;
    answer(args.remote.output, &revision, changes::revision);
    Ok(())
}

fn comment(args: &CommentArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let mut body = json!({ "text": args.text });
    if let Some(edit) = args.edit {
        body["edit"] = json!(edit - 1);
    }
    let comment = client.post(&path(&client, args.change, "/comments"), &body)?;
    answer(args.remote.output, &comment, |comment| {
        format!("{}: {}", text(comment, "whoName"), text(comment, "text"))
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_said_in_the_apis_words() {
        let said = super::super::State::value_variants().iter().filter_map(|s| s.to_possible_value());
        let words: Vec<_> = said.map(|state| camel_case(state.get_name())).collect();
        assert_eq!(words, ["draft", "inReview", "approved", "applied", "rejected"]);
    }
}
