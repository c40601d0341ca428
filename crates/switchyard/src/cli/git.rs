//! `git status|connect|sync|hand-over|take-over|disconnect`.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use switchyard_model::Problem;

use super::client::{Client, Failure};
use super::output::{answer, sentence, table};
use super::{Output, Remote, ServerArgsOnly, changes};

#[derive(Debug, Subcommand)]
pub(crate) enum GitCommand {
    /// Says which repository it is, how far it is in step, and where Git and the project differ.
    #[command(after_help = "Exit codes: 0 all is in step, 1 something differs or stands still.")]
    Status(ServerArgsOnly),
    /// Makes a repository the project's: what is not said is not done with it.
    #[command(after_help = "Examples:\n  \
        switchyard git connect https://git.example/shop.git --mirror main --proposals proposals/\n  \
        switchyard git connect ssh://git@git.example/shop.git --follow config --apply\n\n\
        Git on the server opens it as it does for the user that the server runs as: with a key of ssh or a credential\n\
        helper. See docs/git.md.")]
    Connect(ConnectArgs),
    /// Looks at the repository now, and says what `status` says.
    Sync(ServerArgsOnly),
    /// Gives resources to Git: from then on they are edited there.
    #[command(
        after_help = "Example:\n  switchyard git hand-over production/targeting/banner --reason 'it has an owner in the repository'"
    )]
    HandOver(ResourcesArgs),
    /// Takes resources over from whoever writes them, to be edited here.
    #[command(after_help = "Example:\n  switchyard git take-over production/targeting/banner flag/banner")]
    TakeOver(ResourcesArgs),
    /// Leaves the repository alone. What was written there and taken from there stays.
    Disconnect(ServerArgsOnly),
}

