//! The gate that every revision passes.

use serde_json::json;
use switchyard_model::{BrokenGlass, Change, ChangeState, Edit, Origin, Problem};
use switchyard_policy::Deed;
use switchyard_store::{AuditEntry, ChangeQuery};

use super::comments::TEXT_MAX;
use super::standing::Standing;
use crate::apply::{Turn, Words};
use crate::changes::told;
use crate::plan::Plan;
use crate::project::Handle;
use crate::{Control, Error, How, Outcome, Principal, Result, Verdict};

impl Control {
    /// Lets a plan pass that has every approval it needs, or whose principal breaks glass: that is answered,
    /// to be written with the revision.
    ///
    /// # Errors
    /// [`Error::OutOfOrder`] where it comes after what is not applied yet;
    /// [`Error::NeedsApproval`] with what is missing and who can give it; [`Error::Denied`] for who may not
    /// break glass; [`Error::Invalid`] without a reason to.
    pub(crate) async fn pass(
        &self,
        handle: &Handle,
        principal: &Principal,
        plan: &Plan,
        words: &Words,
    ) -> Result<Option<(BrokenGlass, AuditEntry)>> {
        self.check_glass(handle, principal, plan, words.break_glass.as_deref())?;
        // A new project's first resources: nobody is there yet who could approve them.
        if words.origin == Origin::Setup && principal.how == How::Inside {
            return Ok(None);
        }
        let change = words.change.as_ref();
        let standing = self.standing(handle, plan, change, principal).await?;
        if let (Some(why), Some(change)) = (&standing.out_of_order, change) {
            return Err(Error::OutOfOrder { number: change.number, why: why.clone() });
        }
        if standing.is_met() && !self.breaks_glass(handle, principal, plan, words).await? {
            return Ok(None);
        }
        match (&words.break_glass, change) {
            (Some(reason), Some(change)) => {
                Ok(Some(self.glass(handle, principal, change, &standing, reason)))
            }
            _ => Err(Error::NeedsApproval(Box::new(self.missing(&handle.key, change, &standing)))),
        }
    }

    /// Writes a plan that was not proposed as a change; where approvals are missing it becomes one in review,
    /// or one for which glass was broken.
    pub(crate) async fn pass_or_propose(
        &self,
        turn: &mut Turn,
        principal: &Principal,
        plan: Plan,
        mut words: Words,
    ) -> Result<Outcome> {
        let plan = self.admit(&turn.handle, principal, Deed::Propose, plan)?;
        let asked = self.asked(&turn.handle, &plan, std::iter::empty());
        let applies = self.authorize_each(principal, &turn.handle.key, Deed::Apply, &asked);
        if words.break_glass.is_some() {
            applies.clone()?;
        }
        self.check_glass(&turn.handle, principal, &plan, words.break_glass.as_deref())?;
        let waits = applies.is_err() || !self.standing(&turn.handle, &plan, None, principal).await?.is_met();
        if waits || self.breaks_glass(&turn.handle, principal, &plan, &words).await? {
            words.change = self.proposed_before(&turn.handle, principal, &plan, &words).await?;
            if words.change.is_none() && words.break_glass.is_some() {
                words.change = Some(self.propose(&turn.handle, principal, &plan, &words).await?);
            }
        }
        let passed = match applies {
            Ok(()) => self.pass(&turn.handle, principal, &plan, &words).await,
            // Who may propose it and not apply it proposes it.
            Err(denied) => Err(denied),
        };
        match passed {
            Ok(glass) => {
                Ok(Outcome::Applied(Box::new(self.seal(turn, principal, plan, words, glass).await?)))
            }
            Err(Error::NeedsApproval(_) | Error::Denied(_)) => {
                let change = match words.change {
                    Some(change) => change,
                    None => self.propose(&turn.handle, principal, &plan, &words).await?,
                };
                let view = self.change_view(&turn.handle, principal, change).await?;
                Ok(Outcome::Proposed(Box::new(view)))
            }
            Err(error) => Err(error),
        }
    }

