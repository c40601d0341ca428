//! `segment upload|download|erase`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::client::{Client, Failure, encoded};
use super::output::answer;
use super::{Glass, Output, Remote, changes};

#[derive(Debug, Subcommand)]
pub(crate) enum SegmentCommand {
    /// Gives a segment a big list, or other keys: one key a line, the first column of a CSV, at most 1,000,000.
    #[command(after_help = "Examples:\n  switchyard segment upload beta-testers keys.csv\n  \
        switchyard segment upload beta-testers gone.csv --mode remove --reason 'they left'\n\n\
        It is a change like any other: previewed, reviewed, reverted. See docs/big-segments.md.")]
    Upload(UploadArgs),
    /// Writes the keys of a segment's big list, one a line.
    Download(DownloadArgs),
    /// Erases somebody: takes their key out of every list that the history keeps, in all projects, and forgets what was
    /// sampled of them. They must be in no list that is in force.
    #[command(after_help = "Examples:\n  switchyard segment erase ann@shop.example --dry-run\n  \
        cat key | switchyard segment erase -\n\n\
        See docs/big-segments.md for what it reaches and what it does not.")]
    Erase(EraseArgs),
}

#[derive(Debug, Args)]
pub(crate) struct EraseArgs {
    /// Their key, whole; - reads it from standard input, so that no shell remembers it.
    key: String,
    /// Says what would be erased.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    /// Those that are in.
    Included,
    /// Those that are out.
    Excluded,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Mode {
    /// These are all.
    Replace,
    /// These too.
    Add,
    /// These no more.
    Remove,
}

#[derive(Debug, Args)]
pub(crate) struct UploadArgs {
    /// The segment; it is made where it is not there.
    key: String,
    /// The file; - is standard input.
    file: PathBuf,
    /// Which side of the list.
    #[arg(long, value_enum, default_value_t = Side::Included)]
    side: Side,
    /// What the keys are to those there are.
    #[arg(long, value_enum, default_value_t = Mode::Replace)]
    mode: Mode,
    /// The kind of context whose keys they are, for a segment that had no big list. [default: user]
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Why.
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    glass: Glass,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct DownloadArgs {
    /// The segment.
    key: String,
    /// Which side of the list.
    #[arg(long, value_enum, default_value_t = Side::Included)]
    side: Side,
    #[command(flatten)]
    remote: Remote,
}

impl SegmentCommand {
    pub(crate) fn output(&self) -> Output {
        match self {
            SegmentCommand::Upload(args) => args.remote.output,
            SegmentCommand::Download(args) => args.remote.output,
            SegmentCommand::Erase(args) => args.remote.output,
        }
    }
}

pub(crate) fn run(command: &SegmentCommand) -> Result<(), Failure> {
    match command {
        SegmentCommand::Upload(args) => upload(args),
        SegmentCommand::Download(args) => download(args),
        SegmentCommand::Erase(args) => erase(args),
    }
}

fn upload(args: &UploadArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let environment = client.environment()?.to_owned();
    let text = keys(&args.file)?;
    let mut segment = there(&client, &environment, &args.key)?
        .unwrap_or_else(|| json!({ "kind": "segment", "key": args.key }));
    let word = |value: Option<clap::builder::PossibleValue>| {
        value.map(|v| v.get_name().to_owned()).unwrap_or_default()
    };
    let mut path = format!(
        "/lists?side={}&mode={}",
        word(args.side.to_possible_value()),
        word(args.mode.to_possible_value())
    );
    if let Some(hash) = segment["list"]["hash"].as_str() {
        path.push_str(&format!("&onto={}", encoded(hash)));
    }
    let made = client.post_text(&client.in_project(&path), "text/csv", &text)?;
    if segment["list"] == made["list"] {
        answer(args.remote.output, &made, |_| "nothing to change: these are its keys already\n".into());
        return Ok(());
    }
    segment["list"] = made["list"].clone();
    segment["unbounded"] = json!(true);
    // Servers' SDKs ask for the members of a generation; without one they take nobody to be in.
    if segment["generation"].is_null() {
        segment["generation"] = json!(1);
    }
    if let Some(kind) = &args.kind {
        segment["unboundedContextKind"] = json!(kind);
    }
    let target = json!({ "environment": environment, "kind": "segment", "key": args.key });
    let edits = json!([{ "target": target, "op": { "type": "put", "resource": segment } }]);
    let done = client.apply(&args.reason, edits, args.glass.break_glass.as_deref())?;
    answer(args.remote.output, &done, changes::done);
    Ok(())
}

fn download(args: &DownloadArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let environment = client.environment()?.to_owned();
    let segment = there(&client, &environment, &args.key)?;
    let segment =
        segment.ok_or_else(|| Failure::refused(format!("{environment} has no segment {:?}", args.key)))?;
    let Some(hash) = segment["list"]["hash"].as_str() else {
        return Err(Failure::refused(format!("segment {:?} has no big list", args.key)));
    };
    let side = if args.side == Side::Included { "included" } else { "excluded" };
    client.download(
        &client.in_project(&format!("/lists/{}?side={side}", encoded(hash))),
        &mut std::io::stdout().lock(),
    )
}

fn erase(args: &EraseArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let key = match args.key.as_str() {
        "-" => keys(Path::new("-"))?.trim().to_owned(),
        key => key.to_owned(),
    };
    let done = client.post("/erasures", &json!({ "key": key, "dryRun": args.dry_run }))?;
    answer(args.remote.output, &done, |done| {
        let mut said = match args.dry_run {
            true => format!("would be erased from {} lists\n", done["lists"]),
            false => format!("erased from {} lists, and {} samples\n", done["lists"], done["samples"]),
        };
        for place in done["byHand"].as_array().into_iter().flatten() {
            let word = |name: &str| place[name].as_str().unwrap_or_default().to_owned();
            let at = [word("project"), word("environment")].join("/");
            said.push_str(&format!(
                "{} {} ({at}) names it by hand: a change takes it out\n",
                word("kind"),
                word("key")
            ));
        }
        if done["revisions"] != 0 {
            said.push_str(&format!("{} revisions say it, and stay as they are\n", done["revisions"]));
        }
        said
    });
    Ok(())
}

/// The segment as it is, without what its place says.
fn there(client: &Client, environment: &str, key: &str) -> Result<Option<Value>, Failure> {
    let all = client.get(&client.in_project(&format!("/export?environment={}", encoded(environment))))?;
    let mut found = all
        .as_array()
        .into_iter()
        .flatten()
        .find(|manifest| manifest["kind"] == "segment" && manifest["key"] == key)
        .cloned();
    if let Some(fields) = found.as_mut().and_then(Value::as_object_mut) {
        fields.remove("environment");
    }
    Ok(found)
}

fn keys(path: &Path) -> Result<String, Failure> {
    let read = match path.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin()),
        _ => std::fs::read_to_string(path),
    };
    read.map_err(|e| Failure::refused(format!("{}: {e}", path.display())))
}
