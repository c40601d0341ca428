//! Commits of others as changes.

use std::collections::BTreeSet;

use switchyard_control::{Base, BranchSeen, BranchState, Error as Refusal, GitSeen, Tip};

use crate::project::{Error, Round};
use crate::tree::Tree;
use crate::written::Written;

/// The most branches that are looked at.
const BRANCHES: usize = 200;

impl Round<'_> {
    /// Takes the newest commit of every branch that may propose something. `altered` where others have put something
    /// on the mirror. Answers the places in `seen` of those that are told how they stand.
    pub(crate) async fn take_all(&mut self, altered: bool, seen: &mut GitSeen) -> Result<Vec<usize>, Error> {
        let settings = self.settings;
        let wanted = |name: &String| {
            Some(name) == settings.follow.as_ref()
                || altered && Some(name) == settings.mirror.as_ref()
                || settings.proposals.as_ref().is_some_and(|begin| name.starts_with(begin.as_str()))
        };
        let branches: Vec<_> = self.branches.iter().filter(|(name, _)| wanted(name)).cloned().collect();
        let present: BTreeSet<_> = branches.iter().map(|(name, _)| name.clone()).collect();
        self.control.git_present(self.project, &present).await?;
        let mut told = vec![];
        for (branch, commit) in branches.into_iter().take(BRANCHES) {
            let said = self.repository.commit(&commit).await?;
            let tip = Tip {
                branch,
                commit,
                title: said.title.chars().take(200).collect(),
                reason: said.body.chars().take(10_000).collect(),
                author: said.author,
                email: said.email,
            };
            let (standing, ours) = self.taken(&tip).await?;
            if !ours {
                told.push(seen.branches.len());
            }
            seen.branches.push(standing);
        }
        Ok(told)
    }

    /// How a branch's newest commit stands, and whether it was written here; taken where that is new.
    async fn taken(&mut self, tip: &Tip) -> Result<(BranchSeen, bool), Error> {
        let before = self.control.git_taken(self.project, &tip.branch).await?;
        if before.as_ref().is_none_or(|taken| taken.commit != tip.commit) {
            let written = self.known.newest(self.repository, self.control, self.project, &tip.commit).await?;
            let ours = written.as_ref().filter(|written| written.commit == tip.commit);
            if let (Some(ours), None) = (ours, before.and_then(|taken| taken.change)) {
                return Ok((same(tip, ours), true));
            }
            let tree = match self.repository.tree(&tip.commit).await? {
                Ok(tree) => tree,
                Err(wrong) => return Ok((BranchSeen::refused(tip, wrong), false)),
            };
            let base = self.base(tip, written).await?;
            match self.control.git_take(self.project, tip, base, tree.manifests.clone()).await {
                Ok(()) => {}
                Err(Refusal::Unavailable) => return Err(Refusal::Unavailable.into()),
                Err(refusal) => return Ok((BranchSeen::refused(tip, placed(&tree, refusal)), false)),
            }
        }
        self.control.git_apply(self.project, &tip.branch).await?;
        Ok((self.control.git_standing(self.project, tip).await?, false))
    }

    /// What a branch began with: the newest of its commits that was written here, or that came to be so.
    async fn base(&self, tip: &Tip, written: Option<Written>) -> Result<Option<Base>, Error> {
        let mut found = written.map(|written| (written.commit, written.revision));
        if let Some((commit, revision)) = self.control.git_settled(self.project, &tip.branch).await?
            && self.repository.is_before(&commit, &tip.commit).await
        {
            let newer = match &found {
                Some((written, _)) => !self.repository.is_before(&commit, written).await,
                None => true,
            };
            if newer {
                found = Some((commit, revision));
            }
        }
        let Some((commit, revision)) = found else { return Ok(None) };
        let tree = self.repository.tree(&commit).await?;
        Ok(tree.ok().map(|tree| Base { revision, files: tree.manifests }))
    }
}

fn same(tip: &Tip, written: &Written) -> BranchSeen {
    BranchSeen {
        branch: tip.branch.clone(),
        commit: tip.commit.clone(),
        title: tip.title.clone(),
        author: tip.author.clone(),
        state: BranchState::Same,
        words: format!("It is r{}, as it was written here.", written.revision),
        change: None,
        problems: vec![],
        link: None,
    }
}

/// What was refused, with file and line.
fn placed(tree: &Tree, refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Invalid(problems) => {
            Refusal::Invalid(problems.into_iter().map(|problem| tree.place(problem)).collect())
        }
        other => other,
    }
}
