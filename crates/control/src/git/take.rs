//! A branch's newest commit as a change.

use std::collections::{BTreeMap, BTreeSet};

use switchyard_model::access::Action;
use switchyard_model::merge::merge;
use switchyard_model::{Change, ChangeState, Edit, Manifest, Op, Origin, Resource, ResourceId, State};
use switchyard_policy::Deed;
use switchyard_store::{GitSettings, Taken};

use super::drift::as_kept;
use super::{BranchSeen, GIT};
use crate::changes::told;
use crate::project::Handle;
use crate::{Apply, Control, Error, How, Principal, Result, Verdict};

/// A branch's newest commit.
#[derive(Debug, Clone)]
pub struct Tip {
    /// The branch.
    pub branch: String,
    /// The commit.
    pub commit: String,
    /// Its first line.
    pub title: String,
    /// What else it says.
    pub reason: String,
    /// Who wrote it, as it says.
    pub author: String,
    /// Their address, as it says.
    pub email: String,
}

/// What a branch began with.
#[derive(Debug, Clone)]
pub struct Base {
    /// The revision that is in it.
    pub revision: u64,
    /// What its files said then.
    pub files: Vec<Manifest>,
}

impl Control {
    /// How far a branch was taken.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn git_taken(&self, project: &str, branch: &str) -> Result<Option<Taken>> {
        Ok(self.inner.store.taken(project, branch).await?)
    }

    /// The newest commit of a branch that came to be so, and at which revision; to be told before another is taken.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn git_settled(&self, project: &str, branch: &str) -> Result<Option<(String, u64)>> {
        match self.inner.store.taken(project, branch).await? {
            Some(taken) => self.settled(project, taken).await,
            None => Ok(None),
        }
    }

    async fn settled(&self, project: &str, taken: Taken) -> Result<Option<(String, u64)>> {
        let Some(number) = taken.change else { return Ok(Some((taken.commit, taken.head))) };
        let change = self.stored_change(project, number).await?;
        Ok(change.revision.map(|revision| (taken.commit, revision)).or(taken.settled))
    }

    /// Makes a change of what a branch says: of all that its files say otherwise than its base's did, or than what is
    /// so where it has none. Its open change, where it has one, becomes this one. The same commit is taken once.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what is wrong with it, [`Error::Denied`] where its author may not make such edits;
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn git_take(
        &self,
        project: &str,
        tip: &Tip,
        base: Option<Base>,
        files: Vec<Manifest>,
    ) -> Result<()> {
        let handle = self.handle(project)?;
        let settings = self.git_settings(project).await?;
        let before = self.inner.store.taken(project, &tip.branch).await?;
        if before.as_ref().is_some_and(|taken| taken.commit == tip.commit) {
            return Ok(());
        }
        let head = handle.state();
        let base = base.filter(|base| base.revision <= head.revision);
        let (revision, edits) = match base {
            Some(base) => {
                let then = self.state_of(&handle, base.revision).await?;
                (base.revision, since(&head, &then, &base.files, &files))
            }
            None => (head.revision, differing(&head, &files)),
        };
        let author = self.git_author(&settings, project, tip);
        let open = self.open_change(project, before.as_ref()).await?;
        let settled = match before {
            Some(taken) => self.settled(project, taken).await?,
            None => None,
        };
        let mut taken = Taken {
            commit: tip.commit.clone(),
            change: None,
            head: head.revision,
            settled,
            at: self.now(),
            targets: edits.iter().map(|edit| edit.target.clone()).collect(),
        };
        taken.targets.dedup();
        let new = self.new_change(&handle, &author, &tip.title, &tip.reason, edits.clone());
        let origin =
            Origin::Git { repository: settings.url, branch: tip.branch.clone(), commit: tip.commit.clone() };
        let new = Change { state: ChangeState::InReview, base: revision, origin: Some(origin), ..new };
        let planned = self.planned(&handle, &new).await?;
        let idle = planned.plan.edits.iter().all(|edit| edit.before == edit.after);
        if planned.plan.problems.is_empty() && idle {
            if let Some(change) = open {
                self.give_up(&handle, change).await?;
            }
            self.inner.store.take(project, &tip.branch, &taken, None).await?;
            return Ok(());
        }
        if !planned.plan.problems.is_empty() && planned.conflicts.is_empty() {
            return Err(Error::Invalid(planned.plan.problems));
        }
        let asked = self.asked(&handle, &planned.plan, edits.iter().map(|edit| &edit.target));
        self.authorize_each(&author, project, Deed::Propose, &asked)?;
        let (mut change, version) = match open {
            None => (new, None),
            Some(mut change) => {
                let version = change.version;
                change.rewrite(&author.id, version + 1, edits, revision);
                (change.title, change.reason, change.origin) = (new.title, new.reason, new.origin);
                (change.state, change.version) = (ChangeState::InReview, version + 1);
                change.updated_at = self.now();
                (change, Some(version))
            }
        };
        let number = self.inner.store.take(project, &tip.branch, &taken, Some((&change, version))).await?;
        change.number = number.unwrap_or(change.number);
        handle.tell(told(&change));
        Ok(())
    }

    /// Applies what a branch proposes, where that is wanted and nothing is missing.
    ///
    /// # Errors
    /// [`Error::Unavailable`]. What stands in its way is no error: it waits.
    pub async fn git_apply(&self, project: &str, branch: &str) -> Result<()> {
        let settings = self.git_settings(project).await?;
        let taken = self.inner.store.taken(project, branch).await?;
        let open = self.open_change(project, taken.as_ref()).await?;
        let Some(change) = open.filter(|_| settings.apply) else { return Ok(()) };
        let (number, principal) = (change.number, git_principal(&settings, project));
        // What is known to be refused is not tried each time: people would be told each time.
        let view = self.change_view(&*self.handle(project)?, &principal, change).await?;
        let blocked = view.check.guardrails.iter().any(Verdict::blocks);
        if view.state != ChangeState::Approved || !view.check.ok || blocked {
            return Ok(());
        }
        match self.apply_change(&principal, project, number, Apply::default()).await {
            Err(Error::Unavailable) => Err(Error::Unavailable),
            _ => Ok(()),
        }
    }

    /// Forgets branches that are gone, and gives up what they proposed.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn git_present(&self, project: &str, present: &BTreeSet<String>) -> Result<()> {
        let handle = self.handle(project)?;
        for (branch, taken) in self.inner.store.all_taken(project).await? {
            if present.contains(&branch) {
                continue;
            }
            if let Some(change) = self.open_change(project, Some(&taken)).await? {
                self.give_up(&handle, change).await?;
            }
            self.inner.store.forget_taken(project, &branch).await?;
        }
        Ok(())
    }

    /// How a commit stands that was taken.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it was not; [`Error::Unavailable`].
    pub async fn git_standing(&self, project: &str, tip: &Tip) -> Result<BranchSeen> {
        let handle = self.handle(project)?;
        let taken = self.inner.store.taken(project, &tip.branch).await?;
        let taken = taken.filter(|taken| taken.commit == tip.commit);
        let taken = taken.ok_or_else(|| Error::NotFound(format!("commit {}", tip.commit)))?;
        self.standing_of_branch(&handle, tip, &taken).await
    }

    async fn git_settings(&self, project: &str) -> Result<GitSettings> {
        let found = self.inner.store.git(project).await?;
        found.ok_or_else(|| Error::NotFound(format!("Git repository of project {project:?}")))
    }

    /// The change that a branch proposes and that nobody has made their own since.
    async fn open_change(&self, project: &str, taken: Option<&Taken>) -> Result<Option<Change>> {
        let Some(number) = taken.and_then(|taken| taken.change) else { return Ok(None) };
        let change = self.stored_change(project, number).await?;
        let ours = matches!(change.origin, Some(Origin::Git { .. }));
        Ok(Some(change).filter(|change| ours && change.state.is_open()))
    }

    async fn give_up(&self, handle: &Handle, mut change: Change) -> Result<()> {
        let version = change.version;
        (change.state, change.version, change.updated_at) = (ChangeState::Rejected, version + 1, self.now());
        self.inner.store.update_change(&handle.key, &change, version, GIT, "change.discard").await?;
        handle.tell(told(&change));
        Ok(())
    }

    /// As whom a commit is taken: its author, where addresses are believed and somebody here has that one.
    fn git_author(&self, settings: &GitSettings, project: &str, tip: &Tip) -> Principal {
        let known = self.inner.directory.with(|known| {
            let is = |address: &String| address.eq_ignore_ascii_case(tip.email.trim());
            let mut all = known.members.values().filter(|m| m.active && m.email.as_ref().is_some_and(is));
            all.next().map(|member| member.id.clone())
        });
        let known = known.filter(|_| settings.believe_authors).and_then(|id| self.as_they_are(&id, project));
        match known {
            Some(author) if author.role.may(Action::EditFlags) => author,
            _ => git_principal(settings, project),
        }
    }
}

