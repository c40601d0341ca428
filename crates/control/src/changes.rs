//! Proposed changes: kept, checked against the head, and applied.

use std::sync::Arc;

use switchyard_model::access::Action;
use switchyard_model::merge::Side;
use switchyard_model::{Change, ChangeState, Edit, Origin, Problem, ResourceId, Schedule};
use switchyard_policy::Deed;
use switchyard_snapshot::Snapshot;

use crate::apply::{Apply, Words};
use crate::plan::Planner;
use crate::project::Handle;
use crate::rebase::Choices;
use crate::review::permits;
use crate::{ChangeView, Check, Conflict, Control, Error, Event, Principal, Result, RevisionView};

mod read;

/// What somebody proposes.
#[derive(Debug, Clone, Default)]
pub struct Proposal {
    /// What it does; made from its edits where empty.
    pub title: String,
    /// Why.
    pub reason: String,
    /// What it does, in order.
    pub edits: Vec<Edit>,
    /// Where to read more: https URLs. Those it has stay where absent.
    pub links: Option<Vec<String>>,
    /// The changes that are applied before it. Those it has stay where absent.
    pub after: Option<Vec<u64>>,
}

/// Which side of a conflict stays.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The resource.
    pub resource: ResourceId,
    /// The conflict's path.
    pub path: String,
    /// What is there now, or what the change makes of it.
    pub keep: Side,
    /// The later revision that it was seen to be with.
    pub revision: Option<u64>,
}

impl Control {
    /// What a change would do at the head. Nothing is kept.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`]. What is wrong with the edits is in the answer.
    pub async fn check(&self, principal: &Principal, project: &str, proposal: Proposal) -> Result<Check> {
        let handle = self.seen(principal, project)?;
        let Proposal { title, reason, edits, after, .. } = proposal;
        let after = after.unwrap_or_default();
        self.check_order(project, None, &after).await?;
        self.checked(
            &handle,
            principal,
            edits,
            &after,
            &Words::new(title, reason, Origin::Change { number: 0 }),
        )
        .await
    }

    /// Keeps a draft, whatever is wrong with it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for links that are none; [`Error::NotFound`]; [`Error::Denied`] where the principal
    /// may not make such edits.
    pub async fn create_change(
        &self,
        principal: &Principal,
        project: &str,
        proposal: Proposal,
    ) -> Result<ChangeView> {
        let handle = self.seen(principal, project)?;
        let edits = self.owned(&handle.state(), &principal.id, proposal.edits);
        let asked = self.asked_now(&handle, &edits);
        self.authorize_each(principal, project, Deed::Propose, &asked)?;
        let (links, after) = (proposal.links.unwrap_or_default(), proposal.after.unwrap_or_default());
        check_links(&links)?;
        self.check_order(project, None, &after).await?;
        let mut change = self.new_change(&handle, principal, &proposal.title, &proposal.reason, edits);
        (change.links, change.after) = (links, after);
        change.number = self.inner.store.insert_change(project, &change).await?;
        handle.tell(told(&change));
        self.change_view(&handle, principal, change).await
    }

