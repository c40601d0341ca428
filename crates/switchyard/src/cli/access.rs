//! `access why|policies|check|put|delete|schema`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::{Client, Failure, encoded};
use super::files::read_text;
use super::output::{answer, line, table};
use super::{Output, Remote, ServerArgsOnly};

#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    /// Says whether somebody may do something, and which policies say so.
    #[command(after_help = "Examples:\n  \
        switchyard access why Grace apply production/targeting/checkout-v2 --aspect percentage\n  \
        switchyard access why grace@example.org administer\n  \
        switchyard access why Grace manageKeys --environment production\n\n\
        Actions: view, propose, apply, approve, comment, revert, breakGlass, manageKeys, administer.")]
    Why(WhyArgs),
    /// Lists the project's policies in words, and those that ship with the product.
    Policies(ServerArgsOnly),
    /// Prints what a policy says, in Cedar.
    Show(KeyArgs),
    /// Says what is wrong with policies in files, with line and column. Nothing is kept.
    #[command(after_help = "Example:\n  switchyard access check percentages.cedar")]
    Check(CheckArgs),
    /// Makes a policy of a file; its key is the file's name where none is said.
    #[command(
        after_help = "Example:\n  switchyard access put percentages.cedar --name 'Product: percentages only'"
    )]
    Put(PutArgs),
    /// Takes a policy away.
    Delete(KeyArgs),
    /// Prints what policies can speak of: a schema for Cedar's own tools.
    Schema(ServerArgsOnly),
}

