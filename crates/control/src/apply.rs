//! The one way in which revisions are written.

use std::cmp::Reverse;
use std::sync::Arc;

use switchyard_model::access::{Action, Role};
use switchyard_model::{AppliedEdit, Kind, Origin, Revision};
use switchyard_store as store;
use tokio::sync::OwnedMutexGuard;

use crate::plan::{self, Plan};
use crate::project::{Certainty, Handle};
use crate::{Control, Error, Event, Principal, Result, RevisionView};

/// How a change is to be applied.
#[derive(Debug, Clone, Default)]
pub struct Apply {
    /// Instead of the change's own.
    pub title: Option<String>,
    /// Instead of the change's own.
    pub reason: Option<String>,
    /// Only if this is the head.
    pub expected_head: Option<u64>,
}

/// What a revision says of itself.
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) reason: String,
    pub(crate) origin: Origin,
    /// The change that it makes applied: number and version.
    pub(crate) change: Option<(u64, u64)>,
}

/// The turn to write a project. While it lives nobody else writes.
pub(crate) struct Turn {
    pub(crate) handle: Arc<Handle>,
    certainty: OwnedMutexGuard<Certainty>,
}

impl Control {
    /// Runs `work` when it is its turn to write the project, and to its end even when the caller goes away:
    /// what the store has must be published.
    pub(crate) async fn writing<T, W, F>(&self, handle: Arc<Handle>, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(Control, Turn) -> F + Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let control = self.clone();
        let task = tokio::spawn(async move {
            let certainty = handle.writer.clone().lock_owned().await;
            let mut turn = Turn { handle, certainty };
            if *turn.certainty == Certainty::Doubtful {
                control.resync(&mut turn).await?;
            }
            work(control, turn).await
        });
        task.await?
    }

    /// Makes a plan on the head the next revision: appends it, then publishes it.
    pub(crate) async fn commit(
        &self,
        turn: &mut Turn,
        principal: &Principal,
        plan: Plan,
        words: Words,
    ) -> Result<RevisionView> {
        let plan = plan.without_idle();
        if !plan.problems.is_empty() {
            return Err(Error::Invalid(plan.problems));
        }
        if plan.edits.is_empty() {
            return Err(Error::Unchanged { head: plan.head });
        }
        self.authorize_edits(principal, &turn.handle.key, plan.edits.iter().map(|e| e.target.kind))?;
        let title = if words.title.trim().is_empty() { title(&plan) } else { words.title };
        let revision = Revision {
            number: plan.head + 1,
            at: self.now(),
            author: principal.id.clone(),
            title,
            reason: words.reason,
            origin: words.origin,
            edits: plan.edits,
        };
        self.append(turn, &revision, words.change).await?;

        let environments = plan.altered.iter().map(|(key, _)| key.clone()).collect();
        let view = self.revision_view(&revision, &plan.after, None);
        turn.handle.publish(plan.after, plan.altered);
        let kinds = Kind::ALL.into_iter().filter(|k| revision.edits.iter().any(|e| e.target.kind == *k));
        turn.handle.tell(Event::Revision { number: revision.number, environments, kinds: kinds.collect() });
        Ok(view)
    }

    async fn append(&self, turn: &mut Turn, revision: &Revision, change: Option<(u64, u64)>) -> Result<()> {
        let project = &turn.handle.key.clone();
        *turn.certainty = Certainty::Doubtful;
        match self.inner.store.append(project, revision, change).await {
            Ok(()) => *turn.certainty = Certainty::Sure,
            Err(error @ (store::Error::Stale { .. } | store::Error::NotFound(_))) => {
                *turn.certainty = Certainty::Sure;
                return Err(error.into());
            }
            Err(error) => {
                self.resync(turn).await?;
                // The answer may have been lost after the commit.
                if self.inner.store.revision(project, revision.number).await?.as_ref() != Some(revision) {
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// Takes the store's head for the head: after a write whose outcome is not known.
    async fn resync(&self, turn: &mut Turn) -> Result<()> {
        let state = self.inner.store.state(&turn.handle.key).await?;
        turn.handle.replace(&turn.handle.environments(), state)?;
        *turn.certainty = Certainty::Sure;
        Ok(())
    }

    /// Refuses edits of kinds that the principal may not edit. Names the strictest, so that who gets the role
    /// it says is not refused again.
    pub(crate) fn authorize_edits(
        &self,
        principal: &Principal,
        project: &str,
        kinds: impl Iterator<Item = Kind>,
    ) -> Result<()> {
        let mut actions: Vec<Action> = kinds.map(action).collect();
        actions.sort_by_key(|action| Reverse(Role::least(*action)));
        actions.into_iter().try_for_each(|action| self.authorize(principal, action, Some(project)))
    }
}

/// What one must be allowed to edit resources of a kind.
fn action(kind: Kind) -> Action {
    match kind {
        Kind::Flag | Kind::Targeting | Kind::Segment => Action::EditFlags,
        Kind::Service | Kind::Listener | Kind::Route => Action::EditTraffic,
    }
}

/// Words for those who gave none: the first edit's sentence, and how many more there are.
fn title(plan: &Plan) -> String {
    let sentence = |edit: &AppliedEdit| plan::view(edit, &plan.after).sentence.to_string();
    let first = plan.edits.first().map(sentence).unwrap_or_default();
    match plan.edits.len() {
        0 | 1 => first,
        n => format!("{first}, and {} more", n - 1),
    }
}
