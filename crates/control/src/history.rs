//! The history, read.

use switchyard_model::{Revision, State};
use switchyard_store::{Page, Query};

use crate::{Control, Error, Principal, Result, RevisionView, plan};

impl Control {
    /// Revisions, newest first. Their sentences use the names of their time where the page has no gaps, and
    /// else names that are near.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn history(
        &self,
        principal: &Principal,
        project: &str,
        query: Query,
    ) -> Result<Page<RevisionView>> {
        let handle = self.seen(principal, project)?;
        let page = self.inner.store.revisions(project, &query).await?;
        let sight = self.sight(principal, &handle);
        let Some(newest) = page.items.first() else { return Ok(Page { items: vec![], total: page.total }) };
        let mut names = self.state_of(&handle, newest.number).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for revision in &page.items {
            for edit in &revision.edits {
                names.set(edit.target.clone(), edit.after.clone(), revision.number);
            }
            let reverted_by = self.inner.store.reverted_by(project, revision.number).await?;
            items.push(sight.of_revision(self.revision_view(revision, &names, reverted_by)));
            for edit in revision.edits.iter().rev() {
                names.set(edit.target.clone(), edit.before.clone(), revision.number);
            }
        }
        Ok(Page { items, total: page.total })
    }

    /// One revision.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn revision(&self, principal: &Principal, project: &str, number: u64) -> Result<RevisionView> {
        let handle = self.seen(principal, project)?;
        let revision = self.stored_revision(project, number).await?;
        let names = self.state_of(&handle, number).await?;
        let reverted_by = self.inner.store.reverted_by(project, number).await?;
        let mut view = self.revision_view(&revision, &names, reverted_by);
        view.guardrails = self.held_again(&handle, &revision, &names).await?;
        Ok(self.sight(principal, &handle).of_revision(view))
    }

    pub(crate) async fn stored_revision(&self, project: &str, number: u64) -> Result<Revision> {
        let found = self.inner.store.revision(project, number).await?;
        found.ok_or_else(|| Error::NotFound(format!("revision {number}")))
    }

    /// A revision as people see it. `names` is the state after it.
    pub(crate) fn revision_view(
        &self,
        revision: &Revision,
        names: &State,
        reverted_by: Option<u64>,
    ) -> RevisionView {
        let people = self.people();
        RevisionView {
            number: revision.number,
            at: revision.at,
            author: revision.author.clone(),
            author_name: self.name_of(&revision.author),
            title: revision.title.clone(),
            reason: revision.reason.clone(),
            origin: revision.origin.clone(),
            edits: revision.edits.iter().map(|edit| plan::view(edit, names, &people)).collect(),
            environments: plan::environments(revision.edits.iter().map(|e| &e.target), names),
            guardrails: vec![],
            reverted_by,
        }
    }
}
