//! `token list|create|rotate|hand-over|end`: what scripts and services come with.

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Client, Failure, encoded};
use super::output::{answer, table};
use super::people::Role;
use super::{Output, Remote};

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Lists tokens, without their secrets.
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Makes a token for a service, and prints its secret: once. It acts for its maker, or for a team.
    #[command(
        after_help = "Example:\n  switchyard token create --service deploys --team platform --role developer --days 90"
    )]
    Create {
        /// What it is for.
        #[arg(long, value_name = "NAME")]
        service: String,
        /// What it may do.
        #[arg(long, value_enum, default_value_t = Role::Viewer)]
        role: Role,
        /// The key of the team whose it is: it goes on when its maker leaves.
        #[arg(long)]
        team: Option<String>,
        /// It opens every project, and not only the one that the command speaks of.
        #[arg(long)]
        all_projects: bool,
        /// It ends after so many days; never where it is not said.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: Option<u16>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Gives a token another secret, and prints it: once. The one before opens too for a while.
    Rotate {
        /// Its id, as `token list` says it.
        id: String,
        /// How long the secret before opens too, in hours.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(0..=720))]
        overlap_hours: u64,
        #[command(flatten)]
        remote: Remote,
    },
    /// Makes a token a team's: it goes on when its maker leaves, and does no more than somebody in the team may.
    HandOver {
        /// Its id, as `token list` says it.
        id: String,
        /// The team's key.
        #[arg(long)]
        to: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Ends a token, and the sessions that were begun with it.
    End {
        /// Its id, as `token list` says it.
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
}

impl TokenCommand {
    pub(crate) fn output(&self) -> Output {
        self.remote().output
    }

    fn remote(&self) -> &Remote {
        let (TokenCommand::List { remote }
        | TokenCommand::Create { remote, .. }
        | TokenCommand::Rotate { remote, .. }
        | TokenCommand::HandOver { remote, .. }
        | TokenCommand::End { remote, .. }) = self;
        remote
    }
}

pub(crate) fn run(command: &TokenCommand) -> Result<(), Failure> {
    let client = Client::connect(command.remote())?;
    let output = command.output();
    let secret = |told: &Value| told["secret"].as_str().unwrap_or_default().to_owned();
    match command {
        TokenCommand::List { .. } => {
            let all = client.get("/tokens")?;
            answer(output, &all, |all| {
                let rows: Vec<_> = all.as_array().into_iter().flatten().map(row).collect();
                if rows.is_empty() { "no tokens\n".into() } else { table(&rows) }
            });
        }
        TokenCommand::Create { service, role, team, all_projects, days, .. } => {
            let mut body = json!({ "name": service, "role": role.word(), "team": team });
            if !all_projects {
                body["project"] = json!(client.project);
            }
            if let Some(days) = days {
                let end = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * i64::from(*days));
                body["expiresAt"] = json!(end);
            }
            answer(output, &client.post("/tokens", &body)?, secret);
        }
        TokenCommand::Rotate { id, overlap_hours, .. } => {
            let body = json!({ "overlapSeconds": overlap_hours * 3600 });
            answer(output, &client.post(&format!("/tokens/{}/rotate", encoded(id)), &body)?, secret);
        }
        TokenCommand::HandOver { id, to, .. } => {
            let token = client.patch(&format!("/tokens/{}", encoded(id)), &json!({ "team": to }))?;
            answer(output, &token, |token| table(&[row(token)]));
        }
        TokenCommand::End { id, .. } => {
            client.delete(&format!("/tokens/{}", encoded(id)))?;
            answer(output, &json!({ "ended": id }), |_| format!("{id} has ended\n"));
        }
    }
    Ok(())
}

fn row(token: &Value) -> Vec<String> {
    let text = |field: &str, none: &str| token[field].as_str().unwrap_or(none).to_owned();
    let ends = match token["expiresAt"].as_str() {
        Some(end) => format!("ends {end}"),
        None => "does not end".to_owned(),
    };
    let project = text("project", "all projects");
    let team = token["team"].as_str().map_or("its maker's".to_owned(), |team| format!("{team}'s"));
    vec![
        text("id", ""),
        text("name", ""),
        text("role", ""),
        team,
        project,
        ends,
        text("lastUsedAt", "never used"),
    ]
}
