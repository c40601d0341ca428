//! Makes routes ready.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use rustc_hash::FxHashMap;
use switchyard_model::ids::{Key, ResourceId, Scope};
use switchyard_model::route::{Action, DEFAULT_TIMEOUT_MS, Split};
use switchyard_model::{Flag, Kind, Problem, Resource, Route, Service, State};

use super::{CompiledAction, CompiledArm, CompiledRoute, Endpoint};
use crate::routing::conditions::Conditions;
use crate::routing::pattern::{HostPattern, PathPattern};
use crate::split::CompiledSplit;

const PLAIN_TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Finds what routes refer to.
pub(crate) struct Lookup<'a> {
    pub(crate) state: &'a State,
    pub(crate) environment: &'a Key,
}

impl<'a> Lookup<'a> {
    fn service(&self, key: &Key) -> Option<(&'a Service, &'a Arc<Resource>)> {
        let scope = Scope::Environment(self.environment.clone());
        let found = self.state.get(&ResourceId { scope, kind: Kind::Service, key: key.clone() })?;
        match &*found.resource {
            Resource::Service(service) => Some((service, &found.resource)),
            _ => None,
        }
    }

    fn flag(&self, key: &Key) -> Option<(&'a Flag, &'a Arc<Resource>)> {
        let id = ResourceId { scope: Scope::Project, kind: Kind::Flag, key: key.clone() };
        let found = self.state.get(&id)?;
        match &*found.resource {
            Resource::Flag(flag) => Some((flag, &found.resource)),
            _ => None,
        }
    }

    /// All that a compiled route depends on, the route first. What isn't there is left out.
    pub(crate) fn inputs(&self, resource: &Arc<Resource>, route: &Route) -> Box<[Arc<Resource>]> {
        let mut inputs = vec![Arc::clone(resource)];
        if let Split::Flag { flag, .. } = &route.split {
            inputs.extend(self.flag(flag).map(|(_, resource)| Arc::clone(resource)));
        }
        for arm in route.split.arms() {
            if let Action::Service { service, .. } = arm.action
                && let Some((_, resource)) = self.service(service)
                && !inputs.iter().any(|i| Arc::ptr_eq(i, resource))
            {
                inputs.push(Arc::clone(resource));
            }
        }
        inputs.into()
    }
}

/// Makes a route ready from its inputs.
///
/// # Errors
/// All that can't be compiled, with paths inside the route.
pub(crate) fn compile(
    route: &Route,
    inputs: Box<[Arc<Resource>]>,
    lookup: &Lookup<'_>,
) -> Result<CompiledRoute, Vec<Problem>> {
    let mut problems = Vec::new();
    let conditions = Conditions::new(&route.matches, &mut problems);
    let path = route.matches.path.as_ref().map(PathPattern::new).transpose();
    let path = path.unwrap_or_else(|problem| {
        problems.push(problem);
        None
    });
    let mut hosts: Vec<_> = route.matches.hosts.iter().map(|host| HostPattern::new(host)).collect();
    if hosts.is_empty() {
        hosts.push(HostPattern::Any);
    }
    let flag = match &route.split {
        Split::Flag { flag: key, .. } => {
            let found = lookup.flag(key).map(|(flag, _)| flag);
            if found.is_none() {
                problems.push(Problem::new("split.flag", "names a flag that does not exist").value(&**key));
            }
            found
        }
        Split::Weight { .. } => None,
    };
    let arms = arms(&route.split, lookup, &mut problems);
    let split = CompiledSplit::new(route, flag, &mut problems);
    let (Some(split), true) = (split, problems.is_empty()) else { return Err(problems) };
    let timeout = Duration::from_millis(route.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS).into());
    Ok(CompiledRoute {
        key: route.key.clone(),
        timeout,
        arms,
        priority: route.priority,
        hosts: hosts.into(),
        path,
        conditions,
        split,
        inputs,
    })
}

fn arms(split: &Split, lookup: &Lookup<'_>, problems: &mut Vec<Problem>) -> Box<[CompiledArm]> {
    let arms = split.arms();
    let indices: FxHashMap<&Key, usize> = arms.iter().enumerate().map(|(i, arm)| (arm.id, i)).collect();
    let mut compiled = Vec::with_capacity(arms.len());
    for (i, arm) in arms.iter().enumerate() {
        let path = format!("split.arms[{i}]");
        let fallback = arm.fallback.and_then(|id| {
            let index = indices.get(id).copied();
            if index.is_none() {
                let problem = Problem::new(format!("{path}.fallback"), "names an arm that does not exist");
                problems.push(problem.value(&**id));
            }
            index
        });
        match action(arm.action, lookup, &format!("{path}.action")) {
            Ok(action) => compiled.push(CompiledArm { id: arm.id.clone(), action, fallback }),
            Err(problem) => problems.push(problem),
        }
    }
    compiled.into()
}

fn action(action: &Action, lookup: &Lookup<'_>, path: &str) -> Result<CompiledAction, Problem> {
    let problem =
        |field: &str, reason: &str, value: &str| Problem::new(format!("{path}.{field}"), reason).value(value);
    let code = |status: u16| {
        StatusCode::from_u16(status)
            .map_err(|_| Problem::new(format!("{path}.status"), "is no HTTP status").value(status))
    };
    let header = |field: &str, text: &str| {
        HeaderValue::from_str(text)
            .map_err(|_| problem(field, "has characters that a header can't have", text))
    };
    Ok(match action {
        Action::Service { service, subset } => {
            let Some((found, _)) = lookup.service(service) else {
                return Err(problem("service", "names a service that does not exist", service));
            };
            let Some(subset) = found.subsets.iter().find(|s| s.id == *subset) else {
                return Err(problem("subset", "names a subset that the service does not have", subset));
            };
            let endpoint =
                |text: &String| Endpoint { authority: text.as_str().into(), address: text.parse().ok() };
            CompiledAction::Service {
                service: service.clone(),
                subset: subset.id.clone(),
                endpoints: subset.endpoints.iter().map(endpoint).collect(),
            }
        }
        Action::Redirect { location, status } => {
            CompiledAction::Redirect { status: code(*status)?, location: header("location", location)? }
        }
        Action::Fixed { status, body, content_type } => CompiledAction::Fixed {
            status: code(*status)?,
            content_type: match content_type {
                Some(text) => header("contentType", text)?,
                None => PLAIN_TEXT,
            },
            body: Bytes::copy_from_slice(body.as_bytes()),
        },
    })
}
