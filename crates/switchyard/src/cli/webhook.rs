//! `webhook list|add|set|test|log|send|rotate|on|off|remove`.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::client::{Client, Failure, encoded};
use super::output::{answer, table};
use super::{Output, Remote, ServerArgsOnly};

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// Lists webhooks, and what became of their newest message.
    List(ServerArgsOnly),
    /// Makes a webhook, and prints the secret that signs its messages: once.
    #[command(after_help = "Examples:\n  switchyard webhook add --name CI https://ci.example/hooks\n  \
                      switchyard webhook add --name '#releases' --kind slack https://hooks.slack.com/services/T0/B0/x \\\n    \
                      --event revision.applied --event change.submitted\n\n\
                      `webhook events` lists what can be told. Messages that approve and reject for one person are made\n\
                      on the page, by that person.")]
    Add(AddArgs),
    /// Lists what webhooks can be told.
    Events(ServerArgsOnly),
    /// Changes a webhook: what is not said stays.
    #[command(
        after_help = "Example:\n  switchyard webhook set hook-… --to https://ci.example/new --event revision.applied"
    )]
    Set(SetArgs),
    /// Sends a message that only says that it arrives.
    Test(IdArgs),
    /// Lists a webhook's messages, newest first, and what became of them.
    Log(LogArgs),
    /// Sends a message once more.
    Send(SendArgs),
    /// Makes another secret, and prints it: once. The old one signs too for a while.
    Rotate(RotateArgs),
    /// Turns a webhook on.
    On(IdArgs),
    /// Turns a webhook off: what happens meanwhile is not told.
    Off(IdArgs),
    /// Removes a webhook and the log of its messages.
    Remove(IdArgs),
}