fn git_principal(settings: &GitSettings, project: &str) -> Principal {
    Principal {
        id: GIT.into(),
        name: "Git".into(),
        role: settings.role,
        project: Some(project.into()),
        how: How::Token,
    }
}

/// What files say otherwise than what is so. What they do not name stays.
fn differing(head: &State, files: &[Manifest]) -> Vec<Edit> {
    let put = |file: &Manifest| {
        let id = file.id();
        let now = head.get(&id).map(|found| &*found.resource);
        let differs = now != Some(&as_kept(&id, now, &file.resource));
        differs.then(|| Edit { target: id, op: Op::Put { resource: file.resource.clone() } })
    };
    ordered(files.iter().filter_map(put).collect())
}

/// What files say otherwise than those before them did, on the state that those were taken at. What that state has
/// and the files before did not say stays as it is.
fn since(head: &State, then: &State, before: &[Manifest], files: &[Manifest]) -> Vec<Edit> {
    let by_id = |files: &[Manifest]| -> BTreeMap<ResourceId, Resource> {
        files.iter().map(|file| (file.id(), file.resource.clone())).collect()
    };
    let (before, after) = (by_id(before), by_id(files));
    let ids: BTreeSet<&ResourceId> = before.keys().chain(after.keys()).collect();
    let mut edits = vec![];
    for id in ids.into_iter().filter(|id| before.get(id) != after.get(id)) {
        let state = then.get(id).map(|found| &*found.resource);
        let wanted = after.get(id).map(|put| as_kept(id, state, put));
        let said = before.get(id).map(|put| as_kept(id, state, put));
        let merged = merge(said.as_ref(), state, wanted.as_ref()).unwrap_or_else(|_| wanted.clone());
        let now = head.get(id).map(|found| &*found.resource);
        match merged {
            merged if merged.as_ref() == now => {}
            Some(resource) => edits.push(Edit { target: id.clone(), op: Op::Put { resource } }),
            None => edits.push(Edit { target: id.clone(), op: Op::Delete }),
        }
    }
    ordered(edits)
}

/// What others depend on is put first, and deleted last. A flag takes its targeting with it.
fn ordered(mut edits: Vec<Edit>) -> Vec<Edit> {
    let deletes = |edit: &Edit| matches!(edit.op, Op::Delete);
    let gone: BTreeSet<_> = edits
        .iter()
        .filter(|edit| deletes(edit) && edit.target.kind == switchyard_model::Kind::Flag)
        .map(|edit| edit.target.key.clone())
        .collect();
    edits.retain(|edit| {
        edit.target.kind != switchyard_model::Kind::Targeting
            || !deletes(edit)
            || !gone.contains(&edit.target.key)
    });
    let place = |edit: &Edit| {
        let at = switchyard_model::Kind::ALL.iter().position(|kind| *kind == edit.target.kind).unwrap_or(0);
        (deletes(edit), if deletes(edit) { usize::MAX - at } else { at })
    };
    edits.sort_by_key(place);
    edits
}
