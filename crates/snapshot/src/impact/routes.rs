//! Which requests go somewhere else, and what each service then gets.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use switchyard_flags::{Context, NoRecorder};

use super::affected::Affected;
use super::{ArmMove, Limits, RouteImpact, Seen, ServiceImpact};
use crate::route::{CompiledAction, CompiledArm, CompiledRoute};
use crate::snapshot::alters::same_mapping;
use crate::{CompiledListener, SampledRequest, Snapshot};

const BETWEEN_LOOKS: usize = 1_024;

#[derive(Default)]
pub(super) struct Routes {
    pub(super) routes: Vec<RouteImpact>,
    pub(super) services: Vec<ServiceImpact>,
    pub(super) moved: usize,
}

pub(super) fn moves(
    before: &Snapshot,
    after: &Snapshot,
    affected: &Affected<'_>,
    seen: Seen<'_>,
    limits: &Limits<'_>,
) -> Option<Routes> {
    if affected.routes.is_empty() {
        return Some(Routes::default());
    }
    let mut tally = Tally::new([before, after], affected);
    for (index, request) in seen.requests.iter().enumerate() {
        if index % BETWEEN_LOOKS == 0 && (limits.stop)() {
            return None;
        }
        tally.request(request);
    }
    Some(tally.told(seen, affected, [before, after]))
}

/// Where a request goes.
#[derive(Clone, Copy, Default)]
struct Place<'s> {
    route: Option<&'s CompiledRoute>,
    arm: Option<&'s CompiledArm>,
}

#[derive(Default)]
struct OfRoute<'s> {
    requests: usize,
    moved: usize,
    moves: FxHashMap<(Option<&'s str>, Option<&'s str>), usize>,
}

