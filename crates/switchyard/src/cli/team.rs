//! `team list|put|add|remove|delete`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::Remote;
use super::client::{Client, Failure, encoded};
use super::output::{answer, table};

/// Teams: people who answer for things together. Members are named by name, e-mail or id.
#[derive(Debug, Subcommand)]
pub(crate) enum TeamCommand {
    /// Lists teams and who is in them.
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Makes a team, or changes its name.
    Put {
        /// Its key, as `payments`.
        key: String,
        /// What people call it.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Takes members into a team.
    Add {
        /// The team's key.
        key: String,
        /// Who.
        #[arg(required = true)]
        members: Vec<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Takes members out of a team.
    Remove {
        /// The team's key.
        key: String,
        /// Who.
        #[arg(required = true)]
        members: Vec<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Takes a team away. What it owns is nobody's then.
    Delete {
        /// Its key.
        key: String,
        #[command(flatten)]
        remote: Remote,
    },
}

impl TeamCommand {
    /// How its answer is written.
    pub(crate) fn remote(&self) -> &Remote {
        let (TeamCommand::List { remote }
        | TeamCommand::Put { remote, .. }
        | TeamCommand::Add { remote, .. }
        | TeamCommand::Remove { remote, .. }
        | TeamCommand::Delete { remote, .. }) = self;
        remote
    }
}

pub(crate) fn run(command: &TeamCommand) -> Result<(), Failure> {
    let client = Client::connect(command.remote())?;
    let output = command.remote().output;
    match command {
        TeamCommand::List { .. } => {
            let teams = client.get("/teams")?;
            answer(output, &teams, |teams| {
                let rows: Vec<_> = teams.as_array().into_iter().flatten().map(row).collect();
                if rows.is_empty() {
                    "no teams: `switchyard team put KEY` makes one\n".into()
                } else {
                    table(&rows)
                }
            });
        }
        TeamCommand::Put { key, name, .. } => {
            let before = team(&client, key)?;
            let ids = before.as_ref().map(ids).unwrap_or_default();
            let known = before.as_ref().and_then(|team| team["name"].as_str().map(str::to_owned));
            let version = before_version(&before);
            let body = json!({ "name": name.clone().or(known), "members": ids, "expectedVersion": version });
            said(output, &client.put(&path(key), &body)?);
        }
        TeamCommand::Add { key, members, .. } => {
            let before = there(&client, key)?;
            let mut all = ids(&before);
            for who in members {
                all.push(member(&client, who)?);
            }
            said(output, &client.put(&path(key), &with(&before, &all))?);
        }
        TeamCommand::Remove { key, members, .. } => {
            let before = there(&client, key)?;
            let mut all = ids(&before);
            for who in members {
                let id = member(&client, who)?;
                if !all.contains(&id) {
                    return Err(Failure::refused(format!("{who} is not in {key}")));
                }
                all.retain(|other| *other != id);
            }
            said(output, &client.put(&path(key), &with(&before, &all))?);
        }
        TeamCommand::Delete { key, .. } => {
            client.delete(&path(key))?;
            answer(output, &json!({ "deleted": key }), |_| format!("there is no team {key} any more\n"));
        }
    }
    Ok(())
}

/// A team with other members, where it is still the one that was looked at.
fn with(before: &Value, members: &[String]) -> Value {
    json!({ "name": before["name"], "members": members, "expectedVersion": before["version"] })
}

/// 0 for one that is not there yet.
fn before_version(team: &Option<Value>) -> u64 {
    team.as_ref().and_then(|team| team["version"].as_u64()).unwrap_or_default()
}

fn path(key: &str) -> String {
    format!("/teams/{}", encoded(key))
}

fn said(output: super::Output, team: &Value) {
    answer(output, team, |team| table(&[row(team)]));
}

fn row(team: &Value) -> Vec<String> {
    let names: Vec<&str> =
        team["members"].as_array().into_iter().flatten().filter_map(|m| m["name"].as_str()).collect();
    let text = |field: &str| team[field].as_str().unwrap_or_default().to_owned();
    vec![text("key"), text("name"), if names.is_empty() { "nobody".into() } else { names.join(", ") }]
}

fn ids(team: &Value) -> Vec<String> {
    let members = team["members"].as_array().into_iter().flatten();
    members.filter_map(|member| member["id"].as_str().map(str::to_owned)).collect()
}

fn team(client: &Client, key: &str) -> Result<Option<Value>, Failure> {
    let teams = client.get("/teams")?;
    Ok(teams.as_array().and_then(|all| all.iter().find(|team| team["key"] == key).cloned()))
}

fn there(client: &Client, key: &str) -> Result<Value, Failure> {
    team(client, key)?.ok_or_else(|| {
        Failure::refused(format!("there is no team {key:?}: `switchyard team put {key}` makes it"))
    })
}

/// The id of the one member that is meant by a name, an e-mail or an id.
pub(crate) fn member(client: &Client, who: &str) -> Result<String, Failure> {
    let members = client.get("/members")?;
    let meant = |member: &&Value| {
        let same = |field: &str| member[field].as_str().is_some_and(|text| text.eq_ignore_ascii_case(who));
        same("id") || same("email") || same("name")
    };
    let found: Vec<&Value> = members.as_array().into_iter().flatten().filter(meant).collect();
    match found[..] {
        [one] => Ok(one["id"].as_str().unwrap_or_default().to_owned()),
        [] => Err(Failure::refused(format!("nobody here is called {who:?}; say a name, an e-mail or an id"))),
        _ => {
            let ids: Vec<_> = found.iter().filter_map(|member| member["id"].as_str()).collect();
            Err(Failure::refused(format!(
                "{} are called {who:?}: say which, {}",
                found.len(),
                ids.join(" or ")
            )))
        }
    }
}
