//! `apply` and `export`: the configuration as files.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use switchyard_model::Problem;
use switchyard_model::exported;

use super::client::{Client, Failure};
use super::output::{answer, line};
use super::{ApplyArgs, ExportArgs, Output, changes};

pub(crate) fn apply(args: &ApplyArgs) -> Result<(), Failure> {
    let manifests = read_all(&args.files)?;
    let client = Client::connect(&args.remote)?;
    let mut body = json!({ "manifests": manifests, "message": args.message, "dryRun": args.dry_run });
    if let Some(environment) = client.said_environment() {
        body["environment"] = json!(environment);
    } else if manifests.iter().any(needs_environment) {
        body["environment"] = json!(client.environment()?);
    }
    if let Some(why) = &args.glass.break_glass {
        body["breakGlass"] = json!({ "reason": why });
    }
    let done = client.post(&client.in_project("/apply"), &body)?;
    answer(args.remote.output, &done, |done| match (done.get("number"), args.dry_run) {
        (Some(_), _) => changes::done(done),
        (None, true) => changes::check(done),
        (None, false) => "nothing to change: everything is already so\n".to_owned(),
    });
    Ok(())
}

/// LaunchDarkly's export names no environment; it is for the one that is spoken of.
fn needs_environment(manifest: &Value) -> bool {
    manifest["kind"] != "flag" && manifest["kind"] != "guardrail" && manifest.get("environment").is_none()
}

pub(crate) fn read_all(paths: &[PathBuf]) -> Result<Vec<Value>, Failure> {
    let mut files = vec![];
    for path in paths {
        collect(path, &mut files).map_err(|e| Failure::refused(format!("{}: {e}", path.display())))?;
    }
    let (mut manifests, mut problems) = (vec![], vec![]);
    for file in &files {
        match read(file) {
            Ok(found) => manifests.extend(found),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(Failure::Refused {
            summary: "some files can't be read; nothing was applied".into(),
            problems,
            body: None,
        });
    }
    if manifests.is_empty() {
        return Err(Failure::refused("no resource in the files given"));
    }
    Ok(manifests)
}

/// Every YAML and JSON file below `path`, in the order of their names.
fn collect(path: &Path, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        into.push(path.to_owned());
        return Ok(());
    }
    let mut inside = std::fs::read_dir(path)?.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    inside.sort();
    for entry in inside {
        let known = matches!(entry.extension().and_then(|e| e.to_str()), Some("yaml" | "yml" | "json"));
        if known || entry.is_dir() {
            collect(&entry, into)?;
        }
    }
    Ok(())
}

/// A file's text; `-` is standard input.
pub(super) fn read_text(path: &Path, into: &mut String) -> std::io::Result<()> {
    match path.as_os_str() == "-" {
        true => std::io::stdin().read_to_string(into)?,
        false => std::fs::File::open(path)?.read_to_string(into)?,
    };
    Ok(())
}

/// The manifests of one file: JSON or YAML documents, each a resource, a list of them, or an export of
/// LaunchDarkly's `{"flags":{…},"segments":{…}}`.
fn read(path: &Path) -> Result<Vec<Value>, Problem> {
    let problem = |reason: String| Problem::new(path.display().to_string(), reason);
    let mut text = String::new();
    read_text(path, &mut text).map_err(|e| problem(e.to_string()))?;
    let documents: Vec<Value> = match text.trim_start().starts_with(['{', '[']) {
        true => vec![serde_json::from_str(&text).map_err(|e| problem(e.to_string()))?],
        false => serde_norway::Deserializer::from_str(&text)
            .map(Value::deserialize)
            .collect::<Result<_, _>>()
            .map_err(|e| problem(e.to_string()))?,
    };
    let mut manifests = vec![];
    for document in documents {
        match document {
            Value::Null => {}
            Value::Array(list) => manifests.extend(list),
            Value::Object(ref fields) if fields.contains_key("kind") => manifests.push(document),
            Value::Object(ref fields) if fields.contains_key("flags") || fields.contains_key("segments") => {
                manifests.extend(exported::manifests(document).map_err(problem)?);
            }
            _ => {
                return Err(problem("holds something that is no resource".into()).hint(
                    "each document needs `kind` and `key`, or is LaunchDarkly's {\"flags\":…,\"segments\":…}",
                ));
            }
        }
    }
    Ok(manifests)
}

pub(crate) fn export(args: &ExportArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let query = client
        .said_environment()
        .map(|e| format!("?environment={}", super::client::encoded(e)))
        .unwrap_or_default();
    let manifests = client.get(&client.in_project(&format!("/export{query}")))?;
    let list = manifests.as_array().cloned().unwrap_or_default();
    let Some(folder) = &args.to else {
        match args.remote.output {
            Output::Json => answer(Output::Json, &manifests, |_| String::new()),
            Output::Text => {
                for manifest in &list {
                    line(&format!("---\n{}", yaml(manifest)?.trim_end()));
                }
            }
        }
        return Ok(());
    };
    for manifest in &list {
        let text = |field: &str| manifest[field].as_str().unwrap_or_default();
        let place = match text("environment") {
            "" => folder.join(text("kind")),
            environment => folder.join(environment).join(text("kind")),
        };
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(&place)?;
            let (ending, body) = match args.remote.output {
                Output::Json => ("json", serde_json::to_string_pretty(manifest)? + "\n"),
                Output::Text => ("yaml", yaml(manifest).map_err(|_| std::io::Error::other("not YAML"))?),
            };
            std::fs::write(place.join(format!("{}.{ending}", text("key"))), body)
        };
        write().map_err(|e| Failure::refused(format!("{}: {e}", place.display())))?;
    }
    line(&format!("{} resources in {}", list.len(), folder.display()));
    Ok(())
}

pub(super) fn yaml(manifest: &Value) -> Result<String, Failure> {
    serde_norway::to_string(manifest).map_err(|e| Failure::refused(e.to_string()))
}
