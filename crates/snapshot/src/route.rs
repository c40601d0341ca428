//! A route, made ready for requests.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use switchyard_model::ids::Key;
use switchyard_model::{Resource, Route};

use crate::routing::conditions::Conditions;
use crate::routing::pattern::{HostPattern, PathPattern};
use crate::split::CompiledSplit;

mod compile;

pub(crate) use compile::{Lookup, compile};

/// A route, made ready. Made by [`Snapshot::compile`](crate::Snapshot::compile) and never changed.
#[derive(Debug)]
pub struct CompiledRoute {
    /// Unique in the environment.
    pub key: Key,
    /// How long an answer's head may take.
    pub timeout: Duration,
    /// 1 to 100, in the order of the route's split.
    pub arms: Box<[CompiledArm]>,
    pub(crate) priority: i32,
    /// At least one.
    pub(crate) hosts: Box<[HostPattern]>,
    pub(crate) path: Option<PathPattern>,
    pub(crate) conditions: Conditions,
    pub(crate) split: CompiledSplit,
    /// All that it was made from, the route itself first: while these are the same, so is this.
    pub(crate) inputs: Box<[Arc<Resource>]>,
}

/// A part of a split.
#[derive(Debug)]
pub struct CompiledArm {
    /// Unique in the route; in a split by flag it is the variation's.
    pub id: Key,
    /// What it leads to.
    pub action: CompiledAction,
    /// The index of the arm that answers when none of this one's endpoints can be reached.
    pub fallback: Option<usize>,
}

/// What an arm leads to.
#[derive(Debug)]
pub enum CompiledAction {
    /// One subset of a service. Where it is are these endpoints and those that are discovered.
    Service {
        /// The service's key.
        service: Key,
        /// The subset's id.
        subset: Key,
        /// The fixed ones.
        endpoints: Box<[Endpoint]>,
    },
    /// Sends the client elsewhere.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: StatusCode,
        /// The `Location`.
        location: HeaderValue,
    },
    /// Answers by itself.
    Fixed {
        /// 200 to 599.
        status: StatusCode,
        /// The `Content-Type`.
        content_type: HeaderValue,
        /// At most 64 KiB.
        body: Bytes,
    },
}

/// A fixed endpoint of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// As it is written: `host:port`.
    pub authority: Arc<str>,
    /// Its address, where the host is one; a name must be resolved.
    pub address: Option<SocketAddr>,
}

impl CompiledRoute {
    /// The route as people wrote it.
    pub fn source(&self) -> &Route {
        match &*self.inputs[0] {
            Resource::Route(route) => route,
            other => unreachable!("a route is made from a route, not from a {}", other.kind()),
        }
    }

    /// The flag that divides the requests, where one does.
    pub fn flag(&self) -> Option<&Key> {
        match &self.split {
            CompiledSplit::Flag { flag, .. } => Some(flag),
            CompiledSplit::Weight { .. } => None,
        }
    }

    /// The path for the upstream. With `rewritePath`, the matched part becomes that: the whole path of an
    /// exact match, a template, or a route that asks for no path; the prefix of a prefix match, after which
    /// there is one slash between it and the rest.
    pub fn rewritten<'a>(&'a self, path: &'a str) -> Cow<'a, str> {
        let Some(to) = self.source().rewrite_path.as_deref() else { return Cow::Borrowed(path) };
        let matched = self.path.as_ref().map_or(Some(path.len()), |pattern| pattern.matched(path));
        match matched.map(|end| &path[end..]) {
            None => Cow::Borrowed(path),
            Some("") => Cow::Borrowed(to),
            Some(rest) => Cow::Owned(format!("{}{rest}", to.strip_suffix('/').unwrap_or(to))),
        }
    }
}
