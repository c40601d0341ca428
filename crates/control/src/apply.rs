//! The one way in which revisions are written.

use std::sync::Arc;

use switchyard_model::access::Action;
use switchyard_model::{AppliedEdit, BrokenGlass, Change, ChangeState, Kind, Origin, Revision, Schedule};
use switchyard_policy::Deed;
use switchyard_store::{self as store, Applied, AuditEntry};
use tokio::sync::OwnedMutexGuard;

use crate::lists;
use crate::plan::{self, Plan};
use crate::project::{Certainty, Handle};
use crate::{Check, Control, Error, Event, Principal, Result, RevisionView, Verdict};

/// How a change is to be applied.
#[derive(Debug, Clone, Default)]
pub struct Apply {
    /// Instead of the change's own.
    pub title: Option<String>,
    /// Instead of the change's own.
    pub reason: Option<String>,
    /// Only if this is the head.
    pub expected_head: Option<u64>,
    /// Even without the approvals that it needs, and why: for who may, recorded, and reviewed afterwards.
    pub break_glass: Option<String>,
}

/// How far a write that is not proposed as a change goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Only as far as to say what it would do.
    DryRun,
    /// To its end; where approvals are missing, to a change in review.
    Write,
    /// To its end even where approvals are missing, and why: for who may, recorded, and reviewed afterwards.
    BreakGlass(String),
}

impl Mode {
    pub(crate) fn break_glass(self) -> Option<String> {
        match self {
            Mode::BreakGlass(reason) => Some(reason),
            Mode::DryRun | Mode::Write => None,
        }
    }
}

/// What a revision says of itself.
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) reason: String,
    pub(crate) origin: Origin,
    /// The change that it makes applied.
    pub(crate) change: Option<Change>,
    /// Why missing approvals are not waited for.
    pub(crate) break_glass: Option<String>,
    /// The schedule of which it is the present step.
    pub(crate) step: Option<Schedule>,
}

impl Words {
    pub(crate) fn new(title: impl Into<String>, reason: impl Into<String>, origin: Origin) -> Self {
        Words {
            title: title.into(),
            reason: reason.into(),
            origin,
            change: None,
            break_glass: None,
            step: None,
        }
    }

    /// The title, or one made from the plan for those who gave none.
    pub(crate) fn title(&self, plan: &Plan) -> String {
        if self.title.trim().is_empty() { title(plan) } else { self.title.clone() }
    }
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

    /// Makes a plan on the head the next revision, where it has the approvals it needs.
    pub(crate) async fn commit(
        &self,
        turn: &mut Turn,
        principal: &Principal,
        plan: Plan,
        words: Words,
    ) -> Result<RevisionView> {
        let plan = self.admit(&turn.handle, principal, Deed::Apply, plan)?;
        let glass = self.pass(&turn.handle, principal, &plan, &words).await?;
        self.seal(turn, principal, plan, words, glass).await
    }

    /// A plan that could be written by this principal, as far as it is theirs: without what does nothing.
    pub(crate) fn admit(
        &self,
        handle: &Handle,
        principal: &Principal,
        deed: Deed,
        plan: Plan,
    ) -> Result<Plan> {
        let plan = plan.without_idle();
        if !plan.problems.is_empty() {
            return Err(Error::Invalid(plan.problems));
        }
        if plan.edits.is_empty() {
            return Err(Error::Unchanged { head: plan.before.revision });
        }
        self.authorize_each(principal, &handle.key, deed, &self.asked(handle, &plan, std::iter::empty()))?;
        Ok(plan)
    }

    /// Appends what passed the gate, then publishes it. `glass` is what the gate answered.
    pub(crate) async fn seal(
        &self,
        turn: &mut Turn,
        principal: &Principal,
        mut plan: Plan,
        words: Words,
        glass: Option<(BrokenGlass, AuditEntry)>,
    ) -> Result<RevisionView> {
        let verdicts = self.held(&turn.handle, principal, &plan, &words).await?;
        // Who broke glass is past them too: it is on record, and reviewed afterwards.
        if glass.is_none() && verdicts.iter().any(Verdict::blocks) {
            let subject = (words.title(&plan), words.change.as_ref().map(|change| change.number));
            let check = Check { guardrails: verdicts.clone(), ..plan.check() };
            self.tell_blocked(&turn.handle, principal, subject, &check).await;
            return Err(Error::Guardrails(verdicts));
        }
        let title = words.title(&plan);
        let revision = Revision {
            number: plan.before.revision + 1,
            at: self.now(),
            author: principal.id.clone(),
            title,
            reason: words.reason,
            origin: words.origin,
            edits: std::mem::take(&mut plan.edits),
        };
        let applied = words.change.map(|change| Applied {
            number: change.number,
            version: change.version,
            broke_glass: glass,
        });
        let step = words.step.map(|schedule| schedule.after(revision.number, revision.at));
        self.append(turn, &revision, applied.as_ref(), step.as_ref()).await?;

        let environments = plan.altered.iter().map(|(key, _)| key.clone()).collect();
        let mut view = self.revision_view(&revision, &plan.after, None);
        view.guardrails = verdicts;
        turn.handle.publish(plan);
        let kinds = Kind::ALL.into_iter().filter(|k| revision.edits.iter().any(|e| e.target.kind == *k));
        turn.handle.tell(Event::Revision { number: revision.number, environments, kinds: kinds.collect() });
        if let Some(Applied { number, version, .. }) = applied {
            let (version, state) = (version + 1, ChangeState::Applied);
            turn.handle.tell(Event::Change { number, version, state });
        }
        Ok(view)
    }

    /// What a plan would do, and what the guardrails say of it.
    pub(crate) async fn tried(
        &self,
        handle: &Handle,
        principal: &Principal,
        plan: &Plan,
        words: &Words,
    ) -> Result<Check> {
        let guardrails = self.held(handle, principal, plan, words).await?;
        Ok(self.sight(principal, handle).of_check(Check { guardrails, ..plan.check() }))
    }

    async fn append(
        &self,
        turn: &mut Turn,
        revision: &Revision,
        change: Option<&Applied>,
        step: Option<&Schedule>,
    ) -> Result<()> {
        let project = &turn.handle.key.clone();
        *turn.certainty = Certainty::Doubtful;
        let appended = match step {
            None => self.inner.store.append(project, revision, change).await,
            Some(step) => self.inner.store.append_step(project, revision, change, step).await,
        };
        match appended {
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
        let _lists = self.ready(&turn.handle.key, lists::named(&state)).await?;
        turn.handle.replace(&turn.handle.environments(), state)?;
        *turn.certainty = Certainty::Sure;
        Ok(())
    }
}

/// What edits of a kind are called where permissions are shown by role. What somebody may is for the policies to say.
pub(crate) fn editing(kind: Kind) -> Action {
    match kind {
        Kind::Flag | Kind::Targeting | Kind::Segment => Action::EditFlags,
        Kind::Service | Kind::Listener | Kind::Route => Action::EditTraffic,
        // Who could loosen them could get past them.
        Kind::Guardrail => Action::Administer,
    }
}

/// Words for those who gave none: the first edit's sentence, and how many more there are.
pub(crate) fn title(plan: &Plan) -> String {
    let sentence = |edit: &AppliedEdit| plan::view(edit, &plan.after, &plan.people).sentence.to_string();
    let first = plan.edits.first().map(sentence).unwrap_or_default();
    match plan.edits.len() {
        0 | 1 => first,
        n => format!("{first}, and {} more", n - 1),
    }
}
