//! `apply`, `diff` and `export`: the configuration as files.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use switchyard_files::{Located, Source, Sources};
use switchyard_model::{Manifest, Problem};

use super::client::{Client, Failure};
use super::output::{answer, failure, line};
use super::{ApplyArgs, DiffArgs, ExportArgs, Output, changes};

pub(crate) fn apply(args: &ApplyArgs) -> Result<(), Failure> {
    let sources = read_sources(&args.files)?;
    let client = Client::connect(&args.remote)?;
    let mut body = body(&client, &sources)?;
    (body["message"], body["dryRun"]) = (json!(args.message), json!(args.dry_run));
    if let Some(why) = &args.glass.break_glass {
        body["breakGlass"] = json!({ "reason": why });
    }
    let done = post(&client, &sources, &body)?;
    answer(args.remote.output, &done, |done| match (done.get("number"), args.dry_run) {
        (Some(_), _) => changes::done(done),
        (None, true) => changes::check(done),
        (None, false) => "nothing to change: everything is already so\n".to_owned(),
    });
    Ok(())
}

/// Its exit codes are those of `diff`, not of the other commands.
pub(crate) fn diff(args: &DiffArgs) -> Result<(), Failure> {
    let differs = differs(args).map_err(|why| {
        failure(&why, args.remote.output);
        Failure::Said(2)
    })?;
    if differs { Err(Failure::Said(1)) } else { Ok(()) }
}

fn differs(args: &DiffArgs) -> Result<bool, Failure> {
    let sources = read_sources(&args.files)?;
    let client = Client::connect(&args.remote)?;
    let mut body = body(&client, &sources)?;
    body["dryRun"] = json!(true);
    let check = post(&client, &sources, &body)?;
    let edits = check["edits"].as_array().cloned().unwrap_or_default();
    answer(args.remote.output, &check, |_| match edits.len() {
        0 => format!("the same: {} in files, and all is so at r{}", count(&sources), check["head"]),
        _ => edits.iter().map(|edit| edit_lines(edit, args.technical)).collect(),
    });
    Ok(!edits.is_empty())
}

fn count(sources: &Sources) -> String {
    match sources.values().count() {
        1 => "1 resource".into(),
        n => format!("{n} resources"),
    }
}

/// An edit in words, and with each field that it makes another one.
fn edit_lines(edit: &Value, technical: bool) -> String {
    let mut out = changes::edits(&json!([edit])).trim_start().to_owned();
    for field in edit["difference"].as_array().into_iter().flatten().filter(|_| technical) {
        let path = field["path"].as_str().filter(|path| !path.is_empty()).unwrap_or("(all)");
        out.push_str(&format!("    {path}\n"));
        for (sign, side) in [('-', "before"), ('+', "after")] {
            if let Some(value) = field.get(side) {
                out.push_str(&format!("    {sign} {value}\n"));
            }
        }
    }
    out
}

/// What is asked of the server: the resources, and the environment of those that name none.
fn body(client: &Client, sources: &Sources) -> Result<Value, Failure> {
    let manifests: Vec<_> = sources.values().collect();
    let mut body = json!({ "manifests": manifests });
    if let Some(environment) = client.said_environment() {
        body["environment"] = json!(environment);
    } else if sources.values().any(needs_environment) {
        body["environment"] = json!(client.environment()?);
    }
    Ok(body)
}

/// Asks the server; what it finds wrong is told with file and line.
fn post(client: &Client, sources: &Sources, body: &Value) -> Result<Value, Failure> {
    let summary = "the files can't be applied".to_owned();
    match client.post(&client.in_project("/apply"), body) {
        Ok(check) if check["ok"] == false => {
            let problems: Vec<Problem> =
                serde_json::from_value(check["problems"].clone()).unwrap_or_default();
            let problems = problems.into_iter().map(|problem| placed(sources, problem)).collect();
            Err(Failure::Refused { summary, problems, body: Some(check) })
        }
        Err(Failure::Refused { summary, problems, body }) => {
            let problems = problems.into_iter().map(|problem| placed(sources, problem)).collect();
            Err(Failure::Refused { summary, problems, body })
        }
        other => other,
    }
}

