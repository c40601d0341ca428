//! One environment at one revision.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use switchyard_flags::{Attributes, FlagSet};
use switchyard_model::ids::{Key, Scope};
use switchyard_model::route::Split;
use switchyard_model::{Kind, Problem, Resource, ResourceId, State};

use crate::listener::CompiledListener;
use crate::route::{self, CompiledRoute, Lookup};
use crate::wire::{WireItem, WireSet};

pub(crate) mod alters;

/// One environment at one revision, compiled. Immutable: a new one is made for each revision, and shares with
/// the one before all that did not change; what it costs to make grows with what did.
#[derive(Debug)]
pub struct Snapshot {
    /// The project's key.
    pub project: Key,
    /// The environment's key.
    pub environment: Key,
    /// The project's revision it was made from.
    pub revision: u64,
    wire: Arc<WireSet>,
    routing: Arc<Routing>,
    attributes: OnceLock<Arc<Attributes>>,
}

/// All listeners with their routes; shared whole with the snapshot before when nothing of it was touched.
#[derive(Debug, Default)]
struct Routing {
    /// By key.
    listeners: Box<[Arc<CompiledListener>]>,
    /// The flags that routes are split by.
    flags: rustc_hash::FxHashSet<Key>,
}

impl Snapshot {
    /// Nothing, at revision 0.
    pub fn empty(project: &str, environment: &str) -> Snapshot {
        Snapshot {
            project: project.into(),
            environment: environment.into(),
            revision: 0,
            wire: Arc::new(WireSet::empty()),
            routing: Arc::default(),
            attributes: OnceLock::new(),
        }
    }

    /// Makes an environment's snapshot from a project's state.
    ///
    /// A flag without targeting in the environment is [`untouched`](switchyard_model::Targeting::untouched).
    ///
    /// # Errors
    /// All that can't be compiled. What [`validate`](switchyard_model::validate::validate) finds nothing in,
    /// compiles.
    pub fn compile(project: &str, environment: &str, state: &State) -> Result<Snapshot, Vec<Problem>> {
        let environment: Key = environment.into();
        let wire = Arc::new(WireSet::compile(state, &environment));
        let routing = Arc::new(Routing::compile(state, &environment, &[])?);
        let (project, revision, attributes) = (project.into(), state.revision, OnceLock::new());
        Ok(Snapshot { project, environment, revision, wire, routing, attributes })
    }

    /// Makes the snapshot of a later state, which differs from this one's in the touched resources alone: those may
    /// be of other environments too, and be as they were. Flags and segments that were not touched are not even looked
    /// at; routes are, where something of them was touched.
    ///
    /// What comes out is what [`compile`](Self::compile) makes of the state, but for one case: where a flag's
    /// targeting was taken away, the flag's wire version is lifted above the one it had.
    ///
    /// # Errors
    /// As [`compile`](Self::compile).
    pub fn after(&self, state: &State, touched: &[ResourceId]) -> Result<Snapshot, Vec<Problem>> {
        let (project, environment) = (self.project.clone(), self.environment.clone());
        let wire = self.wire.after(state, &environment, touched);
        let routing = match self.routing.is_touched(&environment, touched) {
            true => Arc::new(Routing::compile(state, &environment, &self.routing.listeners)?),
            false => Arc::clone(&self.routing),
        };
        let attributes = match Arc::ptr_eq(&routing, &self.routing)
            && Arc::ptr_eq(wire.attributes(), self.wire.attributes())
        {
            true => self.attributes.clone(),
            false => OnceLock::new(),
        };
        let revision = state.revision;
        let next = Snapshot { project, environment, revision, wire, routing, attributes };
        // All that there is, compiled anew, would say the same: whoever forgets to name something finds out here.
        debug_assert!(state.len() > 300 || next.is_as_compiled(state), "something was touched and not said");
        Ok(next)
    }

    /// Whether compiling the state anew makes the same of it.
    fn is_as_compiled(&self, state: &State) -> bool {
        let anew = Snapshot::compile(&self.project, &self.environment, state);
        anew.is_ok_and(|anew| {
            !self.alters(&anew) && self.attributes().fingerprint() == anew.attributes().fingerprint()
        })
    }

    /// All flags, for evaluating them.
    pub fn flags(&self) -> &FlagSet {
        &self.wire.set
    }

    /// All flags on the wire, by key.
    pub fn wire_flags(&self) -> impl ExactSizeIterator<Item = &WireItem> {
        self.wire.flags.iter().map(|item| &item.wire)
    }

    /// All segments on the wire, by key.
    pub fn wire_segments(&self) -> impl ExactSizeIterator<Item = &WireItem> {
        self.wire.segments.iter().map(|item| &item.wire)
    }

    /// A flag on the wire.
    pub fn wire_flag(&self, key: &str) -> Option<&WireItem> {
        self.wire.flag(key).map(|item| &item.wire)
    }

    /// A segment on the wire.
    pub fn wire_segment(&self, key: &str) -> Option<&WireItem> {
        self.wire.segment(key).map(|item| &item.wire)
    }

    /// `{"flags":{KEY:…},"segments":{KEY:…}}`: everything a server-side SDK needs. Put together when first asked
    /// for, then shared.
    pub fn put_payload(&self) -> Bytes {
        self.wire.payload()
    }

    /// Another one when a flag or a segment is another one, and only then. 40 hexadecimal digits, without the
    /// quotes that HTTP puts around.
    pub fn etag(&self) -> &str {
        &self.wire.etag
    }

