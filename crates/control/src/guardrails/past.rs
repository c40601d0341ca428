//! A guardrail tried on past changes, before it is switched on.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde::Serialize;
use switchyard_model::access::Action;
use switchyard_model::validate::validate_touched;
use switchyard_model::{Guardrail, Kind, Origin, Resource, ResourceId, Revision, State};
use switchyard_store::Query;

use super::facts::Case;
use super::judge::{self, Verdict};
use super::{mistakes, production};
use crate::{Control, Error, Principal, Result};

/// The most revisions that are looked at.
pub const PAST_MAX: u32 = 1_000;
/// How long it may take. What is not reached by then is left out, and told by the count.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a guardrail would have said of past changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tried {
    /// How many revisions it was held against, from the newest on; those it does not look at are not counted.
    pub tried: usize,
    /// How many of them it would have stopped.
    pub stopped: usize,
    /// One for each, newest first.
    pub results: Vec<TriedOn>,
}

/// What it would have said of one revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TriedOn {
    /// The revision.
    pub revision: u64,
    /// Its title.
    pub title: String,
    /// Whether it satisfies the guardrail.
    pub passed: bool,
    /// Whether it could not have been applied.
    pub stopped: bool,
    /// What its author would have been told; empty where it passed.
    pub message: String,
    /// Why the rule could not be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Control {
    /// Holds a guardrail against the last revisions, newest first, as if it had been there. Nothing is kept.
    /// Who was affected at the time is not known any more.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what is wrong with the guardrail; [`Error::NotFound`], [`Error::Denied`] for
    /// those who may not edit guardrails.
    pub async fn try_guardrail(
        &self,
        principal: &Principal,
        project: &str,
        guardrail: Guardrail,
        revisions: u32,
    ) -> Result<Tried> {
        self.authorize(principal, Action::Administer, Some(project))?;
        let handle = self.handle(project)?;
        let head = handle.state();
        let checked = guardrail.clone();
        let problems = {
            let head = head.clone();
            tokio::task::spawn_blocking(move || problems(head, checked)).await?
        };
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let query = Query { limit: revisions.min(PAST_MAX), ..Query::default() };
        let page = self.inner.store.revisions(project, &query).await?;
        let Some(newest) = page.items.first() else {
            return Ok(Tried { tried: 0, stopped: 0, results: vec![] });
        };
        let after = self.state_of(&handle, newest.number).await?;
        let sight = self.sight(principal, &handle);
        let mut hiding = BTreeSet::new();
        for revision in page.items.iter().filter(|_| !sight.is_whole()) {
            if self.revision_hides(&sight, project, revision.number).await? {
                hiding.insert(revision.number);
            }
        }
        let said: Vec<_> = page.items.iter().map(|revision| self.said(revision)).collect();
        let past: Vec<_> = page.items.into_iter().zip(said).collect();
        let (key, production, rules) = (handle.key.clone(), production(&handle), handle.rules.clone());
        let work = move || {
            let until = Instant::now() + PATIENCE;
            let mut after = after;
            let mut results = vec![];
            for (revision, said) in past.iter().take_while(|_| Instant::now() < until) {
                let case = Case::again(&key, &after, &revision.edits, production.clone());
                after = case.before.clone();
                // The product set it up before anybody could have made guardrails.
                if revision.origin != Origin::Setup && !hiding.contains(&revision.number) {
                    let verdict = judge::try_one(&rules, &guardrail, &case, said);
                    results.extend(verdict.map(|verdict| tried_on(revision, verdict)));
                }
            }
            let stopped = results.iter().filter(|result| result.stopped).count();
            Tried { tried: results.len(), stopped, results }
        };
        Ok(tokio::task::spawn_blocking(work).await?)
    }
}

fn tried_on(revision: &Revision, verdict: Verdict) -> TriedOn {
    TriedOn {
        revision: revision.number,
        title: revision.title.clone(),
        passed: verdict.passed,
        stopped: verdict.blocks(),
        message: if verdict.passed { String::new() } else { verdict.message },
        error: verdict.error,
    }
}

/// What would be wrong with the guardrail in this state.
fn problems(mut state: State, guardrail: Guardrail) -> Vec<switchyard_model::Problem> {
    let id = ResourceId::project(Kind::Guardrail, &guardrail.key);
    let mut problems = mistakes(std::slice::from_ref(&guardrail));
    let revision = state.revision + 1;
    state.set(id.clone(), Some(Resource::Guardrail(guardrail).into()), revision);
    problems.extend(validate_touched(&state, &[id]));
    problems
}
