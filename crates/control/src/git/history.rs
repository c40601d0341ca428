//! Revisions as what commits are made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use switchyard_model::{AppliedEdit, Origin, Resource, ResourceId, State};
use switchyard_snapshot::sentences::edit_sentence;
use switchyard_store::Query;

use crate::{Control, Result};

/// A revision as what a commit is made of.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its number.
    pub number: u64,
    /// When it was applied.
    pub at: Timestamp,
    /// Who applied it.
    pub author: String,
    /// Their name.
    pub author_name: String,
    /// Their e-mail address, where they have one here.
    pub author_email: Option<String>,
    /// What it does.
    pub title: String,
    /// Why.
    pub reason: String,
    /// Each of its edits in words.
    pub sentences: Vec<String>,
    /// What it came from.
    pub origin: Origin,
    /// The change that it was.
    pub change: Option<u64>,
    /// What it touched, as it left it.
    pub resources: BTreeMap<ResourceId, Option<Arc<Resource>>>,
}

impl Control {
    /// The revisions after `state`'s, oldest first, at most so many; `state` is the last one's afterwards.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`], [`crate::Error::Unavailable`].
    pub async fn git_history(&self, project: &str, state: &mut State, limit: u32) -> Result<Vec<Told>> {
        let head = self.handle(project)?.state().revision;
        let last = head.min(state.revision + u64::from(limit));
        let query = Query {
            before: Some(last + 1),
            limit: u32::try_from(last.saturating_sub(state.revision)).unwrap_or(limit),
            ..Query::default()
        };
        if query.limit == 0 {
            return Ok(vec![]);
        }
        let mut told = vec![];
        let newest_first = self.inner.store.revisions(project, &query).await?.items;
        for revision in newest_first.into_iter().rev() {
            *state = state.after(&revision);
            let edits = revision.edits.iter().filter(|edit| edit.before != edit.after);
            let sentence = |edit: &AppliedEdit| edit_sentence(edit, &*state).to_string();
            let email = self.inner.directory.with(|known| known.members.get(&revision.author)?.email.clone());
            let change = match &revision.origin {
                Origin::Change { number } => Some(*number),
                _ => self.inner.store.change_of(project, revision.number).await?,
            };
            told.push(Told {
                number: revision.number,
                at: revision.at,
                author_name: self.name_of(&revision.author),
                author_email: email,
                author: revision.author.clone(),
                sentences: edits.map(sentence).collect(),
                resources: revision.edits.iter().map(|e| (e.target.clone(), e.after.clone())).collect(),
                change,
                title: revision.title,
                reason: revision.reason,
                origin: revision.origin,
            });
        }
        Ok(told)
    }
}
