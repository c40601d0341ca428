//! One environment at one revision.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use switchyard_flags::{Attributes, FlagSet};
use switchyard_model::ids::{Key, Scope};
use switchyard_model::{Kind, Problem, Resource, State};

use crate::listener::CompiledListener;
use crate::route::{self, CompiledRoute, Lookup};
use crate::wire::{WireItem, WireSet};

pub(crate) mod alters;

/// One environment at one revision, compiled. Immutable: a new one is made for each revision, and shares with
/// the one before all that did not change.
#[derive(Debug)]
pub struct Snapshot {
    /// The project's key.
    pub project: Key,
    /// The environment's key.
    pub environment: Key,
    /// The project's revision it was made from.
    pub revision: u64,
    wire: Arc<WireSet>,
    /// By key.
    listeners: Box<[Arc<CompiledListener>]>,
    attributes: OnceLock<Arc<Attributes>>,
}

impl Snapshot {
    /// Nothing, at revision 0.
    pub fn empty(project: &str, environment: &str) -> Snapshot {
        Snapshot {
            project: project.into(),
            environment: environment.into(),
            revision: 0,
            wire: Arc::new(WireSet::empty()),
            listeners: Box::default(),
            attributes: OnceLock::new(),
        }
    }

    /// Makes an environment's snapshot from a project's state, sharing with `previous`, a snapshot of the same
    /// environment, what it has ready. What comes out depends on the state alone, but for one case: where a
    /// flag's targeting was taken away, the flag's wire version is lifted above the one in `previous`.
    ///
    /// A flag without targeting in the environment is [`untouched`](switchyard_model::Targeting::untouched).
    ///
    /// # Errors
    /// All that can't be compiled. What [`validate`](switchyard_model::validate::validate) finds nothing in,
    /// compiles.
    pub fn compile(
        project: &str,
        environment: &str,
        state: &State,
        previous: Option<&Snapshot>,
    ) -> Result<Snapshot, Vec<Problem>> {
        let environment: Key = environment.into();
        let wire = WireSet::compile(state, &environment, previous.map(|p| &p.wire));
        let mut problems = Vec::new();
        let routes = routes(state, &environment, previous, &mut problems);
        let listeners = listeners(state, &environment, &routes, previous, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let (project, revision, attributes) = (project.into(), state.revision, OnceLock::new());
        Ok(Snapshot { project, environment, revision, wire, listeners, attributes })
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
            let routes = self.listeners.iter().flat_map(|listener| &listener.by_key);
            let mut splits = routes.filter_map(|route| route.split.divides_by()).peekable();
            match splits.peek() {
                None => Arc::clone(flags),
                Some(_) => Arc::new(flags.and(splits)),
            }
        })
    }

    /// All listeners, by key.
    pub fn listeners(&self) -> &[Arc<CompiledListener>] {
        &self.listeners
    }

    /// A listener with its routes.
    pub fn listener(&self, key: &str) -> Option<&CompiledListener> {
        let at = self.listeners.binary_search_by(|listener| (*listener.key).cmp(key)).ok()?;
        self.listeners.get(at).map(|listener| &**listener)
    }

    pub(crate) fn wire(&self) -> &WireSet {
        &self.wire
    }
}

/// All routes of an environment, those that `previous` has ready from there.
fn routes(
    state: &State,
    environment: &Key,
    previous: Option<&Snapshot>,
    problems: &mut Vec<Problem>,
) -> Vec<Arc<CompiledRoute>> {
    let before: rustc_hash::FxHashMap<&str, &Arc<CompiledRoute>> = previous
        .iter()
        .flat_map(|p| &p.listeners)
        .flat_map(|listener| listener.routes())
        .map(|route| (&*route.key, route))
        .collect();
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
    previous: Option<&Snapshot>,
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
        let before = previous.and_then(|p| {
            let at = p.listeners.binary_search_by(|before| before.key.cmp(&listener.key)).ok()?;
            p.listeners.get(at)
        });
        if let Some(before) = before
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
            let id = switchyard_model::ResourceId {
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
