//! `member list|invite|link|close|open|sign-out|forget-password`, `session list|end`: who comes in, and where they
//! are.

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::client::{Client, Failure, encoded};
use super::output::{answer, table};
use super::team::member;
use super::{Output, Remote};

/// What somebody may do, the weakest first.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Role {
    Viewer,
    Product,
    Developer,
    Operator,
    Admin,
}

impl Role {
    pub(crate) fn word(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// Lists members.
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Makes a member, and prints a link that signs them in: once, within 15 minutes.
    #[command(
        after_help = "Example:\n  switchyard member invite Ann --email ann@shop.example --role developer"
    )]
    Invite {
        /// What people call them.
        name: String,
        /// Their e-mail address: what they sign in with, and what a provider knows them by.
        #[arg(long)]
        email: Option<String>,
        /// What they may do.
        #[arg(long, value_enum, default_value_t = Role::Viewer)]
        role: Role,
        #[command(flatten)]
        remote: Remote,
    },
    /// Prints a link that signs a member in: once, within 15 minutes. With it they can set another password.
    Link {
        /// Their id, e-mail address or name.
        who: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Locks a member out, and ends their sessions.
    Close {
        /// Their id, e-mail address or name.
        who: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Lets a member in again.
    Open {
        /// Their id, e-mail address or name.
        who: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Ends all sessions of a member.
    SignOut {
        /// Their id, e-mail address or name.
        who: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Takes a member's password away, and ends their sessions.
    ForgetPassword {
        /// Their id, e-mail address or name.
        who: String,
        #[command(flatten)]
        remote: Remote,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// Lists who is signed in with a browser, the last used first.
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Ends a session.
    End {
        /// Its id, as `session list` says it.
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
}

impl MemberCommand {
    pub(crate) fn output(&self) -> Output {
        self.remote().output
    }

    fn remote(&self) -> &Remote {
        let (MemberCommand::List { remote }
        | MemberCommand::Invite { remote, .. }
        | MemberCommand::Link { remote, .. }
        | MemberCommand::Close { remote, .. }
        | MemberCommand::Open { remote, .. }
        | MemberCommand::SignOut { remote, .. }
        | MemberCommand::ForgetPassword { remote, .. }) = self;
        remote
    }
}

impl SessionCommand {
    pub(crate) fn output(&self) -> Output {
        let (SessionCommand::List { remote } | SessionCommand::End { remote, .. }) = self;
        remote.output
    }
}

pub(crate) fn members(command: &MemberCommand) -> Result<(), Failure> {
    let client = Client::connect(command.remote())?;
    let output = command.output();
    match command {
        MemberCommand::List { .. } => {
            let all = client.get("/members")?;
            answer(output, &all, |all| {
                let rows: Vec<_> = all.as_array().into_iter().flatten().map(member_row).collect();
                table(&rows)
            });
        }
        MemberCommand::Invite { name, email, role, .. } => {
            let mut body = json!({ "name": name, "role": role.word() });
            if let Some(email) = email {
                body["email"] = json!(email);
            }
            let made = client.post("/members", &body)?;
            let link = client.post(&of(&made, "/sign-in-link"), &json!({}))?;
            answer(output, &json!({ "member": made, "url": link["url"] }), |told| {
                let url = told["url"].as_str().unwrap_or_default();
                format!("{name} signs in once, within 15 minutes: {url}\n")
            });
        }
        MemberCommand::Link { who, .. } => {
            let id = member(&client, who)?;
            let link = client.post(&format!("/members/{}/sign-in-link", encoded(&id)), &json!({}))?;
            answer(output, &link, |link| link["url"].as_str().unwrap_or_default().to_owned());
        }
        MemberCommand::Close { who, .. } => open(&client, output, who, false)?,
        MemberCommand::Open { who, .. } => open(&client, output, who, true)?,
        MemberCommand::SignOut { who, .. } => {
            let id = member(&client, who)?;
            let told = client.delete(&format!("/members/{}/sessions", encoded(&id)))?;
            answer(output, &told, |told| format!("{} sessions of {who} have ended\n", told["ended"]));
        }
        MemberCommand::ForgetPassword { who, .. } => {
            let id = member(&client, who)?;
            client.delete(&format!("/members/{}/password", encoded(&id)))?;
            answer(output, &json!({ "forgotten": id }), |_| format!("{who} has no password any more\n"));
        }
    }
    Ok(())
}

pub(crate) fn sessions(command: &SessionCommand) -> Result<(), Failure> {
    let (SessionCommand::List { remote } | SessionCommand::End { remote, .. }) = command;
    let client = Client::connect(remote)?;
    match command {
        SessionCommand::List { .. } => {
            let all = client.get("/sessions")?;
            answer(remote.output, &all, |all| {
                let rows: Vec<_> = all.as_array().into_iter().flatten().map(session_row).collect();
                if rows.is_empty() { "nobody is signed in with a browser\n".into() } else { table(&rows) }
            });
        }
        SessionCommand::End { id, .. } => {
            client.delete(&format!("/sessions/{}", encoded(id)))?;
            answer(remote.output, &json!({ "ended": id }), |_| format!("{id} has ended\n"));
        }
    }
    Ok(())
}

fn open(client: &Client, output: Output, who: &str, active: bool) -> Result<(), Failure> {
    let id = member(client, who)?;
    let told = client.patch(&format!("/members/{}", encoded(&id)), &json!({ "active": active }))?;
    answer(output, &told, |told| table(&[member_row(told)]));
    Ok(())
}

fn of(made: &Value, rest: &str) -> String {
    format!("/members/{}{rest}", encoded(made["id"].as_str().unwrap_or_default()))
}

fn member_row(member: &Value) -> Vec<String> {
    let text = |field: &str| member[field].as_str().unwrap_or_default().to_owned();
    let ways = member["ways"].as_array().into_iter().flatten();
    let ways: Vec<_> = ways.filter_map(Value::as_str).collect();
    let state = if member["active"] == true { "active" } else { "closed" };
    vec![text("id"), text("name"), text("role"), state.into(), text("email"), ways.join(", ")]
}

fn session_row(session: &Value) -> Vec<String> {
    ["id", "whoName", "way", "browser", "address", "usedAt"]
        .map(|field| session[field].as_str().unwrap_or("-").to_owned())
        .to_vec()
}
