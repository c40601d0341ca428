//! Who is affected: both snapshots run over the contexts and requests that were seen, and those told for whom
//! the answer is another one.
//!
//! Only what can answer differently is run: the flags that differ, those that ask for them or for segments that
//! differ, and requests where a route differs or divides by such a flag. Nothing is allocated for one who keeps
//! what they have.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};
use switchyard_model::ResourceId;

use crate::{SampledContext, SampledRequest, Snapshot};

mod affected;
mod examples;
mod flags;
mod groups;
mod missing;
mod routes;

pub use affected::affected_flags;
pub use missing::{ENOUGH, Missing};

/// What was seen, to try both snapshots on.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Who.
    pub contexts: &'a [Arc<SampledContext>],
    /// What they asked for.
    pub requests: &'a [Arc<SampledRequest>],
    /// How many requests came a second while these did, with those that are not among them.
    pub requests_per_second: f64,
}

/// How to preview.
pub struct Limits<'a> {
    /// At most so many examples a flag.
    pub examples: usize,
    /// At most so many evaluations: where there are more flags than that leaves room for, each is asked about
    /// fewer contexts, and says about how many.
    pub evaluations: usize,
    /// Asked now and then; where it says so, nobody waits for the answer any more.
    pub stop: &'a dyn Fn() -> bool,
}

/// Who is affected by going from one snapshot to another.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Impact {
    /// The flags that differ, and of those that depend on them the ones that move somebody; by key.
    pub flags: Vec<FlagImpact>,
    /// The routes that differ or divide by a flag that does, and those that win or lose a request; by key.
    pub routes: Vec<RouteImpact>,
    /// The services these lead to, and what each gets of all requests seen.
    pub services: Vec<ServiceImpact>,
    /// What depends on what differs.
    pub dependents: Vec<Dependent>,
    /// Different contexts of those looked at that get something else from some flag.
    pub contexts_moved: usize,
    /// Requests that go somewhere else.
    pub requests_moved: usize,
    /// What was not known of those seen and matters here.
    #[serde(skip)]
    pub missing: Vec<Missing>,
    /// Whether flags answer by who asks, and routes by what comes in, differently at all.
    #[serde(skip)]
    pub asks: Asks,
}

/// What a judgement rests on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asks {
    /// On contexts.
    pub contexts: bool,
    /// On requests.
    pub requests: bool,
}

/// What a flag's answers become.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlagImpact {
    /// Its key.
    pub flag: String,
    /// What people call it.
    pub name: String,
    /// How many contexts it was asked for.
    pub asked: usize,
    /// How many of them get something else.
    pub moved: usize,
    /// From what to what; the most first.
    pub moves: Vec<Move>,
    /// Who they are: the values that most of them share. A context counts once for each of its attributes.
    pub by: Vec<Group>,
    /// Some of them.
    pub examples: Vec<Example>,
}

/// Contexts that move alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Move {
    /// What they get now; `null` where the flag is not there or has no answer.
    pub from: Option<Served>,
    /// What they would get.
    pub to: Option<Served>,
    /// How many.
    pub contexts: usize,
}

/// A variation that is served.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Served {
    /// Its index in the flag.
    pub variation: usize,
    /// Its id; where only the value of a variation differs, with the value.
    pub label: String,
}

/// Those that move and have a value in common.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// The kind of context.
    pub context_kind: String,
    /// The attribute.
    pub attribute: String,
    /// A text, a number, `true` or `false`.
    pub value: Value,
    /// How many.
    pub contexts: usize,
}

/// Somebody who gets something else.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Example {
    /// The context's key.
    pub key: String,
    /// Its kind: `user` where it has one.
    pub context_kind: String,
    /// What is kept of its attributes; of several kinds those of this kind.
    pub attributes: Map<String, Value>,
    /// What it gets now.
    pub from: Option<Served>,
    /// What it would get.
    pub to: Option<Served>,
    /// What decides then, in words.
    pub why: String,
    /// What decides now.
    pub why_before: String,
}

/// What becomes of a route's requests.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteImpact {
    /// Its key.
    pub route: String,
    /// What people call it.
    pub name: String,
    /// How many requests it takes now or would take.
    pub requests: usize,
    /// How many of them go somewhere else.
    pub moved: usize,
    /// From which arm to which; the most first.
    pub moves: Vec<ArmMove>,
}

/// Requests that move alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArmMove {
    /// The arm's id; `null` where the route does not take them, or serves nobody.
    pub from: Option<String>,
    /// The arm's id; the same where only what it leads to differs.
    pub to: Option<String>,
    /// How many.
    pub requests: usize,
}

/// What a service gets of all requests.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceImpact {
    /// Its key.
    pub service: String,
    /// The subset's id.
    pub subset: String,
    /// 0 to 100 of the requests seen.
    pub before_percent: f64,
    /// 0 to 100 of the requests seen.
    pub after_percent: f64,
    /// Requests a second.
    pub before_rps: f64,
    /// Requests a second.
    pub after_rps: f64,
}

/// Something that depends on what differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dependent {
    /// Which resource.
    pub target: ResourceId,
    /// How, in words.
    pub why: String,
}

/// Runs both snapshots, of the same environment, over what was seen. `None` where it was stopped.
pub fn preview(before: &Snapshot, after: &Snapshot, seen: Seen<'_>, limits: &Limits<'_>) -> Option<Impact> {
    let affected = affected::between(before, after);
    let flags = flags::moves(before, after, &affected, seen.contexts, limits)?;
    let routes = routes::moves(before, after, &affected, seen, limits)?;
    Some(Impact {
        missing: missing::between(before, after, &affected, seen),
        asks: Asks { contexts: !affected.flags.is_empty(), requests: !affected.routes.is_empty() },
        flags: flags.flags,
        contexts_moved: flags.moved,
        routes: routes.routes,
        services: routes.services,
        requests_moved: routes.moved,
        dependents: affected.dependents,
    })
}
