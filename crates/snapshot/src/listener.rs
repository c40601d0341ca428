//! A listener, made ready for requests.

use std::sync::Arc;

use http::HeaderName;
use switchyard_flags::Context;
use switchyard_model::ids::Key;
use switchyard_model::{Listener, Problem, Resource};

use crate::mapping::Mapping;
use crate::reads::Reads;
use crate::request::{RequestView, Untrusted, Visible};
use crate::route::CompiledRoute;
use crate::routing::Router;

/// A listener with its routes, made ready. Made by [`Snapshot::compile`](crate::Snapshot::compile) and never
/// changed.
#[derive(Debug)]
pub struct CompiledListener {
    /// Unique in the environment.
    pub key: Key,
    pub(crate) source: Arc<Resource>,
    /// All routes, by key: while these and the source are the same, so is this.
    pub(crate) by_key: Box<[Arc<CompiledRoute>]>,
    pub(crate) mapping: Mapping,
    untrusted: Untrusted,
    /// What its routes look at of a request.
    pub(crate) reads: Reads,
    pub(crate) router: Router,
}

impl CompiledListener {
    /// Reads a listener and puts its routes in order.
    pub(crate) fn compile(
        listener: &Listener,
        source: &Arc<Resource>,
        routes: Vec<Arc<CompiledRoute>>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mapping = Mapping::new(&listener.mapping, &mut problems);
        let mut untrusted = Vec::new();
        for (i, name) in listener.mapping.untrusted_headers.iter().enumerate() {
            match HeaderName::from_bytes(name.as_bytes()) {
                Ok(name) => untrusted.push(name),
                Err(_) => {
                    let path = format!("mapping.untrustedHeaders[{i}]");
                    problems.push(Problem::new(path, "is no header name").value(name.as_str()));
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(CompiledListener {
            key: listener.key.clone(),
            source: Arc::clone(source),
            mapping,
            untrusted: Untrusted::new(untrusted),
            reads: Reads::new(&routes),
            router: Router::new(&routes),
            by_key: routes.into(),
        })
    }

    /// The listener as people wrote it.
    pub fn source(&self) -> &Listener {
        match &*self.source {
            Resource::Listener(listener) => listener,
            other => unreachable!("a listener is made from a listener, not from a {}", other.kind()),
        }
    }

    /// Whether this incoming header is to be taken away before the request goes on: the mapping doesn't believe
    /// it, or it begins with [`OWN_HEADERS`](crate::OWN_HEADERS).
    pub fn removes(&self, header: &HeaderName) -> bool {
        self.untrusted.has(header)
    }

    /// All routes in the order in which they are tried: by priority, host, path, conditions, key, each route at
    /// the place of the most specific of its hosts.
    pub fn routes(&self) -> &[Arc<CompiledRoute>] {
        self.router.routes()
    }

    /// The request's context; `None` where it supplies no key of any kind. Headers that [`Self::removes`]
    /// names are as if they weren't there.
    pub fn context(&self, request: &RequestView<'_>) -> Option<Context> {
        self.mapping.context(self.visible(request))
    }

    pub(crate) fn visible<'a>(&'a self, request: &'a RequestView<'a>) -> Visible<'a> {
        Visible { request, untrusted: &self.untrusted }
    }
}
