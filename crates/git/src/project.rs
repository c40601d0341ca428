//! One project's repository, looked at again and again.

use std::time::Duration;

use rand::RngExt;
use switchyard_control::{
    BranchState, Control, Event, Followed, GitSeen, GitSettings, Listening, MirrorSeen, Principal,
};
use switchyard_model::ChangeState;
use switchyard_model::ids::Key;
use tokio::sync::broadcast::error::RecvError;

use crate::Parts;
use crate::command;
use crate::report::Reporter;
use crate::repository::Repository;
use crate::written::Known;

/// Why a round could not be ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Git.
    #[error(transparent)]
    Git(#[from] command::Error),
    /// The project.
    #[error(transparent)]
    Control(#[from] switchyard_control::Error),
}

/// What is found out once and not looked for again.
struct Memory {
    known: Known,
    reporter: Reporter,
    followed: Option<Followed>,
}

/// Looks at a project's repository when it is time, when something happened in the project, and when somebody asks.
pub(crate) async fn keep(parts: Parts, project: Key, settings: GitSettings) {
    let inside = Principal::switchyard();
    let (Ok(desk), Ok(Listening { mut events, .. })) =
        (parts.control.git_desk(&project), parts.control.events(&inside, &project))
    else {
        return;
    };
    let reporter = Reporter::new(&parts, &settings);
    let mut memory = Memory { known: Known::default(), reporter, followed: None };
    loop {
        let asked = desk.asked();
        let mut seen = GitSeen { at: (parts.clock)(), ..GitSeen::default() };
        if let Err(error) = look(&parts, &project, &settings, &mut memory, &mut seen).await {
            tracing::warn!(project = &*project, %error, "the repository is looked at again later");
            seen.error = Some(error.to_string());
        }
        desk.report(asked, seen);
        // Not all servers at the same moment.
        let every =
            Duration::from_secs(settings.every_seconds.into()).mul_f64(rand::rng().random_range(0.9..1.1));
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = desk.wanted() => {}
            () = happened(&mut events) => {}
        }
    }
}

/// Comes back when a revision was applied or a change went on; a draft is nobody else's business.
async fn happened(events: &mut tokio::sync::broadcast::Receiver<Event>) {
    loop {
        match events.recv().await {
            Ok(Event::Change { state: ChangeState::Draft, .. }) => {}
            Ok(Event::Revision { .. } | Event::Change { .. }) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

async fn look(
    parts: &Parts,
    project: &str,
    settings: &GitSettings,
    memory: &mut Memory,
    seen: &mut GitSeen,
) -> Result<(), Error> {
    let folder = parts.folder.join(format!("{project}.git"));
    let repository = Repository::open(folder, settings.url.clone(), parts.private).await?;
    repository.fetch().await?;
    let branches = repository.branches().await?;
    let (control, known) = (&parts.control, &mut memory.known);
    let mut round = Round { control, project, settings, repository: &repository, branches, known };

    let begin = match &settings.mirror {
        Some(branch) => Some(round.begin(branch).await?),
        None => None,
    };
    let altered = begin.as_ref().is_some_and(|begin| begin.altered);
    let reported = round.take_all(altered, seen).await?;
    if let (Some(branch), Some(begin)) = (&settings.mirror, begin) {
        let waits = seen.branches.iter().find(|seen| {
            seen.branch == *branch && matches!(seen.state, BranchState::Open | BranchState::Refused)
        });
        let (commit, revision) = (begin.tip.clone(), begin.written.as_ref().map_or(0, |w| w.revision));
        let stopped =
            |why: String| Some(MirrorSeen { branch: branch.clone(), commit, revision, stopped: Some(why) });
        seen.mirror = match waits {
            Some(waits) => {
                stopped(format!("It goes on when “{}”, which others put on it, is decided.", waits.title))
            }
            None => match round.mirror(branch, begin).await {
                Ok(seen) => Some(seen),
                Err(error) => stopped(error.to_string()),
            },
        };
    }
    memory.followed = round.followed(memory.followed.take()).await?;
    seen.followed.clone_from(&memory.followed);
    seen.error = memory.reporter.report(&repository, seen, &reported).await;
    Ok(())
}

/// One look at a repository.
pub(crate) struct Round<'a> {
    pub(crate) control: &'a Control,
    pub(crate) project: &'a str,
    pub(crate) settings: &'a GitSettings,
    pub(crate) repository: &'a Repository,
    /// Every branch there, and its newest commit.
    pub(crate) branches: Vec<(String, String)>,
    pub(crate) known: &'a mut Known,
}

impl Round<'_> {
    /// What the followed branch says, where all of it can be read.
    async fn followed(&self, before: Option<Followed>) -> Result<Option<Followed>, Error> {
        let found = self.branches.iter().find(|(name, _)| Some(name) == self.settings.follow.as_ref());
        let Some((branch, commit)) = found.cloned() else { return Ok(None) };
        if let Some(before) = before.filter(|before| before.commit == commit) {
            return Ok(Some(before));
        }
        let tree = self.repository.tree(&commit).await?;
        Ok(tree.ok().map(|tree| Followed { branch, commit, files: tree.manifests }))
    }
}