    /// The id of a flag's variation, by its index.
    pub fn variation_id(&self, flag: &str, index: usize) -> Option<&str> {
        Some(&self.wire.flag(flag)?.flag().variations.get(index)?.id)
    }

    /// The attributes of contexts that a rule, a percentage, a segment or a split looks at. Put together when
    /// first asked for, then shared.
    pub fn attributes(&self) -> &Arc<Attributes> {
        self.attributes.get_or_init(|| {
            let flags = self.wire.attributes();
            let routes = self.routing.listeners.iter().flat_map(|listener| &listener.by_key);
            let mut splits = routes.filter_map(|route| route.split.divides_by()).peekable();
            match splits.peek() {
                None => Arc::clone(flags),
                Some(_) => Arc::new(flags.and(splits)),
            }
        })
    }

    /// All listeners, by key.
    pub fn listeners(&self) -> &[Arc<CompiledListener>] {
        &self.routing.listeners
    }

    /// A listener with its routes.
    pub fn listener(&self, key: &str) -> Option<&CompiledListener> {
        self.routing.listener(key).map(|listener| &**listener)
    }

    pub(crate) fn wire(&self) -> &WireSet {
        &self.wire
    }
}

impl Routing {
    /// All listeners and routes of an environment, sharing those of `before` that are as they were.
    fn compile(
        state: &State,
        environment: &Key,
        before: &[Arc<CompiledListener>],
    ) -> Result<Routing, Vec<Problem>> {
        let mut problems = Vec::new();
        let routes = routes(state, environment, before, &mut problems);
        let flags = routes.iter().filter_map(|route| match &route.source().split {
            Split::Flag { flag, .. } => Some(flag.clone()),
            Split::Weight { .. } => None,
        });
        let flags = flags.collect();
        let listeners = listeners(state, environment, &routes, before, &mut problems);
        if problems.is_empty() { Ok(Routing { listeners, flags }) } else { Err(problems) }
    }

    fn is_touched(&self, environment: &Key, touched: &[ResourceId]) -> bool {
        touched.iter().any(|id| match id.kind {
            Kind::Route | Kind::Listener | Kind::Service => id.scope.environment() == Some(environment),
            Kind::Flag => self.flags.contains(&id.key),
            Kind::Targeting | Kind::Segment | Kind::Guardrail => false,
        })
    }

    fn listener(&self, key: &str) -> Option<&Arc<CompiledListener>> {
        find(&self.listeners, key)
    }
}

fn find<'a>(listeners: &'a [Arc<CompiledListener>], key: &str) -> Option<&'a Arc<CompiledListener>> {
    let at = listeners.binary_search_by(|listener| (*listener.key).cmp(key)).ok()?;
    listeners.get(at)
}

/// All routes of an environment, those that are ready in `before` from there.
fn routes(
    state: &State,
    environment: &Key,
    before: &[Arc<CompiledListener>],
    problems: &mut Vec<Problem>,
) -> Vec<Arc<CompiledRoute>> {
    let before: rustc_hash::FxHashMap<&str, &Arc<CompiledRoute>> =
        before.iter().flat_map(|listener| listener.routes()).map(|route| (&*route.key, route)).collect();
    let lookup = Lookup { state, environment };
    let mut routes = Vec::with_capacity(before.len());
    for (id, found) in state.of(&Scope::Environment(environment.clone()), Kind::Route) {
        let Resource::Route(route) = &*found.resource else { continue };
        let inputs = lookup.inputs(&found.resource, route);
        if let Some(before) = before.get(&*route.key)
            && same(&before.inputs, &inputs)
        {
            routes.push(Arc::clone(before));
            continue;
        }
        match route::compile(route, inputs, &lookup) {
            Ok(route) => routes.push(Arc::new(route)),
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.of(id))),
        }
    }
    routes
}

/// All listeners of an environment with their routes, by key.
fn listeners(
    state: &State,
    environment: &Key,
    routes: &[Arc<CompiledRoute>],
    before: &[Arc<CompiledListener>],
    problems: &mut Vec<Problem>,
) -> Box<[Arc<CompiledListener>]> {
    let mut by_listener: std::collections::BTreeMap<&str, Vec<Arc<CompiledRoute>>> = Default::default();
    for route in routes {
        by_listener.entry(&route.source().listener).or_default().push(Arc::clone(route));
    }
    let mut listeners = Vec::new();
    for (id, found) in state.of(&Scope::Environment(environment.clone()), Kind::Listener) {
        let Resource::Listener(listener) = &*found.resource else { continue };
        let routes = by_listener.remove(&*listener.key).unwrap_or_default();
        if let Some(before) = find(before, &listener.key)
            && same_resource(&before.source, &found.resource)
            && before.by_key.len() == routes.len()
            && before.by_key.iter().zip(&routes).all(|(a, b)| Arc::ptr_eq(a, b))
        {
            listeners.push(Arc::clone(before));
            continue;
        }
        match CompiledListener::compile(listener, &found.resource, routes) {
            Ok(listener) => listeners.push(Arc::new(listener)),
            Err(found) => problems.extend(found.into_iter().map(|problem| problem.of(id))),
        }
    }
    for (listener, routes) in by_listener {
        problems.extend(routes.iter().map(|route| {
            let id = ResourceId {
                scope: Scope::Environment(environment.clone()),
                kind: Kind::Route,
                key: route.key.clone(),
            };
            Problem::new("listener", "names a listener that does not exist").value(listener).of(&id)
        }));
    }
    listeners.into()
}

fn same(a: &[Arc<Resource>], b: &[Arc<Resource>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_resource(a, b))
}

fn same_resource(a: &Arc<Resource>, b: &Arc<Resource>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}
