//! `trigger list|add|log|rotate|on|off|remove`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::{Client, Failure, encoded};
use super::output::{answer, table};
use super::{Output, Remote, ServerArgsOnly, change_number};

#[derive(Debug, Subcommand)]
pub(crate) enum TriggerCommand {
    /// Lists triggers, and what came of them last.
    List(ServerArgsOnly),
    /// Makes a trigger of a prepared change, and prints the URL that sets it off: once.
    #[command(
        after_help = "Examples:\n  switchyard trigger add --name 'kill checkout-v2' --off checkout-v2 --reason 'errors on checkout'\n  \
                      switchyard trigger add --name 'errors' --change 12 --alertmanager --revert-on-resolved\n\n\
                      It acts with the permission that the maker of this token has at that time. Where approvals are\n\
                      missing then, the change waits in review."
    )]
    Add(AddArgs),
    /// Lists when a trigger was set off, newest first, and what came of it.
    Log(LogArgs),
    /// Makes another URL, and prints it: once. The old one opens nothing from now on.
    Rotate(IdArgs),
    /// Turns a trigger on.
    On(IdArgs),
    /// Turns a trigger off: calls are refused.
    Off(IdArgs),
    /// Removes a trigger. What it did stays in the history.
    Remove(IdArgs),
}

impl TriggerCommand {
    pub(crate) fn output(&self) -> Output {
        match self {
            TriggerCommand::List(args) => args.remote.output,
            TriggerCommand::Add(args) => args.remote.output,
            TriggerCommand::Log(args) => args.remote.output,
            TriggerCommand::Rotate(args)
            | TriggerCommand::On(args)
            | TriggerCommand::Off(args)
            | TriggerCommand::Remove(args) => args.remote.output,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// What people call it.
    #[arg(long)]
    name: String,
    /// Turns this flag on in the environment. Repeat for more.
    #[arg(long, value_name = "FLAG", group = "what")]
    on: Vec<String>,
    /// Turns this flag off in the environment. Repeat for more.
    #[arg(long, value_name = "FLAG", group = "what")]
    off: Vec<String>,
    /// Does what this change does, as 12 or C-12; the change itself stays as it is.
    #[arg(long, value_name = "NUMBER", value_parser = change_number, group = "what")]
    change: Option<u64>,
    /// A file of JSON with edits, as the API takes them; `-` is standard input.
    #[arg(long, value_name = "FILE", group = "what", required_unless_present_any = ["on", "off", "change"])]
    edits: Option<PathBuf>,
    /// Prometheus Alertmanager sets it off: on `firing`.
    #[arg(long)]
    alertmanager: bool,
    /// Reverts what it applied when the alert is over.
    #[arg(long, requires = "alertmanager")]
    revert_on_resolved: bool,
    /// Insists on calls that are signed, as Standard Webhooks has it.
    #[arg(long)]
    require_signature: bool,
    /// What its change is called; made from its edits where absent.
    #[arg(long, default_value = "")]
    title: String,
    /// Why.
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct IdArgs {
    /// The trigger's id, as `trigger list` says it.
    id: String,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// The trigger's id.
    id: String,
    /// At most this many.
    #[arg(short = 'n', long, default_value_t = 20)]
    limit: u32,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) fn run(command: &TriggerCommand) -> Result<(), Failure> {
    match command {
        TriggerCommand::List(args) => list(args),
        TriggerCommand::Add(args) => add(args),
        TriggerCommand::Log(args) => log(args),
        TriggerCommand::Rotate(args) => {
            let client = Client::connect(&args.remote)?;
            let made = client.post(&one(&client, &args.id, "/rotate"), &json!({}))?;
            answer(args.remote.output, &made, shown);
            Ok(())
        }
        TriggerCommand::On(args) => turn(args, true),
        TriggerCommand::Off(args) => turn(args, false),
        TriggerCommand::Remove(args) => {
            let client = Client::connect(&args.remote)?;
            let gone = client.delete(&one(&client, &args.id, ""))?;
            answer(args.remote.output, &gone, |_| format!("{} is removed", args.id));
            Ok(())
        }
    }
}

fn list(args: &ServerArgsOnly) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let all = client.get(&client.in_project("/triggers"))?;
    answer(args.remote.output, &all, |all| {
        let rows: Vec<_> = all.as_array().into_iter().flatten().map(row).collect();
        if rows.is_empty() {
            "no trigger; `switchyard trigger add` makes one".to_owned()
        } else {
            table(&rows)
        }
    });
    Ok(())
}

fn row(trigger: &Value) -> Vec<String> {
    let state = match (trigger["active"].as_bool(), trigger["powerless"].as_str()) {
        (Some(false), _) => "off".to_owned(),
        (_, Some(why)) => format!("can't act: {why}"),
        _ => "on".to_owned(),
    };
    let newest = &trigger["newest"];
    let last = match newest["outcome"].as_str() {
        Some(outcome) => format!("{outcome} at {}", text(newest, "at")),
        None => "never set off".to_owned(),
    };
    let [id, name, title] = ["id", "name", "title"].map(|field| text(trigger, field).to_owned());
    vec![id, name, state, last, title]
}

fn add(args: &AddArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let mut edits = vec![];
    for (flags, on) in [(&args.on, true), (&args.off, false)] {
        for flag in flags {
            let target = json!({ "environment": client.environment()?, "kind": "targeting", "key": flag });
            edits.push(json!({ "target": target, "op": { "type": "setOn", "on": on } }));
        }
    }
    if let Some(number) = args.change {
        let change = client.get(&client.in_project(&format!("/changes/{number}")))?;
        edits.extend(change["edits"].as_array().cloned().unwrap_or_default());
    }
    if let Some(path) = &args.edits {
        edits.extend(read(path)?);
    }
    let made = client.post(
        &client.in_project("/triggers"),
        &json!({
            "name": args.name,
            "source": if args.alertmanager { "alertmanager" } else { "any" },
            "requireSignature": args.require_signature,
            "revertOnResolved": args.revert_on_resolved,
            "title": args.title,
            "reason": args.reason,
            "edits": edits,
        }),
    )?;
    answer(args.remote.output, &made, shown);
    Ok(())
}

fn read(path: &Path) -> Result<Vec<Value>, Failure> {
    let name = path.display();
    let bytes = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin()).map(String::into_bytes)
    } else {
        std::fs::read(path)
    };
    let bytes = bytes.map_err(|e| Failure::refused(format!("{name}: {e}")))?;
    serde_json::from_slice(&bytes).map_err(|e| Failure::refused(format!("{name} is no list of edits: {e}")))
}

