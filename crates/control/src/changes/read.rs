//! Changes as people see them.

use std::collections::BTreeSet;

use switchyard_model::{Change, ChangeState, Origin, ScheduleState};
use switchyard_store::{ChangeQuery, Page};

use crate::apply::Words;
use crate::plan::{self, Plan};
use crate::project::Handle;
use crate::rebase::Planned;
use crate::review::standing::Standing;
use crate::{ChangeView, Check, Control, Principal, Result, ReviewView};

/// How many changes are read at a time where all are looked through.
const PART: u32 = 200;

impl Control {
    /// One change.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`], [`crate::Error::Denied`].
    pub async fn change(&self, principal: &Principal, project: &str, number: u64) -> Result<ChangeView> {
        let handle = self.seen(principal, project)?;
        let change = self.stored_change(project, number).await?;
        self.change_view(&handle, principal, change).await
    }

    /// Changes, newest first. Those in review are the approved and scheduled ones too; these can be asked for alone.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`], [`crate::Error::Denied`].
    pub async fn changes(
        &self,
        principal: &Principal,
        project: &str,
        query: ChangeQuery,
    ) -> Result<Page<ChangeView>> {
        let handle = self.seen(principal, project)?;
        if query.state == Some(ChangeState::Approved) {
            let approved = |_: &Change, standing: &Standing| standing.is_approved();
            return self.in_review(&handle, principal, query, approved).await;
        }
        if query.state == Some(ChangeState::Scheduled) {
            let waiting = self.inner.store.schedules(project, true).await?;
            let waits = |change: &Change, _: &Standing| waiting.iter().any(|s| s.change == change.number);
            return self.in_review(&handle, principal, query, waits).await;
        }
        let page = self.inner.store.changes(project, &query).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for change in page.items {
            items.push(self.change_view(&handle, principal, change).await?);
        }
        Ok(Page { items, total: page.total })
    }

    /// Changes in review that wait for the principal: for an approval that is missing and that they can give,
    /// or because they, or a team of theirs, were asked and have not answered. Newest first; the query's state is not read.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`], [`crate::Error::Denied`].
    pub async fn changes_awaiting(
        &self,
        principal: &Principal,
        project: &str,
        query: ChangeQuery,
    ) -> Result<Page<ChangeView>> {
        let handle = self.seen(principal, project)?;
        let person = self.person(&principal.id);
        let waits = |change: &Change, standing: &Standing| {
            let able = self.may(&handle, principal, change, standing).approve.allowed;
            let answered: BTreeSet<String> =
                standing.given.iter().filter(|g| g.valid).map(|g| self.person(&g.who)).collect();
            // A team has answered once anybody in it has.
            let asked = |id: &String| {
                self.inner.directory.with(|known| match known.teams.get(id.as_str()) {
                    Some(team) => team.members.contains(&person) && team.members.is_disjoint(&answered),
                    None => *id == person && !answered.contains(&person),
                })
            };
            able && (standing.waits_for(&person) || change.reviewers.iter().any(asked))
        };
        self.in_review(&handle, principal, query, waits).await
    }

    /// Those in review of which something is true that only their standing tells: all are looked at.
    async fn in_review(
        &self,
        handle: &Handle,
        principal: &Principal,
        query: ChangeQuery,
        wanted: impl Fn(&Change, &Standing) -> bool,
    ) -> Result<Page<ChangeView>> {
        let mut part = ChangeQuery { state: Some(ChangeState::InReview), before: None, limit: PART, ..query };
        let (mut items, mut total) = (vec![], 0);
        loop {
            let found = self.inner.store.changes(&handle.key, &part).await?.items;
            part.before = found.last().map(|last| last.number);
            let more = found.len() == PART as usize;
            for change in found {
                let considered = self.considered(handle, principal, &change).await?;
                if !wanted(&change, &considered.1) {
                    continue;
                }
                total += 1;
                if query.before.is_none_or(|b| change.number < b) && items.len() < query.limit as usize {
                    items.push(self.seen_change(handle, principal, change, considered).await?);
                }
            }
            if !more {
                return Ok(Page { items, total });
            }
        }
    }

