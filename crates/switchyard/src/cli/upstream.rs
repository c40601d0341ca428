//! `upstream status|follow|leave|hand-over`.

use std::io::IsTerminal;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::{Client, Failure};
use super::output::{answer, table};
use super::{Output, Remote, ServerArgsOnly, changes};

#[derive(Debug, Subcommand)]
pub(crate) enum UpstreamCommand {
    /// Says what the environment follows, since when it is heard or not, and what it says that is not so here.
    #[command(
        after_help = "Exit codes: 0 it is followed and all it says is so, 1 it is not, or something is left out."
    )]
    Status(ServerArgsOnly),
    /// Makes the environment follow LaunchDarkly, or what speaks its protocol: its flags and segments are edited there.
    #[command(after_help = "Examples:\n  \
        SWITCHYARD_UPSTREAM_KEY=sdk-… switchyard upstream follow -e production\n  \
        switchyard upstream follow -e staging --base-uri https://switchyard.example < key.txt\n\n\
        The key is read from the variable, or from standard input; it is never shown again. See docs/follow-launchdarkly.md.")]
    Follow(FollowArgs),
    /// Stops following. What came from there stays, and is edited here.
    Leave(LeaveArgs),
    /// Gives flags and segments of this environment that are edited here to LaunchDarkly, which says how they are from then on.
    #[command(after_help = "Examples:\n  switchyard upstream hand-over -e production checkout-v2\n  \
        switchyard upstream hand-over -e production --all --reason 'they were imported from there'")]
    HandOver(HandOverArgs),
}

