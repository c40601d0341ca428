//! Changes that must go in order.
//!
//! A change may come after others. It is then planned on top of what these make of the head, so that its preview
//! and the approvals it gets are for what it will find; it is not applied before them; and where one of them is
//! given up it stops, and says so, until somebody takes that one out of its order.

use std::collections::BTreeSet;

use serde::Serialize;
use switchyard_model::{Change, ChangeState, Comment, Problem};
use switchyard_store::ChangeQuery;

use crate::access::principal::SWITCHYARD;
use crate::changes::told;
use crate::plan::Ground;
use crate::policies::sight::Sight;
use crate::project::Handle;
use crate::review::permits::word;
use crate::{ChangeView, Control, Error, Principal, Result};

/// The most changes that one comes right after.
const AFTER_MAX: usize = 20;

/// The most changes that stand one after the other.
const CHAIN_MAX: usize = 100;

/// A change in another one's order, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Neighbour {
    /// Its number.
    pub number: u64,
    /// What it does.
    pub title: String,
    /// Its author's name.
    pub author_name: String,
    /// Where it stands.
    pub state: ChangeState,
    /// The revision it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

impl Control {
    /// Says which changes are applied before an open one. What it does and which head it was written on stay;
    /// approvals stay where it does the same all the same.
    ///
    /// # Errors
    /// [`Error::Invalid`] for changes that are not there, were given up or come after this one themselves;
    /// [`Error::StaleVersion`], [`Error::NotFound`], [`Error::Denied`] for all but its author and admins.
    pub async fn order_change(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        expected_version: u64,
        after: Vec<u64>,
    ) -> Result<ChangeView> {
        let handle = self.seen(principal, project)?;
        let mut change = self.own_change(principal, project, number).await?;
        self.check_order(project, Some(number), &after).await?;
        change.after = after;
        self.keep(&handle, principal, change, expected_version, "change.order").await
    }

    /// What a change comes after, itself and by way of others, each after what it comes after itself. What those
    /// that were given up come after is left out.
    pub(crate) async fn before(&self, project: &str, after: &[u64]) -> Result<Vec<Change>> {
        let (mut seen, mut before) = (BTreeSet::new(), vec![]);
        // What is still to be looked at: by its number, and once more when its own order has been.
        let mut open: Vec<(u64, Option<Box<Change>>)> = after.iter().rev().map(|n| (*n, None)).collect();
        while let Some((number, looked_at)) = open.pop() {
            if let Some(change) = looked_at {
                before.push(*change);
            } else if seen.len() < CHAIN_MAX && seen.insert(number) {
                let change = self.stored_change(project, number).await?;
                let own = match change.state {
                    ChangeState::Rejected => vec![],
                    _ => change.after.clone(),
                };
                open.push((number, Some(Box::new(change))));
                open.extend(own.into_iter().rev().map(|number| (number, None)));
            }
        }
        Ok(before)
    }

    /// The head as these changes, where they are still open, make it; and why not all of them can.
    pub(crate) async fn on_top_of(
        &self,
        handle: &Handle,
        before: &[Change],
    ) -> Result<(Ground, Vec<Problem>)> {
        let (mut ground, mut stops) = (handle.ground(), vec![]);
        for change in before {
            if change.state == ChangeState::Rejected {
                let problem = stop(change, "was given up");
                stops.push(problem.hint("take it out of the order to go on without it, or give this up too"));
            } else if change.revision.is_none() {
                let own = self.before(&handle.key, &change.after).await?;
                let plan = self.planned_on(handle, ground.clone(), change, &own).await?.plan;
                if plan.problems.is_empty() {
                    ground = ground.after(plan);
                } else {
                    let problem = stop(change, "does not fit at the moment");
                    stops.push(problem.hint("its own check says why"));
                }
            }
        }
        Ok((ground, stops))
    }

