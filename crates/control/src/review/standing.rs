//! Where a change stands with its reviewers.

use std::collections::{BTreeMap, BTreeSet};

use switchyard_model::{Change, Review, Verdict};

use super::needs::Need;
use super::views::{Given, Requirement};
use crate::git::GIT;
use crate::plan::Plan;
use crate::policies::asked::Asked;
use crate::project::Handle;
use crate::{Control, Principal, Result, review};

/// Where a change stands with its reviewers, on the present head.
pub(crate) struct Standing {
    /// What it would do; `None` where it does not fit.
    pub(crate) difference: Option<String>,
    /// What it alters, as the policies are asked about it.
    pub(super) asked: Vec<Asked>,
    /// Who wrote it.
    pub(super) hands: BTreeSet<String>,
    pub(super) needs: Vec<Need>,
    /// Why its order keeps it from being applied yet.
    pub(crate) out_of_order: Option<String>,
    /// Every verdict, oldest first.
    pub(crate) given: Vec<Given>,
    /// The persons whose approval counts.
    pub(super) approved: BTreeSet<String>,
    /// The persons whose rejection holds.
    pub(super) rejected: BTreeSet<String>,
}

impl Control {
    /// Where a plan stands: that of `change`, or one that `principal` just made.
    pub(crate) async fn standing(
        &self,
        handle: &Handle,
        plan: &Plan,
        change: Option<&Change>,
        principal: &Principal,
    ) -> Result<Standing> {
        let given = match change {
            Some(change) => self.inner.store.reviews(&handle.key, change.number).await?,
            None => vec![],
        };
        let fits = plan.problems.is_empty();
        let difference = fits.then(|| review::difference::difference(&plan.edits));
        let proposed =
            change.iter().filter(|_| !fits).flat_map(|change| &change.edits).map(|edit| &edit.target);
        let asked = self.asked(handle, plan, proposed);
        let hands = self.hands(change, principal);
        let writer = change.and_then(|change| change.editors.last()).unwrap_or(&principal.id);
        let unknown = change.is_some_and(|change| change.editors.iter().any(|id| id == GIT));
        let needs = match fits {
            true => self.needs(handle, plan, &asked, &self.person(writer), unknown),
            false => vec![],
        };
        let edited = change.map_or(0, |change| change.edited);
        let mut standing = Standing::new(difference, asked, hands, needs);
        if let Some(change) = change.filter(|change| change.state.is_open()) {
            standing.out_of_order = self.out_of_order(&handle.key, change).await?;
        }
        Ok(self.weigh(handle, given, edited, standing))
    }

    /// Says of each verdict whether it counts. Of one person's only the newest can.
    pub(super) fn weigh(
        &self,
        handle: &Handle,
        given: Vec<Review>,
        edited: u64,
        mut standing: Standing,
    ) -> Standing {
        let newest: BTreeMap<String, usize> =
            given.iter().enumerate().map(|(at, review)| (self.person(&review.who), at)).collect();
        for (at, review) in given.into_iter().enumerate() {
            let (person, who_name) = (self.person(&review.who), self.name_of(&review.who));
            let same = review.difference == standing.difference;
            let void = if newest.get(&person) != Some(&at) {
                Some(format!("{who_name} gave another verdict later"))
            } else if standing.hands.contains(&person) {
                Some(format!("{who_name} wrote part of the change"))
            } else if !self.may_review(&review.who, &handle.key, &standing.asked) {
                Some(format!("{who_name} may not review this any more"))
            } else if review.verdict == Verdict::Approve && (!same || standing.difference.is_none()) {
                Some("the change does something else by now".to_owned())
            } else if review.verdict == Verdict::Reject && !same && review.version < edited {
                Some("the change was edited since".to_owned())
            } else {
                None
            };
            if void.is_none() {
                match review.verdict {
                    Verdict::Approve => standing.approved.insert(person),
                    Verdict::Reject => standing.rejected.insert(person),
                };
            }
            standing.given.push(Given {
                who: review.who,
                who_name,
                verdict: review.verdict,
                at: review.at,
                note: review.note,
                difference: review.difference,
                valid: void.is_none(),
                void_because: void,
            });
        }
        standing
    }
}

impl Standing {
    pub(super) fn new(
        difference: Option<String>,
        asked: Vec<Asked>,
        hands: BTreeSet<String>,
        needs: Vec<Need>,
    ) -> Self {
        let (approved, rejected) = (BTreeSet::new(), BTreeSet::new());
        Standing { difference, asked, hands, needs, out_of_order: None, given: vec![], approved, rejected }
    }

    /// True where the change fits on the head, does something, and has all it needs for that.
    pub(crate) fn is_approved(&self) -> bool {
        self.difference.is_some() && !self.asked.is_empty() && self.is_met()
    }

    /// For what is applied already: nothing is needed any more.
    pub(crate) fn settle(&mut self) {
        self.needs.clear();
    }

    /// True where nothing is missing and nobody is against it.
    pub(crate) fn is_met(&self) -> bool {
        self.rejected.is_empty() && self.needs.iter().all(|need| self.have(need) >= need.approvals)
    }

    /// True where an approval of this person is still missing.
    pub(crate) fn waits_for(&self, person: &str) -> bool {
        let counts = |need: &&Need| need.from.as_ref().is_none_or(|from| from.contains(person));
        !self.hands.contains(person)
            && !self.approved.contains(person)
            && self.needs.iter().filter(counts).any(|need| self.have(need) < need.approvals)
    }

    pub(crate) fn requirements(&self) -> Vec<Requirement> {
        let view = |need: &Need| Requirement {
            reason: need.reason.clone(),
            source: need.source.clone(),
            approvals: need.approvals,
            have: self.have(need),
        };
        self.needs.iter().map(view).collect()
    }

    /// How many approvals that count for it there are.
    pub(super) fn have(&self, need: &Need) -> u32 {
        let counts = |person: &&String| need.from.as_ref().is_none_or(|from| from.contains(*person));
        self.approved.iter().filter(counts).count() as u32
    }
}
