//! `import`: flags from where they are today, as one change.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use switchyard_model::Problem;
use switchyard_model::exported::{self, unleash};

use super::client::{Client, Failure};
use super::files;
use super::output::{answer, line};
use super::{ImportArgs, ImportCommand, Output, changes};

/// The most that is read of an export.
const MOST: u64 = 256 << 20;

/// What was read, before it meets what is there.
struct Read {
    manifests: Vec<Value>,
    left_out: Vec<unleash::Note>,
    remarks: Vec<unleash::Note>,
}

pub(crate) fn run(command: &ImportCommand) -> Result<(), Failure> {
    let (read, from, args) = match command {
        ImportCommand::Launchdarkly { file, sdk_key, base_uri, args } => {
            let exported = match (file, sdk_key) {
                (Some(file), _) => from_file(file)?,
                (None, Some(key)) => {
                    let url = format!("{}/sdk/latest-all", base_uri.trim_end_matches('/'));
                    fetch(&url, key, "the SDK key of the environment that is to be read")?
                }
                (None, None) => return Err(Failure::refused("give a FILE, or --sdk-key")),
            };
            let manifests = exported::manifests(exported).map_err(Failure::refused)?;
            (Read { manifests, left_out: vec![], remarks: vec![] }, "LaunchDarkly", args)
        }
        ImportCommand::Unleash { from, client_token, percentages, args } => {
            let exported = match from.starts_with("http://") || from.starts_with("https://") {
                false => from_file(Path::new(from))?,
                true => {
                    let base = from.trim_end_matches('/');
                    let url = match base.ends_with("/client/features") {
                        true => base.to_owned(),
                        false => format!("{}/api/client/features", base.trim_end_matches("/api")),
                    };
                    let token = client_token.as_deref().unwrap_or_default();
                    fetch(&url, token, "a client token of the environment that is to be read")?
                }
            };
            let options = unleash::Options { percentages: *percentages };
            let found =
                unleash::manifests(exported, options).map_err(|e| Failure::refused(format!("{from} {e}")))?;
            let unleash::Imported { manifests, left_out, remarks } = found;
            (Read { manifests, left_out, remarks }, "Unleash", args)
        }
    };
    put(read, from, args)
}

fn put(read: Read, from: &str, args: &ImportArgs) -> Result<(), Failure> {
    let Read { mut manifests, left_out, remarks } = read;
    let client = Client::connect(&args.remote)?;
    let environment = client.environment()?.to_owned();
    let query = format!("?environment={}", super::client::encoded(&environment));
    let there = client.get(&client.in_project(&format!("/export{query}")))?;
    let name = |m: &Value| (m["kind"].to_string(), m["key"].to_string());
    let there: HashMap<_, _> = there.as_array().into_iter().flatten().map(|m| (name(m), m)).collect();
    for manifest in &mut manifests {
        if let Some(existing) = there.get(&name(manifest)) {
            exported::keep(manifest, existing);
        }
    }
    let message = match args.message.is_empty() {
        true => format!("Import from {from}"),
        false => args.message.clone(),
    };
    let mut done = match manifests.is_empty() {
        true => json!({ "edits": [] }),
        false => {
            let mut body = json!({
                "manifests": manifests, "message": message, "dryRun": args.dry_run, "environment": environment,
            });
            if let Some(why) = &args.glass.break_glass {
                body["breakGlass"] = json!({ "reason": why });
            }
            client.post(&client.in_project("/apply"), &body)?
        }
    };
    if args.remote.output == Output::Json {
        done["leftOut"] = json!(left_out);
        done["remarks"] = json!(remarks);
    }
    answer(args.remote.output, &done, |done| match (done.get("number"), args.dry_run) {
        (Some(_), _) => changes::done(done),
        (None, true) => changes::check(done),
        (None, false) => "nothing to change: everything is already so\n".to_owned(),
    });
    if args.remote.output == Output::Text {
        notes("left out", &left_out);
        notes("to know", &remarks);
    }
    Ok(())
}

fn notes(what: &str, notes: &[unleash::Note]) {
    if notes.is_empty() {
        return;
    }
    line(&format!("{what}, {} of them:", notes.len()));
    for note in notes {
        line(&format!("  {}: {}", note.flag, note.reasons.join("; ")));
    }
}

fn from_file(path: &Path) -> Result<Value, Failure> {
    let mut text = String::new();
    files::read_text(path, &mut text).map_err(|e| Failure::refused(format!("{}: {e}", path.display())))?;
    serde_json::from_str(&text).map_err(|e| Failure::Refused {
        summary: format!("{} can't be read; nothing was imported", path.display()),
        problems: vec![Problem::new(path.display().to_string(), e.to_string()).hint("it must be JSON")],
        body: None,
    })
}

fn fetch(url: &str, key: &str, wanted: &str) -> Result<Value, Failure> {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .build();
    let agent: ureq::Agent = config.into();
    let asked = agent.get(url).header("authorization", key).header("accept", "application/json").call();
    let mut got = asked.map_err(|e| Failure::Unreachable(format!("{url} can't be reached: {e}")))?;
    match got.status().as_u16() {
        200 => {}
        401 | 403 => {
            return Err(Failure::refused(format!(
                "{url} refuses the key ({}); it takes {wanted}",
                got.status()
            )));
        }
        _ => return Err(Failure::refused(format!("{url} answered {}", got.status()))),
    }
    let read = got.body_mut().with_config().limit(MOST).read_json();
    read.map_err(|e| Failure::refused(format!("{url} answered something that is no JSON: {e}")))
}
