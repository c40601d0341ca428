//! Keeps projects and their Git repositories in step.
//!
//! - Every revision is a commit on the branch that is the mirror ([`mirror`]): in order, and the same for the same
//!   history. How far it is stands in the branch itself, in the newest commit's trailer, so that whatever is
//!   interrupted goes on from what really arrived. Nothing is ever forced.
//! - A commit on a branch that is followed becomes a change ([`branches`]), and how it stands is told back
//!   ([`report`]). A commit that was written here is known by its trailer and by what is in it: nothing goes round.
//! - Git is the system's own, given as little as it needs ([`command`]). What opens a repository is its business.
//!
//! It knows nothing of what a valid change is or of who may make one.

mod branches;
mod command;
mod mirror;
mod project;
mod report;
mod repository;
mod tree;
mod written;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use switchyard_control::{Clock, Control, GitSettings};
use switchyard_model::ids::Key;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often it is looked which projects have a repository, when nobody says that this is another.
const FLOOR: Duration = Duration::from_secs(60);

/// What it works with.
#[derive(Clone)]
pub struct Parts {
    /// Where revisions come from and changes go.
    pub control: Control,
    /// Where copies of repositories are kept; what is in it is found again by looking.
    pub folder: PathBuf,
    /// What time it is.
    pub clock: Clock,
    /// Whether this machine and its networks may be reached.
    pub private: bool,
}

/// Keeps every project that has a repository in step with it, until it is told to stop.
pub async fn run(parts: Parts, mut stopping: watch::Receiver<bool>) {
    let mut kept = HashMap::<Key, Kept>::new();
    loop {
        match parts.control.git_projects().await {
            Ok(wanted) => see_to(&parts, &mut kept, wanted),
            Err(error) => tracing::warn!(%error, "repositories are looked at later"),
        }
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = parts.control.git_changed() => {}
            () = tokio::time::sleep(FLOOR) => {}
        }
    }
}

/// A project whose repository is looked at. It ends with this.
struct Kept {
    settings: GitSettings,
    task: JoinHandle<()>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn see_to(parts: &Parts, kept: &mut HashMap<Key, Kept>, wanted: Vec<(Key, GitSettings)>) {
    kept.retain(|key, kept| {
        !kept.task.is_finished()
            && wanted.iter().any(|(other, settings)| other == key && *settings == kept.settings)
    });
    for (key, settings) in wanted {
        kept.entry(key.clone()).or_insert_with(|| {
            let task = tokio::spawn(project::keep(parts.clone(), key, settings.clone()));
            Kept { settings, task }
        });
    }
}