struct Tally<'s, 'a> {
    sides: [&'s Snapshot; 2],
    affected: &'a Affected<'s>,
    routes: FxHashMap<&'s str, OfRoute<'s>>,
    /// By service and subset, requests before and after.
    services: FxHashMap<(&'s str, &'s str), [usize; 2]>,
    moved: usize,
}

impl<'s, 'a> Tally<'s, 'a> {
    fn new(sides: [&'s Snapshot; 2], affected: &'a Affected<'s>) -> Self {
        let (routes, services) = (FxHashMap::default(), FxHashMap::default());
        Tally { sides, affected, routes, services, moved: 0 }
    }

    fn request(&mut self, request: &SampledRequest) {
        let [before, after] = self.sides;
        let listeners = [before.listener(&request.listener), after.listener(&request.listener)];
        let from = place(before, listeners[0], request);
        let same_listener = match listeners {
            [Some(a), Some(b)] => std::ptr::eq(a, b),
            _ => false,
        };
        let to = match from.route {
            // Nothing about it differs, so neither does where it goes.
            Some(route) if same_listener && !self.affected.routes.contains(&*route.key) => from,
            None if same_listener => from,
            _ => place(after, listeners[1], request),
        };
        for (side, at) in [from, to].into_iter().enumerate() {
            if let Some(CompiledAction::Service { service, subset, .. }) = at.arm.map(|arm| &arm.action) {
                self.services.entry((&**service, &**subset)).or_default()[side] += 1;
            }
        }
        let moved = !goes_the_same_way(from, to);
        self.moved += usize::from(moved);
        self.count(from, to, moved);
    }

    fn count(&mut self, from: Place<'s>, to: Place<'s>, moved: bool) {
        let [old, new] = [from, to].map(|at| at.route.map(|route| &*route.key));
        let stays = old == new;
        let ids = [from, to].map(|at| at.arm.map(|arm| &*arm.id));
        let [lost, won] = if stays { [ids[1], None] } else { [None, ids[1]] };
        for (route, ends) in [(old, (ids[0], lost)), (new.filter(|_| !stays), (None, won))] {
            let Some(route) = route else { continue };
            let of = self.routes.entry(route).or_default();
            of.requests += 1;
            if moved {
                of.moved += 1;
                *of.moves.entry(ends).or_default() += 1;
            }
        }
    }

    fn told(self, seen: Seen<'_>, affected: &Affected<'_>, sides: [&Snapshot; 2]) -> Routes {
        let names: FxHashMap<&str, &CompiledRoute> = sides
            .into_iter()
            .flat_map(|side| side.listeners().iter().flat_map(|listener| listener.routes()))
            .map(|route| (&*route.key, &**route))
            .collect();
        let mut routes: BTreeMap<&str, OfRoute<'_>> = self.routes.into_iter().collect();
        routes.retain(|key, of| of.moved > 0 || affected.routes.contains(key));
        for key in &affected.routes {
            routes.entry(key).or_default();
        }
        let leads_to = |service: &str, subset: &str| {
            routes.keys().filter_map(|key| names.get(key)).flat_map(|route| &route.arms).any(|arm| {
                matches!(&arm.action, CompiledAction::Service { service: s, subset: u, .. }
                    if **s == *service && **u == *subset)
            })
        };
        let all = seen.requests.len().max(1) as f64;
        let mut services: Vec<ServiceImpact> = self
            .services
            .iter()
            .filter(|((service, subset), [before, after])| before != after || leads_to(service, subset))
            .map(|((service, subset), counts)| {
                let [before, after] = counts.map(|count| count as f64 / all);
                ServiceImpact {
                    service: (*service).to_owned(),
                    subset: (*subset).to_owned(),
                    before_percent: before * 100.0,
                    after_percent: after * 100.0,
                    before_rps: before * seen.requests_per_second,
                    after_rps: after * seen.requests_per_second,
                }
            })
            .collect();
        services.sort_by(|a, b| (&a.service, &a.subset).cmp(&(&b.service, &b.subset)));
        let routes = routes.into_iter().map(|(key, of)| of.told(key, names.get(key).copied()));
        Routes { routes: routes.collect(), services, moved: self.moved }
    }
}

impl OfRoute<'_> {
    fn told(self, key: &str, route: Option<&CompiledRoute>) -> RouteImpact {
        let name = route.map(|route| route.source().name.clone()).filter(|name| !name.is_empty());
        let mut moves: Vec<ArmMove> = self
            .moves
            .into_iter()
            .map(|((from, to), requests)| ArmMove {
                from: from.map(str::to_owned),
                to: to.map(str::to_owned),
                requests,
            })
            .collect();
        moves.sort_by(|a, b| (b.requests, &a.from, &a.to).cmp(&(a.requests, &b.from, &b.to)));
        RouteImpact {
            route: key.to_owned(),
            name: name.unwrap_or_else(|| key.to_owned()),
            requests: self.requests,
            moved: self.moved,
            moves,
        }
    }
}

/// What the gateway would do.
fn place<'s>(
    snapshot: &'s Snapshot,
    listener: Option<&'s CompiledListener>,
    request: &SampledRequest,
) -> Place<'s> {
    let Some(listener) = listener else { return Place::default() };
    let view = request.view();
    let Some(route) = listener.router.find(listener.visible(&view)) else { return Place::default() };
    let context = route.split.asks_who().then(|| context_at(listener, request)).flatten();
    let arm = snapshot.divide(&route.split, context.as_deref(), request.random, &mut NoRecorder).arm;
    Place { route: Some(route), arm: arm.and_then(|arm| route.arms.get(arm)) }
}

/// Who the request is from: as it was mapped, or mapped anew where the listener maps in another way.
fn context_at<'r>(listener: &CompiledListener, request: &'r SampledRequest) -> Option<Cow<'r, Context>> {
    if Arc::ptr_eq(&request.mapped_by, &listener.source) || same_mapping(&request.mapped_by, &listener.source)
    {
        return request.context.as_ref().map(Cow::Borrowed);
    }
    listener.context(&request.view()).map(Cow::Owned)
}

fn goes_the_same_way(from: Place<'_>, to: Place<'_>) -> bool {
    from.route.map(|route| &route.key) == to.route.map(|route| &route.key)
        && match (from.arm, to.arm) {
            (Some(from), Some(to)) => {
                std::ptr::eq(from, to) || from.id == to.id && from.action.leads_where(&to.action)
            }
            (None, None) => true,
            _ => false,
        }
}

impl CompiledAction {
    /// Whether both lead to the same; where a service's subset is found does not count.
    fn leads_where(&self, other: &CompiledAction) -> bool {
        use CompiledAction::{Fixed, Redirect, Service};
        match (self, other) {
            (Service { service: a, subset: b, .. }, Service { service: c, subset: d, .. }) => {
                (a, b) == (c, d)
            }
            (Redirect { status: a, location: b }, Redirect { status: c, location: d }) => (a, b) == (c, d),
            (
                Fixed { status: a, content_type: b, body: c },
                Fixed { status: d, content_type: e, body: f },
            ) => (a, b, c) == (d, e, f),
            _ => false,
        }
    }
}
