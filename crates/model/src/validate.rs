//! Judges resources: each by itself, and all of them together.
//!
//! Every mistake is told at once, with resource, path, value, reason and, where there is something to do, a
//! hint. What passes here compiles into a snapshot.

use std::collections::{BTreeSet, HashSet};

use crate::ids::{Key, ResourceId, Scope, check_key};
use crate::{Kind, Problem, Resource, State};

mod ambiguity;
mod attributes;
mod clauses;
mod cycles;
mod details;
mod flag;
mod guardrail;
mod listener;
mod paths;
mod references;
mod reports;
mod route;
mod segment;
mod service;
mod split;
mod targeting;

pub use crate::reference::{Reference, references};
pub use attributes::{AttributeUse, attributes_used};

use references::Index;
use reports::{Report, list};

/// Judges everything.
pub fn validate(state: &State) -> Vec<Problem> {
    let ids: Vec<_> = state.iter().map(|(id, _)| id.clone()).collect();
    let mut problems = vec![];
    for id in &ids {
        itself(state, id, &mut problems);
        among_others(state, id, &HashSet::new(), &mut problems);
    }
    together(state, &ids, &mut problems);
    problems
}

/// Judges what `touched` resources can have broken: themselves, what depends on them, and, where they were
/// taken away, that nothing misses them. Where the state was valid before they were touched, it is valid
/// when nothing is found.
pub fn validate_touched(state: &State, touched: &[ResourceId]) -> Vec<Problem> {
    let mut problems = vec![];
    // Several edits of one change may touch the same resource.
    let touched: BTreeSet<_> = touched.iter().cloned().collect();
    let (there, gone): (Vec<_>, Vec<_>) = touched.into_iter().partition(|id| state.get(id).is_some());
    let index = Index::around(state, there.iter().chain(&gone));

    let changed: HashSet<_> = there.iter().collect();
    let mut missed = HashSet::new();
    for id in &gone {
        // Those that were changed together with it tell by themselves that they name what is not there.
        let left: Vec<_> = index.direct(id).into_iter().filter(|user| !changed.contains(user)).collect();
        if !left.is_empty() {
            let names: Vec<_> = left.iter().map(ToString::to_string).collect();
            let reason = format!("can't be taken away: {} still {} it", list(&names), verb(&names));
            let hint = "change or take away what needs it in the same change";
            problems.push(Problem::new("", reason).of(id).hint(hint));
            missed.insert(id.clone());
        }
    }
    for id in there.iter().filter(|id| is_archived(state, id)) {
        let own = |user: &ResourceId| user.kind == Kind::Targeting && user.key == id.key;
        let needs = |user: &&ResourceId| !changed.contains(user) && !own(user) && !put_aside(state, user);
        let left: Vec<_> = index.direct(id).into_iter().filter(needs).collect();
        if !left.is_empty() {
            let names: Vec<_> = left.iter().map(ToString::to_string).collect();
            let reason = format!("can't be archived: {} still {} it", list(&names), verb(&names));
            let hint = "change or archive what needs it in the same change";
            problems.push(Problem::new("archived", reason).of(id).hint(hint));
            missed.insert(id.clone());
        }
    }
    for id in &there {
        itself(state, id, &mut problems);
        among_others(state, id, &HashSet::new(), &mut problems);
    }
    for id in index.all().iter().filter(|id| !changed.contains(id)) {
        among_others(state, id, &missed, &mut problems);
    }
    together(state, &there, &mut problems);
    problems
}

/// True for a flag that is put aside.
fn is_archived(state: &State, id: &ResourceId) -> bool {
    id.kind == Kind::Flag && state.flag(&id.key).is_some_and(|(flag, _)| flag.archived)
}

/// True for the targeting of a flag that is put aside, which nothing evaluates.
fn put_aside(state: &State, id: &ResourceId) -> bool {
    id.kind == Kind::Targeting && is_archived(state, &ResourceId::project(Kind::Flag, &id.key))
}

fn verb(names: &[String]) -> &'static str {
    if names.len() == 1 { "needs" } else { "need" }
}

