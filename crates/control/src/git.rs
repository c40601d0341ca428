//! A project's Git repository: what is done with it, what was seen there, and where Git and the project differ.
//!
//! - Every revision is told as what a commit is made of ([`history`]), and a branch's newest commit becomes a change
//!   that goes the way of all changes ([`take`]): nothing that comes from Git is applied but through the gate.
//! - What was seen in the repository is kept in memory only ([`Desk`]): it is found again by looking.
//! - Resources that Git manages are held against the branch that is followed ([`drift`]).
//!
//! Who runs Git, and how, is the business of the crate `git`.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::Timestamp;
use serde::Serialize;
use switchyard_model::access::Action;
use switchyard_model::{Manifest, Problem};
use switchyard_store::GitSettings;
use tokio::sync::{Notify, watch};

use crate::{Control, Error, Principal, Result};

pub(crate) mod drift;
pub(crate) mod history;
pub(crate) mod settings;
pub(crate) mod standing;
pub(crate) mod take;

use drift::Drift;

/// The author of what comes from Git and is nobody's here.
pub(crate) const GIT: &str = "git";

/// How long somebody waits who asks that the repository is looked at now.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// What was seen in a repository the last time it was looked at.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GitSeen {
    /// When.
    pub at: Timestamp,
    /// Why it could not be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How far revisions are written there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<MirrorSeen>,
    /// The branches that may become changes.
    pub branches: Vec<BranchSeen>,
    /// What the followed branch says.
    #[serde(skip)]
    pub followed: Option<Followed>,
}

/// How far revisions are written to a branch.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MirrorSeen {
    /// The branch.
    pub branch: String,
    /// Its newest commit; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The newest revision that it has; 0 where it has none.
    pub revision: u64,
    /// Why it does not go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// How a branch's newest commit stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BranchSeen {
    /// The branch.
    pub branch: String,
    /// Its newest commit.
    pub commit: String,
    /// That commit's first line.
    pub title: String,
    /// Who wrote it, as it says.
    pub author: String,
    /// In a word.
    pub state: BranchState,
    /// In a sentence.
    pub words: String,
    /// What was made of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<u64>,
    /// What is wrong with it, by file and line.
    pub problems: Vec<Problem>,
    /// Where the change is on the page.
    #[serde(skip)]
    pub link: Option<String>,
}

/// How a commit stands, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum BranchState {
    /// It says what is so.
    Same,
    /// It waits as a change.
    Open,
    /// It is so since.
    Applied,
    /// It was turned down.
    Rejected,
    /// It can't become a change.
    Refused,
}

/// What the followed branch says.
#[derive(Debug, Clone)]
pub struct Followed {
    /// The branch.
    pub branch: String,
    /// Its newest commit.
    pub commit: String,
    /// What its files say.
    pub files: Vec<Manifest>,
}

/// A project's repository as people see it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GitView {
    /// What is done with it; absent where the project has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<GitSettings>,
    /// What was seen there; absent until it was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<GitSeen>,
    /// The project's newest revision.
    pub head: u64,
    /// Where what Git manages is not as Git has it.
    pub drift: Vec<Drift>,
}

/// Where a project's repository is spoken of while the server runs: who asks that it is looked at, and what was seen.
pub struct Desk {
    seen: RwLock<Option<GitSeen>>,
    asked: Mutex<u64>,
    answered: watch::Sender<u64>,
    wanted: Notify,
}

impl Default for Desk {
    fn default() -> Self {
        let (answered, _) = watch::channel(0);
        Desk { seen: RwLock::default(), asked: Mutex::new(0), answered, wanted: Notify::new() }
    }
}

impl Desk {
    /// Comes back when somebody wants it to be looked at.
    pub async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// The number of those who asked; to be handed to [`Desk::report`] by who looks from now on.
    pub fn asked(&self) -> u64 {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was seen, by who began to look when so many had asked.
    pub fn report(&self, asked: u64, seen: GitSeen) {
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        self.answered.send_if_modified(|answered| std::mem::replace(answered, asked) != asked);
    }

    /// What was seen last.
    pub fn seen(&self) -> Option<GitSeen> {
        self.seen.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn forget(&self) {
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.wanted.notify_one();
    }

    fn ask(&self) -> u64 {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        *asked += 1;
        self.wanted.notify_one();
        *asked
    }
}

impl Control {
    /// A project's repository, and what was seen there.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn git(&self, principal: &Principal, project: &str) -> Result<GitView> {
        let handle = self.seen(principal, project)?;
        let settings = self.inner.store.git(project).await?;
        let seen = handle.desk.seen().filter(|_| settings.is_some());
        let state = handle.state();
        let sight = self.sight(principal, &handle);
        let drift = match seen.as_ref().and_then(|seen| seen.followed.as_ref()) {
            Some(followed) => sight.of_drift(drift::drift(&state, &followed.files, &self.people())),
            None => vec![],
        };
        let mut hiding = BTreeSet::new();
        for number in seen.iter().flat_map(|seen| &seen.branches).filter_map(|branch| branch.change) {
            if self.numbered_hides(&sight, project, number).await? {
                hiding.insert(number);
            }
        }
        let seen = seen.map(|seen| sight.of_git(seen, |number| hiding.contains(&number)));
        Ok(GitView { settings, seen, head: state.revision, drift })
    }

    /// Has the repository looked at now, and answers what was seen.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the project has none; [`Error::Denied`]; [`Error::Unavailable`] where it takes
    /// longer than a minute.
    pub async fn git_sync(&self, principal: &Principal, project: &str) -> Result<GitView> {
        self.authorize(principal, Action::EditFlags, Some(project))?;
        let handle = self.handle(project)?;
        if self.inner.store.git(project).await?.is_none() {
            return Err(Error::NotFound(format!("Git repository of project {project:?}")));
        }
        let mut answered = handle.desk.answered.subscribe();
        let number = handle.desk.ask();
        let looked = tokio::time::timeout(PATIENCE, answered.wait_for(|answered| *answered >= number)).await;
        if !looked.is_ok_and(|looked| looked.is_ok()) {
            return Err(Error::Unavailable);
        }
        self.git(principal, project).await
    }

    /// Every project that has a repository. For who looks at them.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn git_projects(&self) -> Result<Vec<(switchyard_model::ids::Key, GitSettings)>> {
        Ok(self.inner.store.gits().await?)
    }

    /// Comes back when some project's repository may be another.
    pub async fn git_changed(&self) {
        self.inner.git_changed.notified().await;
    }

    /// Where a project's repository is spoken of.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn git_desk(&self, project: &str) -> Result<Arc<Desk>> {
        Ok(self.handle(project)?.desk.clone())
    }
}