/// The server names what it was sent by position, or by the resource.
fn placed(sources: &Sources, problem: Problem) -> Problem {
    let sent = problem.path.strip_prefix("manifests[").and_then(|rest| rest.split_once(']'));
    if let Some((at, path)) = sent
        && let Ok(at) = at.parse()
    {
        let path = path.trim_start_matches('.').to_owned();
        return sources.locate(at, Problem { path, ..problem }).into();
    }
    let found = problem.resource.as_ref().and_then(|id| sources.locate_in(id, problem.clone()));
    found.map_or(problem, Problem::from)
}

/// LaunchDarkly's export names no environment; it is for the one that is spoken of.
fn needs_environment(manifest: &Value) -> bool {
    manifest["kind"] != "flag" && manifest["kind"] != "guardrail" && manifest.get("environment").is_none()
}

pub(crate) fn read_all(paths: &[PathBuf]) -> Result<Vec<Value>, Failure> {
    Ok(read_sources(paths)?.values().cloned().collect())
}

fn read_sources(paths: &[PathBuf]) -> Result<Sources, Failure> {
    let mut files = vec![];
    for path in paths {
        collect(path, &mut files).map_err(|e| Failure::refused(format!("{}: {e}", path.display())))?;
    }
    let (mut sources, mut wrong) = (vec![], vec![]);
    for file in &files {
        let (name, mut text) = (file.display().to_string(), String::new());
        match read_text(file, &mut text) {
            Ok(()) => sources.push(Source { name, text }),
            Err(e) => wrong.push(Located::whole(&name, Problem::new("", e.to_string()))),
        }
    }
    let read = match Sources::read(sources) {
        Ok(read) if wrong.is_empty() => read,
        Ok(_) => return Err(unreadable(wrong)),
        Err(more) => return Err(unreadable(wrong.into_iter().chain(more).collect())),
    };
    if read.values().next().is_none() {
        return Err(Failure::refused("no resource in the files given"));
    }
    Ok(read)
}

fn unreadable(wrong: Vec<Located>) -> Failure {
    Failure::Refused {
        summary: "some files can't be read; nothing was applied".into(),
        problems: wrong.into_iter().map(Problem::from).collect(),
        body: None,
    }
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

pub(crate) fn export(args: &ExportArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let query = client
        .said_environment()
        .map(|e| format!("?environment={}", super::client::encoded(e)))
        .unwrap_or_default();
    let manifests = client.get(&client.in_project(&format!("/export{query}")))?;
    let mut list = vec![];
    for json in manifests.as_array().into_iter().flatten() {
        let manifest = Manifest::from_json(json.clone(), None);
        list.push(manifest.map_err(|_| {
            Failure::refused("the server is of another version: it has fields that this does not know")
        })?);
    }
    let written = |manifest: &Manifest| match args.remote.output {
        Output::Json => switchyard_files::json(manifest),
        Output::Text => switchyard_files::yaml(manifest),
    };
    let Some(folder) = &args.to else {
        match args.remote.output {
            Output::Json => answer(Output::Json, &manifests, |_| String::new()),
            Output::Text => list.iter().for_each(|one| line(&format!("---\n{}", written(one).trim_end()))),
        }
        return Ok(());
    };
    for manifest in &list {
        let mut file = folder.join(switchyard_files::path(&manifest.id()));
        if args.remote.output == Output::Json {
            file.set_extension("json");
        }
        let write = || -> std::io::Result<()> {
            file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            std::fs::write(&file, written(manifest))
        };
        write().map_err(|e| Failure::refused(format!("{}: {e}", file.display())))?;
    }
    line(&format!("{} resources in {}", list.len(), folder.display()));
    Ok(())
}

pub(super) fn yaml(manifest: &Value) -> Result<String, Failure> {
    serde_norway::to_string(manifest).map_err(|e| Failure::refused(e.to_string()))
}
