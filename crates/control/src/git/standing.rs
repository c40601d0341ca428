//! How a commit stands, in a sentence.

use switchyard_model::{Change, ChangeState};
use switchyard_store::Taken;

use super::take::Tip;
use super::{BranchSeen, BranchState};
use crate::project::Handle;
use crate::{ChangeView, Control, Error, Principal, Result};

impl Control {
    pub(super) async fn standing_of_branch(
        &self,
        handle: &Handle,
        tip: &Tip,
        taken: &Taken,
    ) -> Result<BranchSeen> {
        let seen = |state: BranchState, words: String| BranchSeen {
            branch: tip.branch.clone(),
            commit: tip.commit.clone(),
            title: tip.title.clone(),
            author: tip.author.clone(),
            state,
            words,
            change: taken.change,
            problems: vec![],
            link: None,
        };
        let Some(number) = taken.change else {
            return Ok(seen(BranchState::Same, format!("All that it says was so at r{}.", taken.head)));
        };
        let change = self.stored_change(&handle.key, number).await?;
        let view = self.change_view(handle, &Principal::switchyard(), change.clone()).await?;
        let (state, words) = words(&change, &view);
        let problems = if state == BranchState::Open { view.check.problems.clone() } else { vec![] };
        let link = self.page(handle, &view.check.environments, &format!("changes/{number}"));
        Ok(BranchSeen { problems, link: Some(link), ..seen(state, words) })
    }
}

impl BranchSeen {
    /// How a commit stands that can't become a change, and why.
    pub fn refused(tip: &Tip, error: Error) -> Self {
        let problems = match &error {
            Error::Invalid(problems) | Error::Conflicts { problems, .. } => problems.clone(),
            _ => vec![],
        };
        let words = match problems.len() {
            0 => sentence(&error.to_string()),
            1 => "One thing is wrong with it.".to_owned(),
            n => format!("{n} things are wrong with it."),
        };
        BranchSeen {
            branch: tip.branch.clone(),
            commit: tip.commit.clone(),
            title: tip.title.clone(),
            author: tip.author.clone(),
            state: BranchState::Refused,
            words,
            change: None,
            problems,
            link: None,
        }
    }
}

fn words(change: &Change, view: &ChangeView) -> (BranchState, String) {
    let number = change.number;
    let open = |words: String| (BranchState::Open, words);
    match view.state {
        ChangeState::Applied => {
            let revision = change.revision.unwrap_or_default();
            (BranchState::Applied, format!("C-{number} is applied as r{revision}."))
        }
        ChangeState::Rejected => (BranchState::Rejected, format!("C-{number} was turned down.")),
        ChangeState::Draft => open(format!("C-{number} is a draft; whoever withdrew it goes on with it.")),
        ChangeState::Scheduled => open(format!("C-{number} is approved and waits for its time.")),
        ChangeState::InReview | ChangeState::Approved => {
            if !view.check.ok {
                return open(format!("C-{number} does not fit what is so by now."));
            }
            if let Some(verdict) = view.check.guardrails.iter().find(|verdict| verdict.blocks()) {
                return open(format!("C-{number} is blocked: {}", sentence(&verdict.message)));
            }
            let unmet = view.review.requirements.iter().filter(|need| need.have < need.approvals);
            let unmet: Vec<_> = unmet.map(|need| need.reason.clone()).collect();
            match unmet.is_empty() {
                true => open(format!("C-{number} waits to be applied.")),
                false => open(format!("C-{number} waits for review: {}.", unmet.join("; "))),
            }
        }
    }
}

/// With a full stop, and no second one.
fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}
