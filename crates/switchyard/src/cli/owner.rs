//! `owner list|hand-over`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::Remote;
use super::client::{Client, Failure};
use super::output::{answer, table};
use super::team;

/// Owners: who answers for what. They are named by name, e-mail or id, teams by key.
#[derive(Debug, Subcommand)]
pub(crate) enum OwnerCommand {
    /// Lists who owns how much, and what has nobody who can answer for it.
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Drafts the one change that gives what somebody owned to somebody else.
    #[command(name = "hand-over")]
    HandOver {
        /// Whose; without it, all that has nobody who can answer for it.
        #[arg(long)]
        from: Option<String>,
        /// Who answers for it from now on.
        #[arg(long)]
        to: String,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
        #[command(flatten)]
        remote: Remote,
    },
}

impl OwnerCommand {
    pub(crate) fn remote(&self) -> &Remote {
        let (OwnerCommand::List { remote } | OwnerCommand::HandOver { remote, .. }) = self;
        remote
    }
}

pub(crate) fn run(command: &OwnerCommand) -> Result<(), Failure> {
    let client = Client::connect(command.remote())?;
    let output = command.remote().output;
    match command {
        OwnerCommand::List { .. } => {
            let owners = client.get(&client.in_project("/owners"))?;
            answer(output, &owners, |owners| {
                let rows: Vec<_> = owners.as_array().into_iter().flatten().map(row).collect();
                if rows.is_empty() { "there is nothing to own yet".into() } else { table(&rows) }
            });
        }
        OwnerCommand::HandOver { from, to, reason, .. } => {
            let from = from.as_deref().map(|who| owner(&client, who)).transpose()?;
            let body = json!({ "to": owner(&client, to)?, "from": from, "reason": reason });
            let change = client.post(&client.in_project("/owners/hand-over"), &body)?;
            answer(output, &change, |change| {
                let number = &change["number"];
                let edits = change["edits"].as_array().map_or(0, Vec::len);
                let title = change["title"].as_str().unwrap_or_default();
                format!(
                    "C-{number} {title}: {edits} edits, a draft\n`switchyard change show {number}` shows it, \
                     `switchyard change apply {number}` applies it\n"
                )
            });
        }
    }
    Ok(())
}

/// How much is whose, and what of it is nobody's.
fn row(owner: &Value) -> Vec<String> {
    let text = |field: &str| owner[field].as_str().unwrap_or_default().to_owned();
    let titles: Vec<&str> = owner["resources"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|owned| owned["title"].as_str())
        .collect();
    let lost = match owner["why"].as_str() {
        Some(why) => format!("{why}: {}", titles.join(", ")),
        None => String::new(),
    };
    vec![text("name"), owner["count"].to_string(), lost]
}

/// The team's key, the member's id, or the word itself where an owner is called so.
fn owner(client: &Client, who: &str) -> Result<String, Failure> {
    let named =
        |list: Value, field: &str| list.as_array().is_some_and(|all| all.iter().any(|one| one[field] == who));
    if named(client.get("/teams")?, "key") || named(client.get(&client.in_project("/owners"))?, "owner") {
        return Ok(who.to_owned());
    }
    team::member(client, who)
}