    pub(crate) async fn change_view(
        &self,
        handle: &Handle,
        principal: &Principal,
        change: Change,
    ) -> Result<ChangeView> {
        let considered = self.considered(handle, principal, &change).await?;
        self.seen_change(handle, principal, change, considered).await
    }

    /// What a change would do, or did, and where it stands with its reviewers.
    pub(crate) async fn considered(
        &self,
        handle: &Handle,
        principal: &Principal,
        change: &Change,
    ) -> Result<(Check, Standing)> {
        let plan = match change.revision {
            None => {
                let Planned { plan, conflicts, .. } = self.planned(handle, change).await?;
                let origin = change.origin.clone().unwrap_or(Origin::Change { number: change.number });
                let words = Words {
                    change: Some(change.clone()),
                    ..Words::new(&*change.title, &*change.reason, origin)
                };
                let check = self.tried(handle, principal, &plan, &words).await?;
                let check = Check { head: handle.state().revision, conflicts, ..check };
                return Ok((check, self.standing(handle, &plan, Some(change), principal).await?));
            }
            Some(number) => self.what_it_did(handle, number).await?,
        };
        let environments = plan::environments(plan.edits.iter().map(|e| &e.target), &plan.after);
        let revision = self.stored_revision(&handle.key, plan.after.revision).await?;
        let guardrails = self.held_again(handle, &revision, &plan.after).await?;
        let check = Check { head: plan.after.revision, environments, guardrails, ..plan.check() };
        let mut standing = self.standing(handle, &plan, Some(change), principal).await?;
        standing.settle();
        Ok((check, standing))
    }

    /// A revision as the plan that it came from.
    async fn what_it_did(&self, handle: &Handle, number: u64) -> Result<Plan> {
        let revision = self.stored_revision(&handle.key, number).await?;
        let after = self.state_of(handle, number).await?;
        let mut before = after.clone();
        before.revision = number - 1;
        for edit in revision.edits.iter().rev() {
            before.set(edit.target.clone(), edit.before.clone(), before.revision);
        }
        Ok(Plan {
            before,
            edits: revision.edits,
            after,
            problems: vec![],
            altered: vec![],
            quiet: vec![],
            people: self.people(),
        })
    }

    async fn seen_change(
        &self,
        handle: &Handle,
        principal: &Principal,
        change: Change,
        (check, standing): (Check, Standing),
    ) -> Result<ChangeView> {
        let comments = self.inner.store.count_comments(&handle.key, change.number).await?;
        let schedule = self.schedule_of(handle, &change).await?;
        let waits = schedule.as_ref().is_some_and(|s| s.schedule.state == ScheduleState::ToApply);
        let state = match change.state {
            ChangeState::InReview if waits => ChangeState::Scheduled,
            ChangeState::InReview if standing.is_approved() => ChangeState::Approved,
            stored => stored,
        };
        let (after, followers) = self.neighbours(handle, principal, &change).await?;
        let sight = self.sight(principal, handle);
        let hides = self.change_hides(&sight, &handle.key, &change).await?;
        let review = ReviewView {
            requirements: standing.requirements(),
            reviewers: change.reviewers.iter().map(|id| self.as_person(id)).collect(),
            may: self.may(handle, principal, &change, &standing),
            broke_glass: self.broke_glass(&change, &standing.given),
            reviews: standing.given,
        };
        let view = ChangeView {
            number: change.number,
            author_name: self.name_of(&change.author),
            title: change.title,
            reason: change.reason,
            author: change.author,
            state,
            version: change.version,
            base: change.base,
            revision: change.revision,
            created_at: change.created_at,
            updated_at: change.updated_at,
            edits: change.edits,
            check,
            links: change.links,
            origin: change.origin,
            after,
            followers,
            difference: standing.difference,
            review,
            comments,
            schedule,
        };
        Ok(sight.of_change(view, hides))
    }
}
