//! Tells back how commits stand: as notes on them, and as commit statuses where a forge is said.

use std::collections::HashMap;
use std::net::ToSocketAddrs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use switchyard_control::{BranchSeen, BranchState, GitSeen, GitSettings, GitStatuses, refused_address};
use ureq::Agent;
use ureq::config::Config;

use crate::Parts;
use crate::repository::Repository;

/// How long a forge may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// The most characters of a status, as GitHub has it.
const STATUS: usize = 140;

/// The most problems that a note names.
const PROBLEMS: usize = 50;

/// Tells back how commits stand, each time that this is another.
pub(crate) struct Reporter {
    statuses: Option<GitStatuses>,
    secrets: PathBuf,
    private: bool,
    /// What was told of a commit.
    told: HashMap<String, String>,
}

impl Reporter {
    pub(crate) fn new(parts: &Parts, settings: &GitSettings) -> Self {
        let (statuses, secrets) = (settings.statuses.clone(), parts.folder.join("secrets"));
        Reporter { statuses, secrets, private: parts.private, told: HashMap::new() }
    }

    /// Tells of those branches; answers why that could not be done.
    pub(crate) async fn report(
        &mut self,
        repository: &Repository,
        seen: &GitSeen,
        which: &[usize],
    ) -> Option<String> {
        let (mut noted, mut wrong) = (false, vec![]);
        for branch in which.iter().filter_map(|at| seen.branches.get(*at)) {
            let note = note(branch);
            if repository.note(&branch.commit).await.is_none_or(|there| there.trim() != note.trim()) {
                match repository.put_note(&branch.commit, &note).await {
                    Ok(()) => noted = true,
                    Err(error) => wrong.push(error.to_string()),
                }
            }
            if self.told.get(&branch.commit) == Some(&note) {
                continue;
            }
            match self.status(branch).await {
                Ok(()) => drop(self.told.insert(branch.commit.clone(), note)),
                Err(why) => wrong.push(format!("the status of {} can't be told: {why}", branch.branch)),
            }
        }
        if noted && let Err(error) = repository.push_notes().await {
            wrong.push(format!("notes can't be sent: {error}"));
        }
        wrong.dedup();
        (!wrong.is_empty()).then(|| wrong.join("; "))
    }

    async fn status(&self, branch: &BranchSeen) -> Result<(), String> {
        let Some(statuses) = self.statuses.clone() else { return Ok(()) };
        let file = self.secrets.join(&statuses.token_file);
        let body = json!({
            "state": state(branch.state),
            "target_url": branch.link,
            "description": branch.words.chars().take(STATUS).collect::<String>(),
            "context": "switchyard",
        });
        let (commit, private) = (branch.commit.clone(), self.private);
        let post = move || {
            let token =
                std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            post(&statuses, &commit, token.trim(), &body.to_string(), private)
        };
        tokio::task::spawn_blocking(post).await.map_err(|error| error.to_string())?
    }
}

fn post(statuses: &GitStatuses, commit: &str, token: &str, body: &str, private: bool) -> Result<(), String> {
    let api = statuses.api.trim_end_matches('/');
    allowed(api, private)?;
    let config = Config::builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        // A redirect would carry the token somewhere else.
        .max_redirects(0)
        .proxy(None)
        .user_agent(concat!("Switchyard/", env!("CARGO_PKG_VERSION")))
        .build();
    let agent: Agent = config.into();
    let url = format!("{api}/repos/{}/statuses/{commit}", statuses.repository);
    let answer = agent
        .post(&url)
        .header("authorization", format!("token {token}"))
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .send(body)
        .map_err(|error| error.to_string())?;
    match answer.status().as_u16() {
        200..300 => Ok(()),
        401 | 403 => Err(format!("{} does not let the token in {} do that", api, statuses.token_file)),
        404 => Err(format!("{api} knows no such repository or commit, or the token may not see it")),
        status => Err(format!("{api} answered {status}")),
    }
}

/// Refuses a host of which an address may not be called.
fn allowed(api: &str, private: bool) -> Result<(), String> {
    let rest = api.split_once("://").map_or(api, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default();
    let port = if api.starts_with("http://") { 80 } else { 443 };
    let addresses = match host.rsplit_once(':') {
        Some((_, digits)) if digits.parse::<u16>().is_ok() => host.to_socket_addrs(),
        _ => (host, port).to_socket_addrs(),
    };
    let mut addresses = addresses.map_err(|_| "no address is known by this name".to_owned())?;
    match addresses.find_map(|address| refused_address(address.ip(), private)) {
        Some(why) => Err(why.to_owned()),
        None => Ok(()),
    }
}

fn state(state: BranchState) -> &'static str {
    match state {
        BranchState::Same | BranchState::Applied => "success",
        BranchState::Open => "pending",
        BranchState::Rejected => "failure",
        BranchState::Refused => "error",
    }
}

fn note(branch: &BranchSeen) -> String {
    let mut note = format!("Switchyard: {}\n", branch.words);
    if let Some(link) = &branch.link {
        note.push_str(&format!("{link}\n"));
    }
    if !branch.problems.is_empty() {
        note.push('\n');
    }
    for problem in branch.problems.iter().take(PROBLEMS) {
        note.push_str(&format!("- {problem}\n"));
    }
    note
}
