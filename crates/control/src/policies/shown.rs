//! What is answered, without what its reader may not see.

use switchyard_model::{Origin, Problem, ScheduleState, State};

use super::sight::{HIDDEN, Sight};
use crate::git::{BranchSeen, BranchState, GitSeen, drift::Drift};
use crate::review::views::{MissingApproval, Source};
use crate::schedules::words;
use crate::triggers::views::{FiringView, TriggerView};
use crate::{
    ChangeView, Check, Conflict, Error, Missing, Project, Requirement, Result, ReviewView, RevisionView,
    ScheduleView, Verdict,
};

impl Sight {
    pub(crate) fn of_project(&self, mut project: Project) -> Project {
        project.environments.retain(|environment| self.environment(&environment.key));
        project
    }

    pub(crate) fn of_state(&self, mut state: State) -> State {
        if self.is_whole() {
            return state;
        }
        state.environments.retain(|key| self.environment(key));
        let hidden: Vec<_> =
            state.iter().map(|(id, _)| id).filter(|id| !self.resource(id)).cloned().collect();
        let revision = state.revision;
        hidden.into_iter().for_each(|id| state.set(id, None, revision));
        state
    }

    pub(crate) fn of_check(&self, mut check: Check) -> Check {
        if self.is_whole() {
            return check;
        }
        let all = check.edits.len();
        check.edits.retain(|edit| self.resource(&edit.target));
        check.hidden += all - check.edits.len();
        check.environments.retain(|key| self.environment(key));
        check.conflicts.retain(|conflict| self.resource(&conflict.resource));
        check.problems = self.of_problems(check.problems);
        check.guardrails = self.of_verdicts(check.guardrails, check.hidden > 0);
        check
    }

    /// What is wrong with something hidden is said to be wrong, once.
    pub(crate) fn of_problems(&self, problems: Vec<Problem>) -> Vec<Problem> {
        let mut shown: Vec<Problem> = vec![];
        for mut problem in problems {
            if problem.hint.as_ref().is_some_and(|hint| self.is_named(hint)) {
                problem.hint = None;
            }
            let seen = problem.resource.as_ref().is_none_or(|id| self.resource(id));
            if !seen || self.is_named(&problem.to_string()) {
                problem = Problem::new("", format!("{HIDDEN} stands against it"));
            }
            if !shown.contains(&problem) {
                shown.push(problem);
            }
        }
        shown
    }

    /// `part` where some of what they judge is hidden: a guardrail's words may tell of it.
    fn of_verdicts(&self, mut verdicts: Vec<Verdict>, part: bool) -> Vec<Verdict> {
        for verdict in &mut verdicts {
            let error = verdict.error.as_deref().unwrap_or_default();
            let named = [&verdict.name, &verdict.message, error].into_iter().any(|text| self.is_named(text));
            if part || named {
                verdict.message = HIDDEN.to_owned();
                verdict.error = verdict.error.take().map(|_| HIDDEN.to_owned());
                verdict.name = self.words(std::mem::take(&mut verdict.name));
            }
        }
        verdicts
    }

    /// `hides` where what people wrote of it tells of something hidden.
    pub(crate) fn of_revision(&self, mut revision: RevisionView, hides: bool) -> RevisionView {
        if self.is_whole() {
            return revision;
        }
        let all = revision.edits.len();
        revision.edits.retain(|edit| self.resource(&edit.target));
        revision.hidden = all - revision.edits.len();
        revision.environments.retain(|key| self.environment(key));
        let part = hides || revision.hidden > 0;
        revision.guardrails = self.of_verdicts(revision.guardrails, part);
        if part || matches!(&revision.origin, Origin::Restore { .. } if self.is_named(&revision.title)) {
            (revision.title, revision.reason) = (HIDDEN.to_owned(), String::new());
        }
        // What was left as it is stands there.
        revision.reason = match &revision.origin {
            Origin::Restore { .. } => self.words(revision.reason),
            _ => revision.reason,
        };
        revision.origin = self.of_origin(revision.origin, part);
        revision
    }

    fn of_origin(&self, origin: Origin, part: bool) -> Origin {
        match origin {
            Origin::Trigger { trigger, .. } if part => {
                Origin::Trigger { trigger, name: HIDDEN.to_owned(), payload: String::new() }
            }
            Origin::Git { repository, .. } if part => {
                Origin::Git { repository, branch: HIDDEN.to_owned(), commit: String::new() }
            }
            Origin::Restore { to, environment: Some(key) } if !self.environment(&key) => {
                Origin::Restore { to, environment: None }
            }
            other => other,
        }
    }

    /// `hides` where what people wrote of it tells of something hidden.
    pub(crate) fn of_change(&self, mut change: ChangeView, hides: bool) -> ChangeView {
        if self.is_whole() {
            return change;
        }
        change.edits.retain(|edit| self.resource(&edit.target));
        change.check = self.of_check(change.check);
        let part = hides || change.check.hidden > 0;
        if hides {
            (change.title, change.reason) = (HIDDEN.to_owned(), String::new());
            change.links.clear();
        }
        change.origin = change.origin.map(|origin| self.of_origin(origin, hides));
        change.review = self.of_review(change.review, part);
        change.schedule = change.schedule.map(|schedule| self.of_schedule(schedule, hides));
        change
    }