    /// A draft on the head, without a number yet.
    pub(crate) fn new_change(
        &self,
        handle: &Handle,
        principal: &Principal,
        title: &str,
        reason: &str,
        edits: Vec<Edit>,
    ) -> Change {
        let now = self.now();
        Change {
            number: 0,
            title: title.to_owned(),
            reason: reason.to_owned(),
            author: principal.id.clone(),
            state: ChangeState::Draft,
            version: 1,
            edits,
            editors: vec![principal.id.clone()],
            edited: 1,
            links: vec![],
            reviewers: vec![],
            after: vec![],
            origin: None,
            base: handle.state().revision,
            revision: None,
            broke_glass: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Makes an open change be this. The head becomes its base, so that what it overwrites now is meant. Where
    /// it does something else afterwards, the approvals it had are void.
    ///
    /// # Errors
    /// [`Error::StaleVersion`], [`Error::Invalid`] for links that are none, [`Error::NotFound`],
    /// [`Error::Denied`] for all but its author and admins.
    pub async fn update_change(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        expected_version: u64,
        proposal: Proposal,
    ) -> Result<ChangeView> {
        let handle = self.seen(principal, project)?;
        let mut change = self.own_change(principal, project, number).await?;
        // Who does not see all of it can't say what it is to become.
        self.sight(principal, &handle).all(change.edits.iter().map(|edit| &edit.target))?;
        let state = handle.state();
        let edits = self.owned(&state, &change.author, proposal.edits);
        let asked = self.asked_now(&handle, &edits);
        self.authorize_each(principal, project, Deed::Propose, &asked)?;
        if let Some(links) = proposal.links {
            check_links(&links)?;
            change.links = links;
        }
        if let Some(after) = proposal.after {
            self.check_order(project, Some(number), &after).await?;
            change.after = after;
        }
        change.title = proposal.title;
        change.reason = proposal.reason;
        change.rewrite(&principal.id, expected_version + 1, edits, state.revision);
        self.keep(&handle, principal, change, expected_version, "change.edit").await
    }

    /// Gives an open change up.
    ///
    /// # Errors
    /// As [`Control::update_change`].
    pub async fn discard_change(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
    ) -> Result<ChangeView> {
        let handle = self.seen(principal, project)?;
        let mut change = self.own_change(principal, project, number).await?;
        change.state = ChangeState::Rejected;
        let version = change.version;
        let view = self.keep(&handle, principal, change, version, "change.discard").await?;
        self.tell_followers(&handle, principal, number).await?;
        Ok(view)
    }

    /// Makes an open change fit on the head by choosing, for each conflict, which side stays. The head becomes
    /// its base.
    ///
    /// # Errors
    /// [`Error::Conflicts`] with those that nothing was chosen for, or that no side can be chosen for;
    /// [`Error::Invalid`] for choices of what is no conflict, or not this one any more; otherwise as
    /// [`Control::update_change`].
    pub async fn resolve_change(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        expected_version: u64,
        chosen: Vec<Choice>,
    ) -> Result<ChangeView> {
        let handle = self.seen(principal, project)?;
        let mut change = self.own_change(principal, project, number).await?;
        self.sight(principal, &handle).all(change.edits.iter().map(|edit| &edit.target))?;
        let head = handle.state().revision;
        let found = self.planned(&handle, &change).await?.conflicts;
        let edits = self.resolved(&handle, &change, choices(chosen, &found)?).await?;
        self.authorize_each(principal, project, Deed::Propose, &self.asked_now(&handle, &edits))?;
        change.rewrite(&principal.id, expected_version + 1, edits, head);
        self.keep(&handle, principal, change, expected_version, "change.resolve").await
    }

    /// Applies a change on the head, merged by field with what came since it was written. A draft is applied
    /// by its author or an admin; one that was sent for review by everybody who may make its edits.
    ///
    /// # Errors
    /// [`Error::NeedsApproval`] where approvals are missing; [`Error::Conflicts`] where later revisions changed
    /// the same fields, or made an edit not fit any more; [`Error::Invalid`] where it never did;
    /// [`Error::HeadMoved`] where another head was expected; [`Error::StaleVersion`] where it is not open;
    /// [`Error::Unchanged`], [`Error::NotFound`], [`Error::Denied`].
    pub async fn apply_change(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        apply: Apply,
    ) -> Result<RevisionView> {
        self.apply_as(principal, project, number, apply, None).await
    }

    /// As [`Control::apply_change`], as the present step of a schedule.
    pub(crate) async fn apply_as(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        apply: Apply,
        step: Option<Schedule>,
    ) -> Result<RevisionView> {
        let handle = self.seen(principal, project)?;
        let sight = self.sight(principal, &handle);
        let (principal, project) = (principal.clone(), project.to_owned());
        let applied = self.writing(handle, move |control, mut turn| async move {
            let change = control.stored_change(&project, number).await?;
            if matches!(change.state, ChangeState::Draft) {
                control.authorize_own(&principal, &project, &change)?;
                // What is scheduled was sent for review. Who withdraws it doesn't want it applied.
                if step.is_some() {
                    let rule = "only one in review applies at a time";
                    return Err(Error::WrongState { number, state: permits::word(change.state), rule });
                }
            }
            open(&change)?;
            let head = turn.handle.state().revision;
            if apply.expected_head.is_some_and(|expected| expected != head) {
                return Err(Error::HeadMoved { head });
            }
            let planned = control.planned(&turn.handle, &change).await?;
            let plan = control.fitting(&turn.handle, &change, planned).await?;
            let words = Words {
                title: apply.title.unwrap_or_else(|| change.title.clone()),
                reason: apply.reason.unwrap_or_else(|| change.reason.clone()),
                origin: change.origin.clone().unwrap_or(Origin::Change { number }),
                change: Some(change),
                break_glass: apply.break_glass,
                step,
            };
            control.commit(&mut turn, &principal, plan, words).await
        });
        sight.of_result(applied.await)
    }

    /// An environment's snapshot as edits on the head would make it. Nothing is kept.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what is wrong with the edits; [`Error::NotFound`], [`Error::Denied`].
    pub async fn preview(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
        edits: &[Edit],
    ) -> Result<Arc<Snapshot>> {
        let handle = self.seen_in(principal, project, environment)?;
        let ground = handle.ground();
        let now = ground.snapshots.iter().find(|(key, _)| &**key == environment).map(|(_, s)| s.clone());
        let now = now.ok_or_else(|| Error::NotFound(format!("environment {environment:?}")))?;
        if edits.is_empty() {
            return Ok(now);
        }
        let edits = edits.to_vec();
        let plan = self.plan(ground, move |on| Planner::all(&on.state, &edits).finish(on)).await?;
        if !plan.problems.is_empty() {
            return Err(Error::Invalid(self.sight(principal, &handle).of_problems(plan.problems)));
        }
        let altered = plan.altered.into_iter().find(|(key, _)| &**key == environment);
        Ok(altered.map_or(now, |(_, snapshot)| snapshot))
    }

    async fn checked(
        &self,
        handle: &Handle,
        principal: &Principal,
        edits: Vec<Edit>,
        after: &[u64],
        words: &Words,
    ) -> Result<Check> {
        let before = self.before(&handle.key, after).await?;
        let (ground, stops) = self.on_top_of(handle, &before).await?;
        let edits = self.owned(&ground.state, &principal.id, edits);
        let mut plan = self.plan(ground, move |on| Planner::all(&on.state, &edits).finish(on)).await?;
        plan.problems.splice(0..0, stops);
        let check = self.tried(handle, principal, &plan, words).await?;
        Ok(Check { head: handle.state().revision, ..check })
    }

    pub(crate) async fn keep(
        &self,
        handle: &Handle,
        principal: &Principal,
        mut change: Change,
        expected_version: u64,
        what: &str,
    ) -> Result<ChangeView> {
        change.version = expected_version + 1;
        change.updated_at = self.now();
        self.inner.store.update_change(&handle.key, &change, expected_version, &principal.id, what).await?;
        handle.tell(told(&change));
        self.change_view(handle, principal, change).await
    }

    pub(crate) async fn stored_change(&self, project: &str, number: u64) -> Result<Change> {
        let found = self.inner.store.change(project, number).await?;
        found.ok_or_else(|| Error::NotFound(format!("change C-{number}")))
    }

    /// The open change, for its author or an admin.
    pub(crate) async fn own_change(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
    ) -> Result<Change> {
        let change = self.stored_change(project, number).await?;
        self.authorize_own(principal, project, &change)?;
        open(&change)?;
        Ok(change)
    }

    pub(crate) fn authorize_own(&self, principal: &Principal, project: &str, change: &Change) -> Result<()> {
        match change.author == principal.id {
            true => Ok(()),
            false => self.authorize(principal, Action::Administer, Some(project)),
        }
    }
}

fn open(change: &Change) -> Result<()> {
    match change.state.is_open() {
        true => Ok(()),
        false => Err(Error::StaleVersion { version: change.version }),
    }
}

pub(crate) fn told(change: &Change) -> Event {
    Event::Change { number: change.number, version: change.version, state: change.state }
}

/// What was chosen, where it is about conflicts that there are.
fn choices(chosen: Vec<Choice>, found: &[Conflict]) -> Result<Choices> {
    let (mut choices, mut problems) = (Choices::new(), vec![]);
    for (at, choice) in chosen.into_iter().enumerate() {
        let path = format!("choices[{at}]");
        match found.iter().find(|one| one.resource == choice.resource && one.path == choice.path) {
            None => {
                let problem = Problem::new(path, "is about no conflict of the change").of(&choice.resource);
                problems.push(problem.value(choice.path).hint("read the change again"));
            }
            Some(one) if one.later_revision != choice.revision => {
                let problem = Problem::new(path, "is about a conflict that became another one");
                problems.push(problem.of(&choice.resource).value(choice.path).hint("look at it again"));
            }
            Some(_) => {
                choices.entry(choice.resource).or_default().insert(choice.path, choice.keep);
            }
        }
    }
    if problems.is_empty() { Ok(choices) } else { Err(Error::Invalid(problems)) }
}

/// The most links of a change, and the most bytes of one.
const LINKS_MAX: usize = 20;
const LINK_MAX: usize = 2_000;

/// Only https: the page shows them to be clicked.
fn check_links(links: &[String]) -> Result<()> {
    let mut problems = vec![];
    if links.len() > LINKS_MAX {
        problems.push(Problem::new("links", "are too many").hint(format!("at most {LINKS_MAX}")));
    }
    for (at, link) in links.iter().enumerate() {
        let host = link.strip_prefix("https://").map(|rest| rest.split('/').next().unwrap_or_default());
        let plain = !link.chars().any(|c| c.is_whitespace() || c.is_control());
        if !plain || link.len() > LINK_MAX || host.is_none_or(str::is_empty) {
            let problem = Problem::new(format!("links[{at}]"), "is no https URL").value(link.as_str());
            problems.push(problem.hint(format!("as https://tracker.example/T-1, at most {LINK_MAX} bytes")));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}
