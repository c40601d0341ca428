//! Proposed changes: drafts that are kept, checked against the head, and applied.

use std::sync::Arc;

use switchyard_model::access::Action;
use switchyard_model::{Change, ChangeState, Edit, Origin};
use switchyard_snapshot::Snapshot;
use switchyard_store::{ChangeQuery, Page};

use crate::apply::{Apply, Words};
use crate::plan::{self, Planner};
use crate::project::Handle;
use crate::{ChangeView, Check, Control, Error, Event, Principal, Result, RevisionView};

/// What somebody proposes.
#[derive(Debug, Clone, Default)]
pub struct Proposal {
    /// What it does; made from its edits where empty.
    pub title: String,
    /// Why.
    pub reason: String,
    /// What it does, in order.
    pub edits: Vec<Edit>,
}

impl Control {
    /// What edits would do at the head. Nothing is kept.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`]. What is wrong with the edits is in the answer.
    pub async fn check(&self, principal: &Principal, project: &str, edits: Vec<Edit>) -> Result<Check> {
        let handle = self.seen(principal, project)?;
        self.checked(&handle, edits).await
    }

    /// Keeps a draft, whatever is wrong with it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`] where the principal may not make such edits.
    pub async fn create_change(
        &self,
        principal: &Principal,
        project: &str,
        proposal: Proposal,
    ) -> Result<ChangeView> {
        let handle = self.seen(principal, project)?;
        self.authorize_edits(principal, project, proposal.edits.iter().map(|e| e.target.kind))?;
        let now = self.now();
        let mut change = Change {
            number: 0,
            title: proposal.title,
            reason: proposal.reason,
            author: principal.id.clone(),
            state: ChangeState::Draft,
            version: 1,
            edits: proposal.edits,
            base: handle.state().revision,
            revision: None,
            created_at: now,
            updated_at: now,
        };
        change.number = self.inner.store.insert_change(project, &change).await?;
        handle.tell(told(&change));
        self.change_view(&handle, change).await
    }

    /// Makes a draft be this. The head becomes its base.
    ///
    /// # Errors
    /// [`Error::StaleVersion`], [`Error::NotFound`], [`Error::Denied`] for all but its author and admins.
    pub async fn update_change(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        expected_version: u64,
        proposal: Proposal,
    ) -> Result<ChangeView> {
        let handle = self.seen(principal, project)?;
        let mut change = self.own_draft(principal, project, number).await?;
        self.authorize_edits(principal, project, proposal.edits.iter().map(|e| e.target.kind))?;
        change.title = proposal.title;
        change.reason = proposal.reason;
        change.edits = proposal.edits;
        change.base = handle.state().revision;
        self.keep(&handle, change, expected_version).await
    }

    /// Gives a draft up.
    ///
    /// # Errors
    /// As [`Control::update_change`].
    pub async fn discard_change(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
    ) -> Result<ChangeView> {
        let handle = self.seen(principal, project)?;
        let mut change = self.own_draft(principal, project, number).await?;
        change.state = ChangeState::Rejected;
        let version = change.version;
        self.keep(&handle, change, version).await
    }

    /// Applies a draft on the head, whatever came since it was checked.
    ///
    /// # Errors
    /// [`Error::Conflicts`] where later revisions made an edit not fit any more; [`Error::Invalid`] where it
    /// never did; [`Error::HeadMoved`] where another head was expected; [`Error::StaleVersion`] where it is no
    /// draft; [`Error::Unchanged`], [`Error::NotFound`], [`Error::Denied`].
    pub async fn apply_change(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        apply: Apply,
    ) -> Result<RevisionView> {
        let handle = self.seen(principal, project)?;
        let (principal, project) = (principal.clone(), project.to_owned());
        self.writing(handle, move |control, mut turn| async move {
            let change = control.own_draft(&principal, &project, number).await?;
            let ground = turn.handle.ground();
            let head = ground.state.revision;
            if apply.expected_head.is_some_and(|expected| expected != head) {
                return Err(Error::HeadMoved { head });
            }
            let edits = change.edits.clone();
            let plan = control.plan(ground, move |on| Planner::all(&on.state, &edits).finish(on)).await?;
            if !plan.problems.is_empty() {
                return Err(control.why_not(&turn.handle, &change, plan.problems).await?);
            }
            let words = Words {
                title: apply.title.unwrap_or(change.title),
                reason: apply.reason.unwrap_or(change.reason),
                origin: Origin::Change { number },
                change: Some((number, change.version)),
            };
            let revision = control.commit(&mut turn, &principal, plan, words).await?;
            let (version, state) = (change.version + 1, ChangeState::Applied);
            turn.handle.tell(Event::Change { number, version, state });
            Ok(revision)
        })
        .await
    }