fn shown(made: &Value) -> String {
    let mut out = format!("{}\n{}\n", text(&made["trigger"], "id"), text(made, "url"));
    if let Some(secret) = made["signingSecret"].as_str() {
        out.push_str(&format!("{secret}\n"));
    }
    out.push_str(
        "\nKeep it: it is not shown again. POST there to set it off; add ?dryRun=true to only try it.",
    );
    out
}

fn turn(args: &IdArgs, active: bool) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let trigger = client.patch(&one(&client, &args.id, ""), &json!({ "active": active }))?;
    answer(args.remote.output, &trigger, |trigger| row(trigger).join("  "));
    Ok(())
}

fn log(args: &LogArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let page = client.get(&one(&client, &args.id, &format!("/firings?limit={}", args.limit)))?;
    answer(args.remote.output, &page, |page| {
        let fired = page["items"].as_array().into_iter().flatten();
        let rows: Vec<_> = fired
            .map(|fired| {
                let outcome = fired["outcome"].as_str().unwrap_or("under way").to_owned();
                let [at, detail, excerpt] =
                    ["at", "detail", "excerpt"].map(|field| text(fired, field).to_owned());
                vec![at, outcome, detail, excerpt]
            })
            .collect();
        if rows.is_empty() { "it was never set off".to_owned() } else { table(&rows) }
    });
    Ok(())
}

fn one(client: &Client, id: &str, rest: &str) -> String {
    client.in_project(&format!("/triggers/{}{rest}", encoded(id)))
}

fn text<'a>(json: &'a Value, field: &str) -> &'a str {
    json[field].as_str().unwrap_or_default()
}