impl WebhookCommand {
    pub(crate) fn output(&self) -> Output {
        match self {
            WebhookCommand::List(args) | WebhookCommand::Events(args) => args.remote.output,
            WebhookCommand::Add(args) => args.remote.output,
            WebhookCommand::Set(args) => args.remote.output,
            WebhookCommand::Test(args)
            | WebhookCommand::On(args)
            | WebhookCommand::Off(args)
            | WebhookCommand::Remove(args) => args.remote.output,
            WebhookCommand::Log(args) => args.remote.output,
            WebhookCommand::Send(args) => args.remote.output,
            WebhookCommand::Rotate(args) => args.remote.output,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// Where messages go.
    #[arg(value_name = "URL")]
    to: String,
    /// What people call it.
    #[arg(long)]
    name: String,
    /// What it is sent.
    #[arg(long, value_enum, default_value_t = Kind::Standard)]
    kind: Kind,
    /// Only this event. Repeat for more.
    #[arg(long = "event", value_name = "EVENT")]
    events: Vec<String>,
    /// Only what acts in this environment. Repeat for more.
    #[arg(long = "in", value_name = "ENVIRONMENT")]
    environments: Vec<String>,
    /// Only what touches resources of this kind. Repeat for more.
    #[arg(long = "resource-kind", value_name = "KIND")]
    kinds: Vec<String>,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    /// The webhook's id, as `webhook list` says it.
    id: String,
    /// What people call it.
    #[arg(long)]
    name: Option<String>,
    /// Where messages go.
    #[arg(long = "to", value_name = "URL")]
    to: Option<String>,
    /// Only this event. Repeat for more.
    #[arg(long = "event", value_name = "EVENT", conflicts_with = "everything")]
    events: Vec<String>,
    /// Only what acts in this environment. Repeat for more.
    #[arg(long = "in", value_name = "ENVIRONMENT", conflicts_with = "everything")]
    environments: Vec<String>,
    /// Only what touches resources of this kind. Repeat for more.
    #[arg(long = "resource-kind", value_name = "KIND", conflicts_with = "everything")]
    kinds: Vec<String>,
    /// All that happens.
    #[arg(long)]
    everything: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// JSON, signed as Standard Webhooks has it.
    Standard,
    /// Messages for Slack, and what speaks like it.
    Slack,
}

#[derive(Debug, Args)]
pub(crate) struct IdArgs {
    /// The webhook's id, as `webhook list` says it.
    id: String,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// The webhook's id.
    id: String,
    /// At most this many.
    #[arg(short = 'n', long, default_value_t = 20)]
    limit: u32,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// The webhook's id.
    id: String,
    /// The message's id, as `webhook log` says it.
    message: String,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct RotateArgs {
    /// The webhook's id.
    id: String,
    /// How long the old secret signs too, in hours, at most 720.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(0..=720))]
    overlap_hours: u64,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) fn run(command: &WebhookCommand) -> Result<(), Failure> {
    match command {
        WebhookCommand::List(args) => list(args),
        WebhookCommand::Events(args) => events(args),
        WebhookCommand::Add(args) => add(args),
        WebhookCommand::Set(args) => set(args),
        WebhookCommand::Test(args) => {
            let client = Client::connect(&args.remote)?;
            let sent = client.post(&one(&client, &args.id, "/test"), &json!({}))?;
            answer(args.remote.output, &sent, |sent| format!("{} is on its way", text(sent, "id")));
            Ok(())
        }
        WebhookCommand::Log(args) => log(args),
        WebhookCommand::Send(args) => {
            let client = Client::connect(&args.remote)?;
            let path = one(&client, &args.id, &format!("/deliveries/{}/send", encoded(&args.message)));
            let sent = client.post(&path, &json!({}))?;
            answer(args.remote.output, &sent, |_| format!("{} is on its way again", args.message));
            Ok(())
        }
        WebhookCommand::Rotate(args) => {
            let client = Client::connect(&args.remote)?;
            let body = json!({ "overlapSeconds": args.overlap_hours * 3600 });
            let made = client.post(&one(&client, &args.id, "/rotate"), &body)?;
            answer(args.remote.output, &made, |made| text(made, "secret").to_owned());
            Ok(())
        }
        WebhookCommand::On(args) => turn(args, true),
        WebhookCommand::Off(args) => turn(args, false),
        WebhookCommand::Remove(args) => {
            let client = Client::connect(&args.remote)?;
            let gone = client.delete(&one(&client, &args.id, ""))?;
            answer(args.remote.output, &gone, |_| format!("{} is removed", args.id));
            Ok(())
        }
    }
}

fn list(args: &ServerArgsOnly) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let all = client.get(&client.in_project("/webhooks"))?;
    answer(args.remote.output, &all, |all| {
        let rows: Vec<_> = all["items"].as_array().into_iter().flatten().map(row).collect();
        if rows.is_empty() {
            "no webhook; `switchyard webhook add` makes one".to_owned()
        } else {
            table(&rows)
        }
    });
    Ok(())
}

fn row(hook: &Value) -> Vec<String> {
    let state = match (hook["active"].as_bool(), hook["stopped"].as_str()) {
        (Some(true), _) => "on".to_owned(),
        (_, Some(why)) => format!("stopped: {why}"),
        _ => "off".to_owned(),
    };
    let newest = if hook["newest"].is_null() { "nothing sent yet".to_owned() } else { told(&hook["newest"]) };
    vec![text(hook, "id").into(), text(hook, "name").into(), text(hook, "url").into(), state, newest]
}

fn events(args: &ServerArgsOnly) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let all = client.get(&client.in_project("/webhooks"))?;
    answer(args.remote.output, &all["events"], |events| {
        let each = events.as_array().into_iter().flatten();
        table(
            &each
                .map(|event| vec![text(event, "name").into(), text(event, "means").into()])
                .collect::<Vec<_>>(),
        )
    });
    Ok(())
}

fn add(args: &AddArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let kind = match args.kind {
        Kind::Standard => "standard",
        Kind::Slack => "slack",
    };
    let filter = json!({ "events": args.events, "environments": args.environments, "kinds": args.kinds });
    let body = json!({ "name": args.name, "kind": kind, "url": args.to, "filter": filter });
    let made = client.post(&client.in_project("/webhooks"), &body)?;
    answer(args.remote.output, &made, |made| {
        let id = text(&made["webhook"], "id");
        match made["secret"].as_str() {
            Some(secret) => format!("{id}\n{secret}\n\nKeep the secret: it is not shown again."),
            None => id.to_owned(),
        }
    });
    Ok(())
}

fn set(args: &SetArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let mut change = json!({});
    for (field, text) in [("name", &args.name), ("url", &args.to)] {
        if let Some(text) = text {
            change[field] = text.as_str().into();
        }
    }
    let filter = [("events", &args.events), ("environments", &args.environments), ("kinds", &args.kinds)];
    if args.everything || filter.iter().any(|(_, names)| !names.is_empty()) {
        change["filter"] =
            filter.into_iter().map(|(field, names)| (field.to_owned(), json!(names))).collect();
    }
    let hook = client.patch(&one(&client, &args.id, ""), &change)?;
    answer(args.remote.output, &hook, |hook| row(hook).join("  "));
    Ok(())
}

fn turn(args: &IdArgs, active: bool) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let hook = client.patch(&one(&client, &args.id, ""), &json!({ "active": active }))?;
    answer(args.remote.output, &hook, |hook| row(hook).join("  "));
    Ok(())
}

fn log(args: &LogArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let page = client.get(&one(&client, &args.id, &format!("/deliveries?limit={}", args.limit)))?;
    answer(args.remote.output, &page, |page| {
        let rows: Vec<_> = page["items"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|sent| {
                let [id, at, event] = ["id", "createdAt", "event"].map(|field| text(sent, field).to_owned());
                vec![id, at, event, told(sent)]
            })
            .collect();
        if rows.is_empty() { "nothing was sent yet".to_owned() } else { table(&rows) }
    });
    Ok(())
}

/// What became of a message, in words.
fn told(sent: &Value) -> String {
    let tries = sent["attempts"].as_u64().unwrap_or(0);
    let tries = if tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") };
    match (text(sent, "state"), sent["error"].as_str()) {
        ("delivered", _) => format!("delivered, {} in {} ms, {tries}", sent["status"], sent["milliseconds"]),
        ("failed", why) => format!("given up after {tries}: {}", why.unwrap_or_default()),
        (_, Some(why)) => format!("{tries}, {why}; again at {}", text(sent, "nextAt")),
        _ => "waits".to_owned(),
    }
}

fn one(client: &Client, id: &str, rest: &str) -> String {
    client.in_project(&format!("/webhooks/{}{rest}", encoded(id)))
}

fn text<'a>(json: &'a Value, field: &str) -> &'a str {
    json[field].as_str().unwrap_or_default()
}