    /// One change.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn change(&self, principal: &Principal, project: &str, number: u64) -> Result<ChangeView> {
        let handle = self.seen(principal, project)?;
        let change = self.stored_change(project, number).await?;
        self.change_view(&handle, change).await
    }

    /// Changes, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn changes(
        &self,
        principal: &Principal,
        project: &str,
        query: ChangeQuery,
    ) -> Result<Page<ChangeView>> {
        let handle = self.seen(principal, project)?;
        let page = self.inner.store.changes(project, &query).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for change in page.items {
            items.push(self.change_view(&handle, change).await?);
        }
        Ok(Page { items, total: page.total })
    }

    /// An environment's snapshot as edits on the head would make it. Nothing is kept.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what is wrong with the edits; [`Error::NotFound`], [`Error::Denied`].
    pub async fn preview(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
        edits: &[Edit],
    ) -> Result<Arc<Snapshot>> {
        let ground = self.seen(principal, project)?.ground();
        let now = ground.snapshots.iter().find(|(key, _)| &**key == environment).map(|(_, s)| s.clone());
        let now = now.ok_or_else(|| Error::NotFound(format!("environment {environment:?}")))?;
        if edits.is_empty() {
            return Ok(now);
        }
        let edits = edits.to_vec();
        let plan = self.plan(ground, move |on| Planner::all(&on.state, &edits).finish(on)).await?;
        if !plan.problems.is_empty() {
            return Err(Error::Invalid(plan.problems));
        }
        let altered = plan.altered.into_iter().find(|(key, _)| &**key == environment);
        Ok(altered.map_or(now, |(_, snapshot)| snapshot))
    }

    pub(crate) async fn checked(&self, handle: &Handle, edits: Vec<Edit>) -> Result<Check> {
        let plan = self.plan(handle.ground(), move |on| Planner::all(&on.state, &edits).finish(on)).await?;
        Ok(plan.check())
    }

    async fn keep(&self, handle: &Handle, mut change: Change, expected_version: u64) -> Result<ChangeView> {
        change.version = expected_version + 1;
        change.updated_at = self.now();
        self.inner.store.update_change(&handle.key, &change, expected_version).await?;
        handle.tell(told(&change));
        self.change_view(handle, change).await
    }

    async fn stored_change(&self, project: &str, number: u64) -> Result<Change> {
        let found = self.inner.store.change(project, number).await?;
        found.ok_or_else(|| Error::NotFound(format!("change C-{number}")))
    }

    /// The draft, for its author or an admin.
    async fn own_draft(&self, principal: &Principal, project: &str, number: u64) -> Result<Change> {
        let change = self.stored_change(project, number).await?;
        if change.author != principal.id {
            self.authorize(principal, Action::Administer, Some(project))?;
        }
        match change.state {
            ChangeState::Draft => Ok(change),
            ChangeState::Applied | ChangeState::Rejected => {
                Err(Error::StaleVersion { version: change.version })
            }
        }
    }

    async fn change_view(&self, handle: &Handle, change: Change) -> Result<ChangeView> {
        let check = match change.revision {
            None => self.checked(handle, change.edits.clone()).await?,
            Some(number) => self.what_it_did(handle, number).await?,
        };
        Ok(ChangeView {
            number: change.number,
            author_name: self.name_of(&change.author),
            title: change.title,
            reason: change.reason,
            author: change.author,
            state: change.state,
            version: change.version,
            base: change.base,
            revision: change.revision,
            created_at: change.created_at,
            updated_at: change.updated_at,
            edits: change.edits,
            check,
        })
    }

    async fn what_it_did(&self, handle: &Handle, number: u64) -> Result<Check> {
        let revision = self.stored_revision(&handle.key, number).await?;
        let names = self.state_of(handle, number).await?;
        Ok(Check {
            head: number,
            ok: true,
            problems: vec![],
            edits: revision.edits.iter().map(|edit| plan::view(edit, &names)).collect(),
            environments: plan::environments(revision.edits.iter().map(|e| &e.target), &names),
        })
    }
}

fn told(change: &Change) -> Event {
    Event::Change { number: change.number, version: change.version, state: change.state }
}
