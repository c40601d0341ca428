//! Which route takes a request.
//!
//! **The order.** Routes are tried from the highest `priority` to the lowest. Among equals the more specific
//! one comes first: by host (exact, then `*.` with the longer domain, then any), then by path (exact; template,
//! with more literal segments first, then without `{name...}`, then with more segments; prefix with more
//! segments; any), then by how many conditions it has (all methods together are one, each header and each
//! query parameter one), and at last by key. A route with several hosts stands in the order once for each.
//!
//! **The structure.** That order depends on no request, so each pair of route and host gets its place in it as
//! a number once. A search visits the tree of the exact host, those of the domains above it, and that of any
//! host; in each it walks the path's segments and keeps the least number whose conditions hold. Subtrees that
//! hold nothing less are left out. What it costs depends on the path's segments and the host's labels; only
//! routes with the same host and path, which differ by method, headers or query, are tried one by one.

use std::cmp::Reverse;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::request::Visible;
use crate::route::CompiledRoute;

pub(crate) mod conditions;
pub(crate) mod pattern;
mod tree;

use pattern::{HostPattern, HostRank, PathRank, domains_above};
use tree::{Search, Tree};

/// A route at one place of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The place: the least is tried first.
    order: u32,
    /// The route's index in [`Router::routes`].
    route: u32,
}

/// The routes of one listener.
#[derive(Debug)]
pub(crate) struct Router {
    /// In the order in which they are tried, by the most specific of their hosts.
    routes: Box<[Arc<CompiledRoute>]>,
    exact: FxHashMap<Box<str>, Tree>,
    below: FxHashMap<Box<str>, Tree>,
    any: Tree,
}

/// A route's place in the order, for one of its hosts.
type Place<'a> = (Reverse<i32>, HostRank, PathRank, Reverse<usize>, &'a str);

fn place<'a>(route: &'a CompiledRoute, host: &HostPattern) -> Place<'a> {
    let path = route.path.as_ref().map_or(PathRank::Any, |p| p.rank());
    (Reverse(route.priority), host.rank(), path, Reverse(route.conditions.count()), &route.key)
}

impl Router {
    /// Puts the routes, whose keys are unique, in order.
    pub(crate) fn new(routes: &[Arc<CompiledRoute>]) -> Self {
        let mut places: Vec<(Place<'_>, &HostPattern, &Arc<CompiledRoute>)> = routes
            .iter()
            .flat_map(|route| route.hosts.iter().map(move |host| (place(route, host), host, route)))
            .collect();
        places.sort_by(|a, b| a.0.cmp(&b.0));

        let mut router = Router {
            routes: Box::default(),
            exact: FxHashMap::default(),
            below: FxHashMap::default(),
            any: Tree::new(),
        };
        let mut indices: FxHashMap<&str, u32> = FxHashMap::default();
        let mut ordered: Vec<Arc<CompiledRoute>> = Vec::with_capacity(routes.len());
        for (order, (_, host, route)) in (0..).zip(&places) {
            let index = *indices.entry(&route.key).or_insert_with(|| {
                ordered.push(Arc::clone(route));
                u32::try_from(ordered.len() - 1).expect("fewer than 2^32 routes fit into memory")
            });
            let tree = match host {
                HostPattern::Exact(name) => router.exact.entry(name.clone()).or_insert_with(Tree::new),
                HostPattern::Below(name) => router.below.entry(name.clone()).or_insert_with(Tree::new),
                HostPattern::Any => &mut router.any,
            };
            tree.push(route.path.as_ref(), Entry { order, route: index });
        }
        router.routes = ordered.into();
        router
    }

    /// All routes in the order in which they are tried.
    pub(crate) fn routes(&self) -> &[Arc<CompiledRoute>] {
        &self.routes
    }

    /// The first route in the order that takes the request.
    pub(crate) fn find(&self, request: Visible<'_>) -> Option<&CompiledRoute> {
        let mut search =
            Search::new(|entry: Entry| self.routes[entry.route as usize].conditions.miss(request).is_none());
        let path = request.request.path;
        if !(self.exact.is_empty() && self.below.is_empty()) {
            let host = request.request.plain_host();
            if let Some(tree) = self.exact.get(&*host) {
                tree.search(path, &mut search);
            }
            if !self.below.is_empty() {
                for tree in domains_above(&host).filter_map(|domain| self.below.get(domain)) {
                    tree.search(path, &mut search);
                }
            }
        }
        self.any.search(path, &mut search);
        search.found.map(|entry| &*self.routes[entry.route as usize])
    }
}