#[derive(Debug, Args)]
pub(crate) struct ConnectArgs {
    /// Where it is: https or ssh, without a password.
    #[arg(value_name = "URL")]
    to: String,
    /// The branch to which every revision is written as a commit.
    #[arg(long, value_name = "BRANCH")]
    mirror: Option<String>,
    /// The branch whose commits become changes, and against which drift is told. It may be the mirror.
    #[arg(long, value_name = "BRANCH")]
    follow: Option<String>,
    /// Branches whose names begin so become changes too, as proposals/.
    #[arg(long, value_name = "BEGIN")]
    proposals: Option<String>,
    /// As what changes are made where nobody here is known to have written them.
    #[arg(long, value_enum, default_value_t = Role::Developer)]
    role: Role,
    /// Believe the address that a commit names: whoever may push can choose it.
    #[arg(long)]
    believe_authors: bool,
    /// Apply changes as soon as nothing is missing.
    #[arg(long)]
    apply: bool,
    /// Tell commit statuses to this API of GitHub, Gitea or Forgejo, as https://api.github.com.
    #[arg(long, value_name = "URL", requires_all = ["status_repository", "status_token"])]
    status_api: Option<String>,
    /// The repository there, as acme/shop.
    #[arg(long, value_name = "OWNER/REPO", requires = "status_api")]
    status_repository: Option<String>,
    /// The name of the file in git/secrets of the server's data that has the token.
    #[arg(long, value_name = "NAME", requires = "status_api")]
    status_token: Option<String>,
    /// How often it is looked at, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    every: u32,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct ResourcesArgs {
    /// As production/route/checkout or flag/checkout-v2.
    #[arg(value_name = "RESOURCE", required = true)]
    resources: Vec<String>,
    /// Why.
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Role {
    /// Flags and segments.
    Product,
    /// And services, listeners, routes.
    Developer,
    /// As a developer.
    Operator,
    /// And guardrails.
    Admin,
}

impl GitCommand {
    pub(crate) fn output(&self) -> Output {
        match self {
            GitCommand::Status(args) | GitCommand::Sync(args) | GitCommand::Disconnect(args) => {
                args.remote.output
            }
            GitCommand::Connect(args) => args.remote.output,
            GitCommand::HandOver(args) | GitCommand::TakeOver(args) => args.remote.output,
        }
    }
}

pub(crate) fn run(command: &GitCommand) -> Result<(), Failure> {
    match command {
        GitCommand::Status(args) => {
            let client = Client::connect(&args.remote)?;
            told(&client.get(&client.in_project("/git"))?, args.remote.output)
        }
        GitCommand::Sync(args) => {
            let client = Client::connect(&args.remote)?;
            told(&client.post(&client.in_project("/git/sync"), &json!({}))?, args.remote.output)
        }
        GitCommand::Connect(args) => connect(args),
        GitCommand::HandOver(args) => written_by(args, "git"),
        GitCommand::TakeOver(args) => written_by(args, "page"),
        GitCommand::Disconnect(args) => {
            let client = Client::connect(&args.remote)?;
            client.delete(&client.in_project("/git"))?;
            answer(args.remote.output, &json!({}), |_| "the repository is left alone from now on\n".into());
            Ok(())
        }
    }
}

fn connect(args: &ConnectArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let role = args.role.to_possible_value().map(|role| role.get_name().to_owned());
    let mut body = json!({
        "url": args.to, "role": role, "believeAuthors": args.believe_authors, "apply": args.apply,
        "everySeconds": args.every,
    });
    for (field, branch) in
        [("mirror", &args.mirror), ("follow", &args.follow), ("proposals", &args.proposals)]
    {
        if let Some(branch) = branch {
            body[field] = json!(branch);
        }
    }
    if let Some(api) = &args.status_api {
        body["statuses"] =
            json!({ "api": api, "repository": args.status_repository, "tokenFile": args.status_token });
    }
    client.put(&client.in_project("/git"), &body)?;
    told(&client.post(&client.in_project("/git/sync"), &json!({}))?, args.remote.output)
}

fn written_by(args: &ResourcesArgs, writer: &str) -> Result<(), Failure> {
    let edit = |name: &String| {
        let parts: Vec<_> = name.split('/').collect();
        let target = match parts[..] {
            [kind, key] => json!({ "kind": kind, "key": key }),
            [environment, kind, key] => json!({ "environment": environment, "kind": kind, "key": key }),
            _ => {
                let hint = "as production/route/checkout or flag/checkout-v2";
                let problem = Problem::new("RESOURCE", "is no resource's name").value(name.as_str());
                return Err(problem.hint(hint));
            }
        };
        Ok(json!({ "target": target, "op": { "type": "setManagedBy", "writer": writer } }))
    };
    let (mut edits, mut problems) = (vec![], vec![]);
    for name in &args.resources {
        match edit(name) {
            Ok(edit) => edits.push(edit),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(Failure::Refused { summary: "nothing was changed".into(), problems, body: None });
    }
    let client = Client::connect(&args.remote)?;
    let done = client.apply(&args.reason, json!(edits), None)?;
    answer(args.remote.output, &done, changes::done);
    Ok(())
}

fn told(view: &Value, output: Output) -> Result<(), Failure> {
    answer(output, view, words);
    let seen = &view["seen"];
    let stands = [&seen["error"], &seen["mirror"]["stopped"]].into_iter().any(|why| !why.is_null());
    let drifts = view["drift"].as_array().is_some_and(|drift| !drift.is_empty());
    if stands || drifts { Err(Failure::Said(1)) } else { Ok(()) }
}

fn words(view: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let Some(url) = view["settings"]["url"].as_str() else {
        return "no repository; `switchyard git connect` makes one the project's\n".into();
    };
    let seen = &view["seen"];
    if seen.is_null() {
        return format!("{url}\nnot looked at yet\n");
    }
    let mut out = format!("{url}\n");
    if let Some(error) = seen["error"].as_str() {
        out.push_str(&format!("error: {error}\n"));
    }
    if let Some(branch) = seen["mirror"]["branch"].as_str() {
        let revision = &seen["mirror"]["revision"];
        out.push_str(&format!("mirror: {branch} is at r{revision} of r{}\n", view["head"]));
        if let Some(why) = seen["mirror"]["stopped"].as_str() {
            out.push_str(&format!("  stopped: {why}\n"));
        }
    }
    let branches = seen["branches"].as_array().cloned().unwrap_or_default();
    let row = |branch: &Value| {
        let commit: String = text(&branch["commit"]).chars().take(10).collect();
        vec![text(&branch["branch"]), commit, text(&branch["state"]), text(&branch["words"])]
    };
    out.push_str(&table(&branches.iter().map(row).collect::<Vec<_>>()));
    for problem in branches.iter().flat_map(|branch| branch["problems"].as_array().into_iter().flatten()) {
        if let Ok(problem) = serde_json::from_value::<Problem>(problem.clone()) {
            out.push_str(&format!("  {problem}\n"));
        }
    }
    let drift = view["drift"].as_array().cloned().unwrap_or_default();
    if !drift.is_empty() {
        out.push_str("what Git would make of what it manages:\n");
    }
    for one in drift {
        let place = one["target"]["environment"].as_str().map(|e| format!("[{e}] ")).unwrap_or_default();
        out.push_str(&format!("  {place}{}\n", sentence(&one["sentence"])));
    }
    out
}
