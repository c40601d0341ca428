//! Sending a change for review, taking it back, and giving a verdict.

use switchyard_model::{Change, ChangeState, Problem, Review, Verdict};

use super::comments::TEXT_MAX;
use super::permits::word;
use super::views::{BrokeGlass, Person, Reviewed};
use crate::apply::title;
use crate::changes::told;
use crate::{ChangeView, Control, Error, Principal, Result};

/// How a change is sent for review. Absent words stay.
#[derive(Debug, Clone, Default)]
pub struct Submission {
    /// What it does; made from its edits where it has none.
    pub title: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Members and teams who are asked to review it.
    pub reviewers: Vec<String>,
}

/// What a reviewer says.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// Which verdict.
    pub verdict: Verdict,
    /// Why.
    pub note: String,
    /// The hash of the difference that they saw; `None` for a change that does not fit.
    pub difference: Option<String>,
}

impl Control {
    /// Sends a draft for review.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a reason, or for reviewers who are no active members and no teams;
    /// [`Error::Conflicts`] or [`Error::Invalid`] where it does not fit on the head; [`Error::Unchanged`],
    /// [`Error::WrongState`], [`Error::NotFound`], [`Error::Denied`].
    pub async fn submit_change(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        submission: Submission,
    ) -> Result<ChangeView> {
        let handle = self.seen(principal, project)?;
        let mut change = self.own_change(principal, project, number).await?;
        in_state(&change, ChangeState::Draft, "only a draft is sent for review")?;
        let planned = self.planned(&handle, &change).await?;
        let fitting = self.fitting(&handle, &change, planned).await;
        let plan = self.sight(principal, &handle).of_result(fitting)?.without_idle();
        if plan.edits.is_empty() {
            return Err(Error::Unchanged { head: plan.before.revision });
        }
        change.title = submission.title.unwrap_or(change.title);
        change.reason = submission.reason.unwrap_or(change.reason);
        if change.title.trim().is_empty() {
            change.title = title(&plan);
        }
        let mut problems = vec![];
        if change.reason.trim().is_empty() {
            problems.push(Problem::new("reason", "is empty").hint("say why: reviewers read it first"));
        }
        for (at, id) in submission.reviewers.iter().enumerate() {
            let known = self.inner.directory.with(|known| {
                known.members.get(id).is_some_and(|member| member.active)
                    || known.teams.contains_key(id.as_str())
            });
            if !known {
                let problem =
                    Problem::new(format!("reviewers[{at}]"), "is no active member's id, and no team");
                problems.push(problem.value(id.as_str()));
            }
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        (change.reviewers, change.state) = (submission.reviewers, ChangeState::InReview);
        let version = change.version;
        self.keep(&handle, principal, change, version, "change.submit").await
    }

    /// Makes a change in review a draft again. What was said of it stays.
    ///
    /// # Errors
    /// [`Error::WrongState`], [`Error::NotFound`], [`Error::Denied`].
    pub async fn withdraw_change(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
    ) -> Result<ChangeView> {
        let handle = self.seen(principal, project)?;
        let mut change = self.own_change(principal, project, number).await?;
        in_state(&change, ChangeState::InReview, "only one in review is withdrawn")?;
        change.state = ChangeState::Draft;
        let version = change.version;
        let view = self.keep(&handle, principal, change, version, "change.withdraw").await?;
        match self.unscheduled(principal, project, number).await? {
            true => self.change(principal, project, number).await,
            false => Ok(view),
        }
    }

    /// Gives a verdict on a change in review, or on one that was applied by breaking glass. A person's newest
    /// one counts, and an approval only for the difference that it names.
    ///
    /// # Errors
    /// [`Error::OtherDifference`] where the change does something else by now; [`Error::OwnChange`] for who
    /// wrote part of it; [`Error::WrongState`], [`Error::Invalid`], [`Error::NotFound`], [`Error::Denied`].
    pub async fn review_change(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        judgement: Judgement,
    ) -> Result<ChangeView> {
        let handle = self.seen(principal, project)?;
        let change = self.stored_change(project, number).await?;
        let (_, standing) = self.considered(&handle, principal, &change).await?;
        self.judge(&handle, principal, &change, &standing)?;
        if judgement.note.len() > TEXT_MAX {
            let problem = Problem::new("note", "is too long");
            return Err(Error::Invalid(vec![problem.hint(format!("at most {TEXT_MAX} bytes"))]));
        }
        let unfit = judgement.verdict == Verdict::Approve && standing.difference.is_none();
        if unfit || judgement.difference != standing.difference {
            return Err(Error::OtherDifference { difference: standing.difference });
        }
        let review = Review {
            who: principal.id.clone(),
            verdict: judgement.verdict,
            at: self.now(),
            note: judgement.note,
            version: change.version,
            difference: judgement.difference,
        };
        self.inner.store.insert_review(project, number, &review).await?;
        handle.tell(told(&change));
        self.change_view(&handle, principal, change).await
    }

    /// How glass was broken for a change, and who approved it since: somebody else, of what was applied.
    pub(crate) fn broke_glass(&self, change: &Change, given: &[super::views::Given]) -> Option<BrokeGlass> {
        let glass = change.broke_glass.as_ref()?;
        let breaker = self.person(&glass.who);
        let later = given.iter().rev().filter(|g| g.at >= glass.at && self.person(&g.who) != breaker);
        let mut reviewed = later.filter(|g| g.valid && g.verdict == Verdict::Approve).map(|given| Reviewed {
            who: given.who.clone(),
            who_name: given.who_name.clone(),
            at: given.at,
        });
        Some(BrokeGlass {
            who: glass.who.clone(),
            who_name: self.name_of(&glass.who),
            reason: glass.reason.clone(),
            at: glass.at,
            reviewed: reviewed.next(),
        })
    }

    pub(crate) fn as_person(&self, id: &str) -> Person {
        Person { id: id.to_owned(), name: self.name_of(id) }
    }
}

pub(super) fn in_state(change: &Change, wanted: ChangeState, rule: &'static str) -> Result<()> {
    match change.state == wanted {
        true => Ok(()),
        false => Err(Error::WrongState { number: change.number, state: word(change.state), rule }),
    }
}
