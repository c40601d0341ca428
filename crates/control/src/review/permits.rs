//! What somebody may do with a change, and if not, why.

use switchyard_model::access::Action;
use switchyard_model::{Change, ChangeState};
use switchyard_policy::Deed;

use super::standing::Standing;
use super::views::{May, Permit};
use crate::project::Handle;
use crate::{Control, Error, Principal, Result};

impl Control {
    /// What the principal may do with the change. Each refusal is the one that the act itself would answer.
    pub(crate) fn may(
        &self,
        handle: &Handle,
        principal: &Principal,
        change: &Change,
        standing: &Standing,
    ) -> May {
        let own = self.own(handle, principal, change);
        let in_state = |state: ChangeState, wanted: &str| match change.state == state {
            true => Ok(()),
            false => Err(format!("it is {}, and this takes {wanted}", word(change.state))),
        };
        let fits = || match standing.difference {
            Some(_) => Ok(()),
            None => Err("it does not fit at the moment: its check says why".to_owned()),
        };
        let verdict = self.judge(handle, principal, change, standing).map_err(said);
        let apply = || {
            if !change.state.is_open() {
                return Err(format!("it is {}", word(change.state)));
            }
            self.may_apply(handle, principal, change, standing)?;
            if let Some(why) = &standing.out_of_order {
                return Err(why.clone());
            }
            fits()
        };
        let approved = || match standing.is_met() {
            true => Ok(()),
            false => {
                let missing = self.missing(&handle.key, Some(change), standing);
                Err(self.sight(principal, handle).of_missing(missing).to_string())
            }
        };
        let glass = || {
            let asked = &standing.asked;
            self.authorize_each(principal, &handle.key, Deed::BreakGlass, asked).map_err(said)
        };
        May {
            submit: own
                .clone()
                .and_then(|()| in_state(ChangeState::Draft, "a draft"))
                .and_then(|()| fits())
                .into(),
            withdraw: own.and_then(|()| in_state(ChangeState::InReview, "one in review")).into(),
            approve: verdict.clone().and_then(|()| fits()).into(),
            reject: verdict.into(),
            apply: apply().and_then(|()| approved()).into(),
            break_glass: apply().and_then(|()| glass()).into(),
        }
    }

    /// Refuses a verdict that the principal may not give, as [`Control::may`] says it.
    ///
    /// # Errors
    /// [`Error::WrongState`], [`Error::OwnChange`], [`Error::Denied`].
    pub(super) fn judge(
        &self,
        handle: &Handle,
        principal: &Principal,
        change: &Change,
        standing: &Standing,
    ) -> Result<()> {
        self.authorize(principal, Action::Approve, Some(&handle.key))?;
        self.authorize_each(principal, &handle.key, Deed::Approve, &standing.asked)?;
        if change.state != ChangeState::InReview && change.broke_glass.is_none() {
            let rule = "a verdict is for one in review";
            return Err(Error::WrongState { number: change.number, state: word(change.state), rule });
        }
        let person = self.person(&principal.id);
        if standing.hands.contains(&person) {
            return Err(Error::OwnChange("you wrote part of it; somebody else reviews it".into()));
        }
        if change.broke_glass.as_ref().is_some_and(|glass| self.person(&glass.who) == person) {
            return Err(Error::OwnChange("you broke the glass for it; somebody else reviews it".into()));
        }
        Ok(())
    }

    /// Whether the principal works on the change: its author, or an admin.
    fn own(
        &self,
        handle: &Handle,
        principal: &Principal,
        change: &Change,
    ) -> std::result::Result<(), String> {
        if change.author == principal.id {
            return Ok(());
        }
        let admin = self.authorize(principal, Action::Administer, Some(&handle.key));
        admin.map_err(|_| format!("it is {}'s; they or an admin can", self.name_of(&change.author)))
    }

    /// Whether the principal may apply what a change does, apart from its approvals: a draft is its author's
    /// and the admins', what was sent for review is everybody's who may make such edits.
    fn may_apply(
        &self,
        handle: &Handle,
        principal: &Principal,
        change: &Change,
        standing: &Standing,
    ) -> std::result::Result<(), String> {
        if change.state == ChangeState::Draft {
            self.own(handle, principal, change)?;
        }
        self.authorize_each(principal, &handle.key, Deed::Apply, &standing.asked).map_err(said)
    }
}

/// A refusal as the end of a sentence.
fn said(error: Error) -> String {
    match error {
        Error::Denied(denied) => denied.why(),
        other => other.to_string(),
    }
}

pub(crate) fn word(state: ChangeState) -> &'static str {
    match state {
        ChangeState::Draft => "a draft",
        ChangeState::InReview => "in review",
        ChangeState::Approved => "approved",
        ChangeState::Scheduled => "scheduled",
        ChangeState::Applied => "applied",
        ChangeState::Rejected => "given up",
    }
}

impl From<std::result::Result<(), String>> for Permit {
    fn from(permit: std::result::Result<(), String>) -> Self {
        Permit { allowed: permit.is_ok(), why: permit.err() }
    }
}
