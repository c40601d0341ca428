//! The history, read.

use switchyard_model::{Revision, State};
use switchyard_store::{Page, Query};

use crate::policies::sight::Sight;
use crate::{Control, Error, Principal, Result, RevisionView, plan};

/// How many revisions are read at a time where all are looked through.
const PART: u32 = 500;

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
        let sight = self.sight(principal, &handle);
        let page = self.shown_page(&sight, project, query).await?;
        let Some(newest) = page.items.first() else { return Ok(Page { items: vec![], total: page.total }) };
        let mut names = self.state_of(&handle, newest.number).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for revision in &page.items {
            for edit in &revision.edits {
                names.set(edit.target.clone(), edit.after.clone(), revision.number);
            }
            let reverted_by = self.inner.store.reverted_by(project, revision.number).await?;
            let hides = self.origin_hides(&sight, project, Some(&revision.origin)).await?;
            items.push(sight.of_revision(self.revision_view(revision, &names, reverted_by), hides));
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
        let sight = self.sight(principal, &handle);
        let hides = self.origin_hides(&sight, project, Some(&revision.origin)).await?;
        Ok(sight.of_revision(view, hides))
    }

    /// A page of the store's. Who does not see all of a project finds nothing in it by what they can't see: what of it
    /// fits is looked through and counted.
    async fn shown_page(&self, sight: &Sight, project: &str, query: Query) -> Result<Page<Revision>> {
        let hidden = query.environment.as_ref().is_some_and(|key| !sight.environment(key));
        let looks = hidden || query.kind.is_some() || query.key.is_some() || !query.words.is_empty();
        if sight.is_whole() || !looks {
            return Ok(self.inner.store.revisions(project, &query).await?);
        }
        let mut part = Query { before: None, limit: PART, ..query.clone() };
        let (mut items, mut total) = (vec![], 0);
        loop {
            let found = self.inner.store.revisions(project, &part).await?.items;
            part.before = found.last().map(|last| last.number);
            let more = found.len() == PART as usize;
            for revision in found {
                if self.revision_hides(sight, project, revision.number).await? {
                    continue;
                }
                total += 1;
                if query.before.is_none_or(|before| revision.number < before)
                    && items.len() < query.limit as usize
                {
                    items.push(revision);
                }
            }
            if !more {
                return Ok(Page { items, total });
            }
        }
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
            hidden: 0,
            environments: plan::environments(revision.edits.iter().map(|e| &e.target), names),
            guardrails: vec![],
            reverted_by,
        }
    }
}