    /// The change in review that the same principal made of the same plan: who repeats themselves (files, each
    /// night) finds it again, and applies it once it is approved.
    async fn proposed_before(
        &self,
        handle: &Handle,
        principal: &Principal,
        plan: &Plan,
        words: &Words,
    ) -> Result<Option<Change>> {
        let query = ChangeQuery {
            state: Some(ChangeState::InReview),
            author: Some(principal.id.clone()),
            limit: 100,
            ..ChangeQuery::default()
        };
        let own = self.inner.store.changes(&handle.key, &query).await?.items;
        let (edits, origin) = (edits(plan), Some(words.origin.clone()));
        Ok(own.into_iter().find(|change| change.edits == edits && same_source(&change.origin, &origin)))
    }

    /// Keeps a plan as a change in review.
    async fn propose(
        &self,
        handle: &Handle,
        principal: &Principal,
        plan: &Plan,
        words: &Words,
    ) -> Result<Change> {
        let mut change = self.new_change(handle, principal, &words.title(plan), &words.reason, edits(plan));
        (change.state, change.origin) = (ChangeState::InReview, Some(words.origin.clone()));
        change.number = self.inner.store.insert_change(&handle.key, &change).await?;
        handle.tell(told(&change));
        Ok(change)
    }

    /// True where glass would be broken for a plan that has its approvals: something else blocks it.
    async fn breaks_glass(
        &self,
        handle: &Handle,
        principal: &Principal,
        plan: &Plan,
        words: &Words,
    ) -> Result<bool> {
        if words.break_glass.is_none() {
            return Ok(false);
        }
        Ok(self.held(handle, principal, plan, words).await?.iter().any(Verdict::blocks))
    }

    fn check_glass(
        &self,
        handle: &Handle,
        principal: &Principal,
        plan: &Plan,
        reason: Option<&str>,
    ) -> Result<()> {
        let Some(reason) = reason else { return Ok(()) };
        let asked = self.asked(handle, plan, std::iter::empty());
        self.authorize_each(principal, &handle.key, Deed::BreakGlass, &asked)?;
        let wrong = match reason.trim().len() {
            0 => "is empty",
            1..=TEXT_MAX => return Ok(()),
            _ => "is too long",
        };
        let hint = "say why it can't wait for approval; who reviews it afterwards reads this";
        Err(Error::Invalid(vec![Problem::new("breakGlass.reason", wrong).hint(hint)]))
    }

    fn glass(
        &self,
        handle: &Handle,
        principal: &Principal,
        change: &Change,
        standing: &Standing,
        reason: &str,
    ) -> (BrokenGlass, AuditEntry) {
        let (who, at) = (principal.id.clone(), self.now());
        let missing = self.missing(&handle.key, Some(change), standing);
        let without: Vec<_> = missing.approvals.into_iter().map(|missing| missing.reason).collect();
        let entry = AuditEntry {
            at,
            who: who.clone(),
            what: "change.breakGlass".into(),
            target: format!("{}/C-{}", handle.key, change.number),
            detail: json!({
                "reason": reason, "missing": without, "rejectedBy": missing.rejected_by,
                "difference": standing.difference,
            }),
            personal: None,
        };
        (BrokenGlass { who, reason: reason.to_owned(), at }, entry)
    }
}

/// A trigger is the same one whatever it is called with.
fn same_source(a: &Option<Origin>, b: &Option<Origin>) -> bool {
    match (a, b) {
        (Some(Origin::Trigger { trigger: a, .. }), Some(Origin::Trigger { trigger: b, .. })) => a == b,
        (a, b) => a == b,
    }
}

fn edits(plan: &Plan) -> Vec<Edit> {
    plan.edits.iter().map(|edit| Edit { target: edit.target.clone(), op: edit.op.clone() }).collect()
}