    fn of_review(&self, mut review: ReviewView, part: bool) -> ReviewView {
        review.requirements =
            review.requirements.into_iter().filter_map(|one| self.of_requirement(one)).collect();
        for given in review.reviews.iter_mut().filter(|given| part && !self.is_reader(&given.who)) {
            if !given.note.is_empty() {
                given.note = HIDDEN.to_owned();
            }
        }
        let may = &mut review.may;
        for permit in [
            &mut may.submit,
            &mut may.withdraw,
            &mut may.approve,
            &mut may.reject,
            &mut may.apply,
            &mut may.break_glass,
        ] {
            permit.why = permit.why.take().map(|why| self.words(why));
        }
        if let Some(glass) = review.broke_glass.as_mut().filter(|glass| part && !self.is_reader(&glass.who)) {
            glass.reason = HIDDEN.to_owned();
        }
        review
    }

    /// `None` for what a team gives of the approvals that something hidden needs: those are told together.
    fn of_requirement(&self, requirement: Requirement) -> Option<Requirement> {
        let seen = match &requirement.source {
            Source::Environment { environment } | Source::Team { environment, .. } => {
                self.environment(environment)
            }
            Source::Owner { target, .. } => self.resource(target),
            Source::Hidden => false,
        };
        if seen && !self.is_named(&requirement.reason) {
            return Some(requirement);
        }
        if matches!(requirement.source, Source::Team { .. }) {
            return None;
        }
        let reason = format!("{HIDDEN} needs {}", crate::review::needs::count(requirement.approvals));
        Some(Requirement { reason, source: Source::Hidden, ..requirement })
    }

    pub(crate) fn of_missing(&self, mut missing: Missing) -> Missing {
        for MissingApproval { reason, approvals, .. } in &mut missing.approvals {
            if self.is_named(reason) {
                *reason = format!("{HIDDEN} needs {}", crate::review::needs::count(*approvals));
            }
        }
        missing
    }

    /// `part` where some of what it applies is hidden.
    pub(crate) fn of_schedule(&self, mut view: ScheduleView, part: bool) -> ScheduleView {
        if self.is_whole() {
            return view;
        }
        let stopped = view.schedule.state == ScheduleState::Stopped;
        if part {
            view.title = HIDDEN.to_owned();
        }
        if part || view.schedule.notice.as_ref().is_some_and(|notice| self.is_named(notice)) {
            view.schedule.notice = stopped.then(|| HIDDEN.to_owned());
            view.sentence = words::sentence(&view.schedule);
        }
        view.touches.retain(|id| self.resource(id));
        view.notes = view.notes.into_iter().map(|note| self.words(note)).collect();
        view.notes.dedup();
        view
    }

    /// `None` for one that does nothing that may be seen.
    pub(crate) fn of_trigger(&self, mut trigger: TriggerView) -> Option<TriggerView> {
        let all = trigger.edits.len();
        trigger.edits.retain(|edit| self.resource(&edit.target));
        if trigger.edits.is_empty() && all > 0 {
            return None;
        }
        trigger.check = self.of_check(trigger.check);
        let part = trigger.edits.len() < all;
        if part {
            (trigger.name, trigger.title, trigger.reason) = (HIDDEN.into(), HIDDEN.into(), String::new());
        }
        trigger.powerless = trigger.powerless.map(|why| self.words(why));
        trigger.newest = trigger.newest.map(|firing| self.of_firing(firing, part));
        Some(trigger)
    }

    pub(crate) fn of_firing(&self, mut firing: FiringView, part: bool) -> FiringView {
        firing.detail = self.words(firing.detail);
        if part {
            (firing.detail, firing.excerpt) = (HIDDEN.to_owned(), String::new());
        }
        firing
    }

    /// `hides` says it of the change with a number.
    pub(crate) fn of_git(&self, mut seen: GitSeen, hides: impl Fn(u64) -> bool) -> GitSeen {
        if self.is_whole() {
            return seen;
        }
        seen.branches = seen.branches.into_iter().map(|branch| self.of_branch(branch, &hides)).collect();
        seen
    }

    /// Of a commit that can't become a change nobody knows what it is about: only what is wrong with it says.
    fn of_branch(&self, mut branch: BranchSeen, hides: impl Fn(u64) -> bool) -> BranchSeen {
        let problems = self.of_problems(branch.problems.clone());
        let told = branch.change.is_some_and(hides)
            || self.is_named(&branch.title)
            || self.is_named(&branch.branch)
            || branch.state == BranchState::Refused && problems != branch.problems;
        if told {
            (branch.branch, branch.title, branch.commit) = (HIDDEN.into(), HIDDEN.into(), String::new());
        }
        if told || self.is_named(&branch.words) {
            branch.words = HIDDEN.to_owned();
        }
        branch.problems = problems;
        branch
    }

    pub(crate) fn of_drift(&self, mut drift: Vec<Drift>) -> Vec<Drift> {
        drift.retain(|one| self.resource(&one.target));
        drift
    }

    /// A refusal, as far as it may be known.
    pub(crate) fn of_result<T>(&self, result: Result<T>) -> Result<T> {
        if self.is_whole() { result } else { result.map_err(|error| self.of_error(error)) }
    }

    fn of_error(&self, error: Error) -> Error {
        match error {
            Error::Invalid(problems) => Error::Invalid(self.of_problems(problems)),
            Error::Conflicts { conflicts, problems } => {
                let shown = |conflict: &Conflict| self.resource(&conflict.resource);
                let conflicts = conflicts.into_iter().filter(shown).collect();
                Error::Conflicts { conflicts, problems: self.of_problems(problems) }
            }
            // Whether what they judge is hidden in part is not known here.
            Error::Guardrails(verdicts) => Error::Guardrails(self.of_verdicts(verdicts, false)),
            Error::NeedsApproval(missing) => Error::NeedsApproval(Box::new(self.of_missing(*missing))),
            other => other,
        }
    }
}
