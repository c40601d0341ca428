//! Why control did not do it.

use serde::Serialize;
use serde_json::Value;
use switchyard_model::access::{Action, Role};
use switchyard_model::ids::Key;
use switchyard_model::{Problem, ResourceId};
use switchyard_snapshot::sentences::Sentence;
use switchyard_store as store;

use crate::{Missing, TurnedAway, Verdict};

/// What control's functions answer.
pub type Result<T> = std::result::Result<T, Error>;

/// Why it was not done. Whatever it is, nothing was changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in with this secret, or not any more.
    #[error("this needs a valid token, session or link")]
    SignedOut,
    /// The provider vouches for somebody who does not come in.
    #[error("{0}")]
    TurnedAway(TurnedAway),
    /// The principal may not.
    #[error("{0}")]
    Denied(Box<Denied>),
    /// There is no such thing.
    #[error("there is no {0}")]
    NotFound(String),
    /// The key or name is taken.
    #[error("{0} is there already")]
    Exists(String),
    /// All that is wrong with the input.
    #[error("{} wrong: {}", .0.len(), list(.0))]
    Invalid(Vec<Problem>),
    /// Later revisions stand in the way.
    #[error("{} in conflict with later revisions: {}", .conflicts.len().max(.problems.len()), list(.problems))]
    Conflicts {
        /// Where, what both sides have, and who was there later.
        conflicts: Vec<Conflict>,
        /// The same in words, and what is wrong beside.
        problems: Vec<Problem>,
    },
    /// Guardrails stand against it: what all of them say.
    #[error("{} in the way: {}", count(.0), blocking(.0))]
    Guardrails(Vec<Verdict>),
    /// The head is not the one that was expected.
    #[error("the head is revision {head} by now")]
    HeadMoved {
        /// The head.
        head: u64,
    },
    /// The change is not at the version that was expected, or not open any more.
    #[error("the change is at version {version} by now")]
    StaleVersion {
        /// Its version.
        version: u64,
    },
    /// Approvals are missing, or somebody rejected it.
    #[error("{0}")]
    NeedsApproval(Box<Missing>),
    /// The change does something else than what was looked at.
    #[error("the change does something else by now")]
    OtherDifference {
        /// The hash of what it does now; `None` where it does not fit.
        difference: Option<String>,
    },
    /// What it comes after is not applied yet.
    #[error("C-{number} can't be applied yet: {why}")]
    OutOfOrder {
        /// The change.
        number: u64,
        /// Which, in words.
        why: String,
    },
    /// Somebody wants to review what they had a hand in.
    #[error("{0}")]
    OwnChange(String),
    /// The change does not stand where this could be done with it.
    #[error("C-{number} is {state}: {rule}")]
    WrongState {
        /// Its number.
        number: u64,
        /// Where it stands, in words.
        state: &'static str,
        /// What this takes.
        rule: &'static str,
    },
    /// A trigger's maker is gone, and with them its permission.
    #[error("{0}")]
    Powerless(String),
    /// It tells of all there is, and they may not see all of it.
    #[error("{0}")]
    Unseen(String),
    /// A link is no longer good for anything.
    #[error("{0}")]
    LinkOver(String),
    /// It was asked for more often than it is done.
    #[error("too often: wait {seconds} seconds")]
    TooOften {
        /// So many.
        seconds: u64,
    },
    /// All is already as it would become.
    #[error("nothing would change: all is so already at revision {head}")]
    Unchanged {
        /// The head.
        head: u64,
    },
    /// The store or the server failed; the log says how.
    #[error("it can't be done at the moment")]
    Unavailable,
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn count(verdicts: &[Verdict]) -> String {
    match verdicts.iter().filter(|verdict| verdict.blocks()).count() {
        1 => "a guardrail is".to_owned(),
        n => format!("{n} guardrails are"),
    }
}

fn blocking(verdicts: &[Verdict]) -> String {
    let said = verdicts.iter().filter(|verdict| verdict.blocks()).map(Verdict::to_string);
    said.collect::<Vec<_>>().join("; ")
}

/// What was not allowed, and who can help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{who} may not: {}", self.why())]
pub struct Denied {
    /// Who was refused, by name.
    #[serde(skip)]
    pub who: String,
    /// Their id.
    #[serde(skip)]
    pub id: String,
    /// What was wanted.
    pub action: Action,
    /// The weakest role that may, as far as the project's own policies let it.
    pub least_role: Role,
    /// Names of the members who can give it.
    pub granted_by: Vec<String>,
    /// What it was to be done with, and what of it would change; the project itself where absent.
    pub target: Option<String>,
    /// The project's own policy that forbids it.
    pub policy: Option<Forbidding>,
    /// Whose permission a token lacks, by name: of who made it; and whether they are let in no more.
    #[serde(skip)]
    pub behind: Option<(String, bool)>,
}

/// A policy that forbids something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Forbidding {
    /// Its key.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// What it says, for people.
    pub words: String,
}

impl Denied {
    /// Why, and who can help, as the end of a sentence.
    pub fn why(&self) -> String {
        let names = self.granted_by.join(", ");
        let help = |can: &str| if names.is_empty() { String::new() } else { format!("; {names} can {can}") };
        let behind = match &self.behind {
            Some((maker, true)) => {
                return format!("the token acts for {maker}, who is let in no more{}", help("make another"));
            }
            Some((maker, false)) => format!("the token acts for {maker}, and "),
            None => String::new(),
        };
        match &self.policy {
            Some(Forbidding { name, words, .. }) => {
                let of = self.target.as_ref().map(|target| format!(" {target}")).unwrap_or_default();
                let words = words.trim_end_matches('.');
                format!("{behind}the policy \u{201c}{name}\u{201d} forbids{of}: {words}{}", help("change it"))
            }
            None => format!("{behind}it takes the role {}{}", self.least_role.word(), help("give it")),
        }
    }
}

/// A place where a later revision stands in the way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// The resource.
    pub resource: ResourceId,
    /// The field, as `rules[r7].clauses`; empty for the whole.
    pub path: String,
    /// What it was in between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Value>,
    /// What it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<Value>,
    /// What it should have become.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Value>,
    /// What became of the resource since, in words; for a change only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now_sentence: Option<Sentence>,
    /// What should become of it, in words; for a change only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted_sentence: Option<Sentence>,
    /// The newest later revision that touched it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub later_revision: Option<u64>,
    /// Its author's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub later_author: Option<String>,
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::HeadMoved { head } => Error::HeadMoved { head },
            store::Error::Stale { version } => Error::StaleVersion { version },
            store::Error::NotFound(what) => Error::NotFound(what.into()),
            store::Error::Exists => Error::Exists("this name".into()),
            store::Error::Unreadable { .. } | store::Error::Database(_) => {
                tracing::error!(%error, "the store failed");
                Error::Unavailable
            }
        }
    }
}

impl From<tokio::task::JoinError> for Error {
    fn from(error: tokio::task::JoinError) -> Self {
        tracing::error!(%error, "a write ended early");
        Error::Unavailable
    }
}