#[derive(Debug, Args)]
pub(crate) struct FollowArgs {
    /// The stream's base URI: a relay's, or that of another Switchyard.
    #[arg(long, value_name = "URI", default_value = "https://stream.launchdarkly.com")]
    base_uri: String,
    /// The server-side SDK key of the environment there. Better in the variable or on standard input, where no
    /// list of processes has it.
    #[arg(long, env = "SWITCHYARD_UPSTREAM_KEY", value_name = "KEY", hide_env_values = true)]
    sdk_key: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct LeaveArgs {
    /// Take away what came from there, by a change that goes the way of all changes.
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct HandOverArgs {
    /// Keys of flags and segments that `status` names as taken.
    #[arg(value_name = "KEY", required_unless_present = "all")]
    keys: Vec<String>,
    /// All that `status` names as taken.
    #[arg(long, conflicts_with = "keys")]
    all: bool,
    /// Why.
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    remote: Remote,
}

impl UpstreamCommand {
    pub(crate) fn output(&self) -> Output {
        match self {
            UpstreamCommand::Status(args) => args.remote.output,
            UpstreamCommand::Follow(args) => args.remote.output,
            UpstreamCommand::Leave(args) => args.remote.output,
            UpstreamCommand::HandOver(args) => args.remote.output,
        }
    }
}

pub(crate) fn run(command: &UpstreamCommand) -> Result<(), Failure> {
    match command {
        UpstreamCommand::Status(args) => status(&args.remote),
        UpstreamCommand::Follow(args) => follow(args),
        UpstreamCommand::Leave(args) => leave(args),
        UpstreamCommand::HandOver(args) => hand_over(args),
    }
}

fn status(remote: &Remote) -> Result<(), Failure> {
    let client = Client::connect(remote)?;
    let view = client.get(&client.in_environment("/upstream")?)?;
    answer(remote.output, &view, words);
    let seen = &view["seen"];
    let follows = seen["state"] == "following" && seen["error"].is_null();
    let all = seen["leftOut"].as_array().is_some_and(Vec::is_empty);
    if follows && all { Ok(()) } else { Err(Failure::Said(1)) }
}

fn follow(args: &FollowArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let mut body = json!({ "uri": args.base_uri });
    if let Some(key) = args.sdk_key.clone().map_or_else(from_input, |key| Ok(Some(key)))? {
        body["sdkKey"] = json!(key);
    }
    let view = client.put(&client.in_environment("/upstream")?, &body)?;
    answer(args.remote.output, &view, words);
    Ok(())
}

/// The key where it is piped in; none where a person would have to type it, as the server may have it already.
fn from_input() -> Result<Option<String>, Failure> {
    let input = std::io::stdin();
    if input.is_terminal() {
        return Ok(None);
    }
    let read = std::io::read_to_string(input);
    let text = read.map_err(|e| Failure::refused(format!("standard input can't be read: {e}")))?;
    Ok(Some(text.trim().to_owned()).filter(|key| !key.is_empty()))
}

fn leave(args: &LeaveArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let query = if args.remove { "?remove=true" } else { "" };
    let left = client.delete(&client.in_environment(&format!("/upstream{query}"))?)?;
    answer(args.remote.output, &left, |left| format!("{}\n", left["words"].as_str().unwrap_or_default()));
    Ok(())
}

fn hand_over(args: &HandOverArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let environment = client.environment()?.to_owned();
    let view = client.get(&client.in_environment("/upstream")?)?;
    let left_out = view["seen"]["leftOut"].as_array().cloned().unwrap_or_default();
    let taken: Vec<&Value> = left_out.iter().filter(|left| left["taken"] == true).collect();
    let wanted = |left: &&&Value| args.all || args.keys.iter().any(|key| left["key"] == json!(key));
    let unknown: Vec<&str> = args
        .keys
        .iter()
        .filter(|key| !taken.iter().any(|left| left["key"] == json!(key)))
        .map(String::as_str)
        .collect();
    if !unknown.is_empty() {
        let why = "not among what LaunchDarkly says and somebody else writes; `upstream status` lists that";
        return Err(Failure::refused(format!("{}: {why}", unknown.join(", "))));
    }
    let there = client
        .get(&client.in_project(&format!("/export?environment={}", super::client::encoded(&environment))))?;
    let is_there = |kind: &str, key: &Value| {
        there.as_array().into_iter().flatten().any(|m| m["kind"] == kind && m["key"] == *key)
    };
    let mut edits = vec![];
    for left in taken.iter().filter(wanted) {
        let key = &left["key"];
        let targets = match left["kind"].as_str() {
            Some("segment") => vec![json!({ "environment": environment, "kind": "segment", "key": key })],
            _ => vec![
                json!({ "kind": "flag", "key": key }),
                json!({ "environment": environment, "kind": "targeting", "key": key }),
            ],
        };
        for target in targets.into_iter().filter(|t| is_there(t["kind"].as_str().unwrap_or_default(), key)) {
            edits.push(
                json!({ "target": target, "op": { "type": "setManagedBy", "writer": "launchdarkly" } }),
            );
        }
    }
    if edits.is_empty() {
        return Err(Failure::refused("nothing that LaunchDarkly says is written by somebody else here"));
    }
    let done = client.apply(&args.reason, json!(edits), None)?;
    answer(args.remote.output, &done, changes::done);
    Ok(())
}

fn words(view: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut out = String::new();
    if let Some(uri) = view["settings"]["uri"].as_str() {
        out.push_str(&format!("{uri}, with the key that ends in {}\n", text(&view["settings"]["keyEnds"])));
    }
    out.push_str(&format!("{}\n", text(&view["words"])));
    let seen = &view["seen"];
    if !seen.is_null() {
        out.push_str(&format!("{} since {}\n", text(&seen["state"]), text(&seen["since"])));
    }
    if let Some(heard) = seen["heard"].as_str() {
        out.push_str(&format!("last heard {heard}\n"));
    }
    let row = |left: &Value| {
        let reasons: Vec<_> = left["reasons"].as_array().into_iter().flatten().map(text).collect();
        let stays = match (left["taken"] == true, left["stays"] == true) {
            (true, _) => "taken",
            (false, true) => "as it was",
            (false, false) => "not here",
        };
        vec![text(&left["kind"]), text(&left["key"]), stays.to_owned(), reasons.join("; ")]
    };
    let rows: Vec<_> = seen["leftOut"].as_array().into_iter().flatten().map(row).collect();
    out + &table(&rows)
}
