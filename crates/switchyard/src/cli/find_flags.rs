//! `find-flags`: where source code names flags.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::client::{Client, Failure, encoded};
use super::output::answer;
use super::{FindFlagsArgs, Output};
use crate::find_flags::{Checkout, Found, Needles, Searched, search};

/// What a server keeps of a repository.
const KEPT: usize = 20_000;

pub(crate) fn run(args: &FindFlagsArgs) -> Result<(), Failure> {
    let wrong = |e: &dyn std::fmt::Display| Failure::refused(e.to_string());
    let client = match (&args.keys, args.upload) {
        (Some(_), false) => None,
        _ => Some(Client::connect(&args.remote)?),
    };
    let keys = match (&args.keys, &client) {
        (Some(file), _) => {
            let text = std::fs::read_to_string(file)
                .map_err(|e| Failure::refused(format!("{}: {e}", file.display())))?;
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
        }
        (None, Some(client)) => all_keys(client)?,
        (None, None) => vec![],
    };
    let own: BTreeMap<String, Vec<String>> = match &args.aliases {
        None => BTreeMap::new(),
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|e| Failure::refused(format!("{}: {e}", file.display())))?;
            serde_norway::from_str(&text).map_err(|e| Failure::refused(format!("{}: {e}", file.display())))?
        }
    };
    if !args.folder.is_dir() {
        return Err(Failure::refused(format!("{} is no folder", args.folder.display())));
    }
    let needles = Needles::new(keys.clone(), &args.delimiters, &args.alias, &own).map_err(|e| wrong(&e))?;
    let searched = search(&args.folder, &needles, args.hidden).map_err(|e| wrong(&e))?;
    for failed in &searched.failed {
        eprintln!("passed over {failed}");
    }
    let checkout = Checkout::of(&args.folder);
    let name = args.repository.clone().or(checkout.name.clone());
    let mut told = told(&keys, &searched);
    told["repository"] = json!(name);
    told["branch"] = json!(args.branch.clone().or(checkout.branch.clone()));
    told["commit"] = json!(args.commit.clone().or(checkout.commit.clone()));
    if let Some(client) = client.filter(|_| args.upload) {
        let name = name.ok_or_else(|| {
            Failure::refused(
                "say what the repository is called, as --repository acme/shop: Git does not know it",
            )
        })?;
        upload(&client, &name, &told, &searched, &below(args, &checkout), args.link.as_deref())?;
        told["uploaded"] = json!(true);
    }
    answer(args.remote.output, &told, |_| words(&searched.found));
    if args.remote.output == Output::Text {
        eprintln!("{}", summary(&told));
    }
    Ok(())
}

/// Keys of flags in use and of those in the archive: code may still name them.
fn all_keys(client: &Client) -> Result<Vec<String>, Failure> {
    let mut keys = vec![];
    let mut cursor = String::new();
    loop {
        let page = client.get(&client.in_project(&format!("/resources?kind=flag&limit=500{cursor}")))?;
        let items = page["items"].as_array().into_iter().flatten();
        keys.extend(items.filter_map(|flag| flag["key"].as_str()).map(str::to_owned));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={}", encoded(next)),
            None => return Ok(keys),
        }
    }
}

fn told(keys: &[String], searched: &Searched) -> Value {
    let named: BTreeSet<&str> = searched.found.iter().map(|found| found.flag.as_str()).collect();
    let not_found: Vec<&String> = keys.iter().filter(|key| !named.contains(key.as_str())).collect();
    let references: Vec<Value> = searched
        .found
        .iter()
        .map(|found| {
            let mut json = json!({
                "flag": found.flag, "path": found.path, "line": found.line, "text": found.text,
            });
            if let Some(alias) = &found.alias {
                json["alias"] = json!(alias);
            }
            json
        })
        .collect();
    json!({ "flags": keys.len(), "files": searched.files, "references": references, "notFound": not_found })
}

/// Where the searched folder is in its repository, with a slash at the end.
fn below(args: &FindFlagsArgs, checkout: &Checkout) -> String {
    let inside = || {
        let folder = args.folder.canonicalize().ok()?;
        let root = checkout.root.as_ref()?.canonicalize().ok()?;
        let parts: Vec<_> = folder.strip_prefix(root).ok()?.iter().map(|p| p.to_string_lossy()).collect();
        (!parts.is_empty()).then(|| format!("{}/", parts.join("/")))
    };
    inside().unwrap_or_default()
}

fn upload(
    client: &Client,
    name: &str,
    told: &Value,
    searched: &Searched,
    below: &str,
    link: Option<&str>,
) -> Result<(), Failure> {
    let mut references = told["references"].as_array().cloned().unwrap_or_default();
    if references.len() > KEPT {
        eprintln!("{} references; the first {KEPT} are uploaded", references.len());
        references.truncate(KEPT);
    }
    for reference in &mut references {
        let path = format!("{below}{}", reference["path"].as_str().unwrap_or_default());
        reference["path"] = json!(path);
        // A tab is the only such character that is kept.
        let text = reference["text"].as_str().unwrap_or_default();
        let text: String = text.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        reference["text"] = json!(text);
    }
    let mut body = json!({ "searched": searched.files, "references": references });
    for (field, value) in [("branch", &told["branch"]), ("commit", &told["commit"]), ("link", &json!(link))] {
        if !value.is_null() {
            body[field] = value.clone();
        }
    }
    client.put(&client.in_project(&format!("/code-references/{}", encoded(name))), &body).map(drop)
}

fn words(found: &[Found]) -> String {
    let line = |found: &Found| {
        let alias = found.alias.as_ref().map(|alias| format!(" as {alias}")).unwrap_or_default();
        format!("{}:{}: {}{alias}: {}\n", found.path, found.line, found.flag, found.text)
    };
    found.iter().map(line).collect()
}

fn summary(told: &Value) -> String {
    let count = |field: &str| told[field].as_array().map_or(0, Vec::len);
    let mut said = format!(
        "{} references of {} flags in {} files",
        count("references"),
        told["flags"].as_u64().unwrap_or(0) - count("notFound") as u64,
        told["files"]
    );
    let missing: Vec<&str> =
        told["notFound"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match missing.as_slice() {
        [] => {}
        few if few.len() <= 20 => said.push_str(&format!("; not found: {}", few.join(", "))),
        many => said.push_str(&format!(
            "; {} flags not found, the first are {}",
            many.len(),
            many[..20].join(", ")
        )),
    }
    if told["uploaded"] == true {
        said.push_str(&format!("; uploaded for {}", told["repository"].as_str().unwrap_or_default()));
    }
    said
}