    /// Why a change can't be applied yet as far as its order goes, as the end of a sentence.
    pub(crate) async fn out_of_order(&self, project: &str, change: &Change) -> Result<Option<String>> {
        let mut first = vec![];
        for number in &change.after {
            let before = self.stored_change(project, *number).await?;
            if before.revision.is_none() {
                first.push(format!("C-{number}, which is {}", word(before.state)));
            }
        }
        Ok((!first.is_empty()).then(|| format!("it comes after {}", first.join(", and after "))))
    }

    /// What a change comes right after, and the open ones that come right after it.
    pub(crate) async fn neighbours(
        &self,
        handle: &Handle,
        principal: &Principal,
        change: &Change,
    ) -> Result<(Vec<Neighbour>, Vec<Neighbour>)> {
        let sight = self.sight(principal, handle);
        let (mut after, mut followers) = (vec![], vec![]);
        for number in &change.after {
            let before = self.stored_change(&handle.key, *number).await?;
            after.push(self.neighbour(&sight, &handle.key, before).await?);
        }
        for follower in self.followers(&handle.key, change.number).await? {
            followers.push(self.neighbour(&sight, &handle.key, follower).await?);
        }
        Ok((after, followers))
    }

    /// Tells those that come after a change that it was given up.
    pub(crate) async fn tell_followers(
        &self,
        handle: &Handle,
        principal: &Principal,
        change: u64,
    ) -> Result<()> {
        for follower in self.followers(&handle.key, change).await? {
            // Lost where the power goes now: the follower's check says it all the same.
            let text = format!(
                "C-{change}, which this comes after, was given up by {}. Take it out of the order to go on \
                 without it, or give this up too.",
                self.name_of(&principal.id)
            );
            let comment = Comment { id: 0, who: SWITCHYARD.into(), at: self.now(), text, edit: None };
            self.inner.store.insert_comment(&handle.key, follower.number, &comment).await?;
            handle.tell(told(&follower));
        }
        Ok(())
    }

    /// Refuses an order that could never be kept. `number` is absent for a change that is yet to be made.
    pub(crate) async fn check_order(&self, project: &str, number: Option<u64>, after: &[u64]) -> Result<()> {
        let mut problems = vec![];
        if after.len() > AFTER_MAX {
            problems.push(Problem::new("after", "are too many").hint(format!("at most {AFTER_MAX}")));
            return Err(Error::Invalid(problems));
        }
        for (at, before) in after.iter().enumerate() {
            let path = format!("after[{at}]");
            let wrong = |reason: &str| Problem::new(path.clone(), reason).value(*before);
            let found = self.inner.store.change(project, *before).await?;
            if after[..at].contains(before) {
                problems.push(wrong("is named twice"));
            } else if Some(*before) == number {
                problems.push(wrong("is the change itself"));
            } else if found.is_none() {
                problems.push(wrong("is no change of this project"));
            } else if found.is_some_and(|change| change.state == ChangeState::Rejected) {
                problems.push(wrong("was given up").hint("leave it out"));
            } else {
                let chain = self.before(project, &[*before]).await?;
                if chain.iter().any(|change| Some(change.number) == number) {
                    problems.push(wrong("comes after this one itself").hint("one of them has to be first"));
                } else if chain.len() >= CHAIN_MAX {
                    problems.push(wrong("is at the end of too long a chain").hint("apply some of it first"));
                }
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
    }

    async fn followers(&self, project: &str, change: u64) -> Result<Vec<Change>> {
        let query = ChangeQuery { after: Some(change), limit: 500, ..ChangeQuery::default() };
        let found = self.inner.store.changes(project, &query).await?.items;
        Ok(found.into_iter().filter(|change| change.state.is_open()).collect())
    }

    async fn neighbour(&self, sight: &Sight, project: &str, change: Change) -> Result<Neighbour> {
        Ok(Neighbour {
            number: change.number,
            title: self.shown_title(sight, project, &change).await?,
            author_name: self.name_of(&change.author),
            state: change.state,
            revision: change.revision,
        })
    }
}

fn stop(change: &Change, reason: &str) -> Problem {
    Problem::new("after", format!("C-{}, which this comes after, {reason}", change.number))
}