impl AccessCommand {
    pub(crate) fn output(&self) -> Output {
        match self {
            AccessCommand::Why(args) => args.remote.output,
            AccessCommand::Policies(args) | AccessCommand::Schema(args) => args.remote.output,
            AccessCommand::Show(args) | AccessCommand::Delete(args) => args.remote.output,
            AccessCommand::Check(args) => args.remote.output,
            AccessCommand::Put(args) => args.remote.output,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct WhyArgs {
    /// A member by name, e-mail or id, or a token by name or id.
    who: String,
    /// What they want to do.
    action: String,
    /// The resource, as `flag/checkout-v2` or `production/route/checkout`; none for what is done with a project.
    target: Option<String>,
    /// What of it would change: percentage, rules, weights… Repeat for more.
    #[arg(long = "aspect", value_name = "ASPECT")]
    aspects: Vec<String>,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// The policy's key.
    key: String,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Files of policies in Cedar; `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct PutArgs {
    /// A file of policies in Cedar; `-` is standard input.
    file: PathBuf,
    /// The policy's key.
    #[arg(long, required_if_eq("file", "-"))]
    key: Option<String>,
    /// What people call it; what it was called before, or the key.
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) fn run(command: &AccessCommand) -> Result<(), Failure> {
    match command {
        AccessCommand::Why(args) => why(args),
        AccessCommand::Policies(args) => policies(args),
        AccessCommand::Show(args) => {
            let client = Client::connect(&args.remote)?;
            let found = found(&client, &args.key)?;
            answer(args.remote.output, &found, |found| {
                found["text"].as_str().unwrap_or_default().trim_end().to_owned()
            });
            Ok(())
        }
        AccessCommand::Check(args) => check(args),
        AccessCommand::Put(args) => put(args),
        AccessCommand::Delete(args) => {
            let client = Client::connect(&args.remote)?;
            let gone = client.delete(&client.in_project(&path(&args.key)))?;
            answer(args.remote.output, &gone, |_| format!("{} is no longer asked", args.key));
            Ok(())
        }
        AccessCommand::Schema(args) => {
            let client = Client::connect(&args.remote)?;
            let all = client.get(&client.in_project("/policies"))?;
            let schema = json!({ "schema": all["schema"] });
            answer(args.remote.output, &schema, |all| {
                all["schema"].as_str().unwrap_or_default().trim_end().to_owned()
            });
            Ok(())
        }
    }
}

fn path(key: &str) -> String {
    format!("/policies/{}", encoded(key))
}

fn found(client: &Client, key: &str) -> Result<Value, Failure> {
    let all = client.get(&client.in_project("/policies"))?;
    let both = all["items"].as_array().into_iter().chain(all["presets"].as_array()).flatten();
    let found = both.into_iter().find(|policy| policy["key"] == key).cloned();
    found.ok_or_else(|| Failure::refused(format!("there is no policy {key}")))
}

fn why(args: &WhyArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let who = somebody(&client, &args.who)?;
    let mut query = format!("/why?who={}&action={}", encoded(&who), encoded(&args.action));
    let mut environment = client.said_environment().map(str::to_owned);
    if let Some(target) = &args.target {
        let parts: Vec<&str> = target.split('/').collect();
        let (kind, key) = match parts[..] {
            [within, kind, key] => {
                environment = Some(within.to_owned());
                (kind, key)
            }
            [kind, key] => (kind, key),
            _ => {
                let form = "`flag/checkout-v2` or `production/route/checkout`";
                return Err(Failure::refused(format!("{target:?} is no resource: write it as {form}")));
            }
        };
        query.push_str(&format!("&kind={}&key={}", encoded(kind), encoded(key)));
    }
    let takes_one = args.target.is_some() || matches!(&*args.action, "view" | "manageKeys");
    if let Some(environment) = environment.filter(|_| takes_one) {
        query.push_str(&format!("&environment={}", encoded(&environment)));
    }
    if !args.aspects.is_empty() {
        query.push_str(&format!("&aspects={}", encoded(&args.aspects.join(","))));
    }
    let why = client.get(&client.in_project(&query))?;
    answer(args.remote.output, &why, |why| {
        let mut out = why["sentence"].as_str().unwrap_or_default().to_owned();
        for (word, allowed) in [("may change", true), ("may not change", false)] {
            let aspects: Vec<_> = why["aspects"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|one| one["allowed"] == allowed)
                .filter_map(|one| one["aspect"].as_str())
                .collect();
            if !aspects.is_empty() {
                out.push_str(&format!("\n  {word}: {}", aspects.join(", ")));
            }
        }
        out
    });
    Ok(())
}

/// The id of a member or a token, who may be named as people name them. Tokens are only known to admins.
fn somebody(client: &Client, said: &str) -> Result<String, Failure> {
    let members = client.get("/members")?;
    let list =
        |page: &Value| page.as_array().or_else(|| page["items"].as_array()).cloned().unwrap_or_default();
    let mut all = list(&members);
    if said.starts_with("token-") {
        return Ok(said.to_owned());
    }
    let is = |one: &&Value| ["id", "email", "name"].iter().any(|field| one[*field] == said);
    if !all.iter().any(|one| is(&one)) {
        all = client.get("/tokens").map(|page| list(&page)).unwrap_or_default();
    }
    let found: Vec<&Value> = all.iter().filter(is).collect();
    match found[..] {
        [one] => Ok(one["id"].as_str().unwrap_or_default().to_owned()),
        [] => Err(Failure::refused(format!("there is no member or token {said:?}"))),
        _ => Err(Failure::refused(format!("several are called {said:?}: say the e-mail or the id"))),
    }
}

fn policies(args: &ServerArgsOnly) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let all = client.get(&client.in_project("/policies"))?;
    answer(args.remote.output, &all, |all| {
        let mut rows = vec![];
        for own in all["items"].as_array().into_iter().flatten() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            for statement in own["statements"].as_array().into_iter().flatten() {
                rows.push(vec![text(&own["key"]), text(&statement["effect"]), text(&statement["words"])]);
            }
            if own["unreadable"] == true {
                rows.push(vec![text(&own["key"]), "unreadable".into(), "only admins may anything".into()]);
            }
        }
        for preset in all["presets"].as_array().into_iter().flatten() {
            let text = |field: &str| preset[field].as_str().unwrap_or_default().to_owned();
            rows.push(vec![text("key"), "preset".to_owned(), text("words")]);
        }
        table(&rows)
    });
    Ok(())
}

fn check(args: &CheckArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let mut wrong = 0;
    for file in &args.files {
        let body = json!({ "text": text_of(file)?, "key": key_of(file) });
        let checked = client.post(&client.in_project("/policies/check"), &body)?;
        let mistakes = mistakes(&checked);
        wrong += mistakes.len();
        if args.remote.output == Output::Json {
            answer(Output::Json, &checked, |_| String::new());
            continue;
        }
        for mistake in &mistakes {
            line(&format!("{}:{mistake}", file.display()));
        }
        for statement in checked["statements"].as_array().into_iter().flatten() {
            let text = |field: &str| statement[field].as_str().unwrap_or_default();
            line(&format!("{}: {}: {}", file.display(), text("effect"), text("words")));
        }
    }
    match wrong {
        0 => Ok(()),
        1 => Err(Failure::refused("1 mistake")),
        n => Err(Failure::refused(format!("{n} mistakes"))),
    }
}

/// As "3:14: there is no team \"x\"; there is growth".
fn mistakes(checked: &Value) -> Vec<String> {
    let mut all: Vec<String> = checked["mistakes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|mistake| {
            let text = |field: &str| mistake[field].as_str().unwrap_or_default();
            let hint = if mistake["hint"].is_null() { String::new() } else { format!("; {}", text("hint")) };
            format!("{}:{}: {}{hint}", mistake["line"], mistake["column"], text("reason"))
        })
        .collect();
    all.extend(checked["locksOut"].as_str().map(|why| format!("1:1: {why}")));
    all
}

fn put(args: &PutArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let key = args.key.clone().unwrap_or_else(|| key_of(&args.file));
    let all = client.get(&client.in_project("/policies"))?;
    let before = all["items"].as_array().into_iter().flatten().find(|policy| policy["key"] == *key);
    let known = before.and_then(|before| before["name"].as_str());
    let name = args.name.as_deref().or(known).unwrap_or(&key);
    let version = before.map_or(json!(0), |before| before["version"].clone());
    let body = json!({ "name": name, "text": text_of(&args.file)?, "expectedVersion": version });
    let kept = client.put(&client.in_project(&path(&key)), &body)?;
    answer(args.remote.output, &kept, |kept| {
        let statements = kept["statements"].as_array().into_iter().flatten();
        let words = statements.map(|statement| {
            let text = |field: &str| statement[field].as_str().unwrap_or_default();
            format!("{}: {}", text("effect"), text("words"))
        });
        format!("{key} is asked from now on\n{}", words.collect::<Vec<_>>().join("\n"))
    });
    Ok(())
}

fn text_of(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = read_text(file, &mut text);
    read.map_err(|why| Failure::refused(format!("{}: {why}", file.display())))?;
    Ok(text)
}

fn key_of(file: &Path) -> String {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