/// Who refers to this resource directly: targetings by prerequisites and segments, segments by segments,
/// routes by listener, service and flag. A flag's own targetings are part of it and not listed.
pub fn dependents(state: &State, id: &ResourceId) -> Vec<ResourceId> {
    let own = |user: &ResourceId| id.kind == Kind::Flag && user.kind == Kind::Targeting && user.key == id.key;
    let mut users: Vec<_> = Index::around(state, std::slice::from_ref(id))
        .direct(id)
        .into_iter()
        .filter(|u| !own(u))
        .cloned()
        .collect();
    users.sort();
    users
}

/// What can be judged by looking at one resource alone.
fn itself(state: &State, id: &ResourceId, problems: &mut Vec<Problem>) {
    let Some(found) = state.get(id) else { return };
    let mut report = Report::of(id, problems);
    scope(state, id, &mut report);
    let (kind, key) = (found.resource.kind(), found.resource.key());
    if kind != id.kind {
        report.add(
            Problem::new("kind", format!("must be {:?}, as its name says", id.kind.word()))
                .value(kind.word()),
        );
    }
    if *key != id.key {
        report.add(Problem::new("key", format!("must be {:?}, as its name says", &*id.key)).value(&**key));
    }
    key_at(&mut report, "key", key);
    details::check(&mut report, &found.resource);
    match &*found.resource {
        Resource::Flag(flag) => flag::check(&mut report, flag),
        Resource::Targeting(targeting) => targeting::check(&mut report, targeting),
        Resource::Segment(segment) => segment::check(&mut report, segment),
        Resource::Service(service) => service::check(&mut report, service),
        Resource::Listener(listener) => listener::check(&mut report, listener),
        Resource::Route(route) => route::check(&mut report, route),
        Resource::Guardrail(guardrail) => guardrail::check(state, &mut report, guardrail),
    }
}

/// What of one resource depends on others. Missing ones in `told` were told already.
fn among_others(state: &State, id: &ResourceId, told: &HashSet<ResourceId>, problems: &mut Vec<Problem>) {
    let (Some(found), Scope::Environment(environment)) = (state.get(id), &id.scope) else { return };
    let mut report = Report::of(id, problems);
    for reference in references(id, &found.resource) {
        if told.contains(&reference.to) {
            continue;
        }
        if state.get(&reference.to).is_none() {
            references::missing(state, &mut report, &reference);
        } else if reference.path != "key" && is_archived(state, &reference.to) && !put_aside(state, id) {
            let problem = Problem::new(&*reference.path, "names a flag that is archived");
            report.add(problem.value(&*reference.to.key).hint("take it back from the archive first"));
        }
    }
    match &*found.resource {
        Resource::Targeting(targeting) => targeting::check_indexes(state, &mut report, targeting),
        Resource::Route(route) => route::check_among_others(state, environment, &mut report, route),
        _ => {}
    }
}

/// What several resources do to each other: cycles, and routes that can't be told apart.
fn together(state: &State, ids: &[ResourceId], problems: &mut Vec<Problem>) {
    cycles::check(state, ids, problems);
    ambiguity::check(state, ids, problems);
}

fn scope(state: &State, id: &ResourceId, report: &mut Report<'_>) {
    match &id.scope {
        Scope::Environment(_) if id.kind.is_project_scoped() => {
            report.add(Problem::new(
                "environment",
                format!("has no place here: a {} belongs to the project", id.kind),
            ));
        }
        Scope::Project if !id.kind.is_project_scoped() => {
            report.add(Problem::new("environment", format!("is missing: a {} belongs to one", id.kind)));
        }
        Scope::Environment(environment) if !state.environments.contains(environment) => {
            let known: Vec<_> = state.environments.iter().map(ToString::to_string).collect();
            let hint = match known.as_slice() {
                [] => "the project has no environment yet".to_owned(),
                known => format!("the project has {}", list(known)),
            };
            report.add(Problem::new("environment", "is not there").value(&**environment).hint(hint));
        }
        _ => {}
    }
}

fn key_at(report: &mut Report<'_>, path: impl Into<String>, key: &Key) {
    if let Some(reason) = check_key(key) {
        report.add(Problem::new(path, reason).value(&**key));
    }
}
