//! Routes in one environment, with what really goes where.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchyard_contract::EndpointKey;
use switchyard_model::ids::{Key, Kind, Scope};
use switchyard_model::route::{Action, PathMatch, Split};
use switchyard_model::{Listener, Resource, Route, State as Resources};
use switchyard_snapshot::Snapshot;
use switchyard_snapshot::sentences::{Sentence, match_sentence, route_sentence};
use switchyard_telemetry::{ArmTotals, Place, RouteTotals};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::{schema, search};
use crate::app::App;
use crate::extract::{Params, Segments};
use crate::paging::{self, Page};
use crate::problem::Problems;

/// The seconds over which an arm's numbers are counted, unless the request says otherwise.
const WINDOW: u32 = 60;

/// The seconds that an arm's series covers: Home's plots.
const SERIES: u32 = 900;

/// An arm and what really goes through it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArmTraffic {
    #[schema(value_type = String)]
    arm: Key,
    /// What it leads to, in words.
    leads_to: String,
    /// In 100,000ths; absent where a flag decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<u32>,
    requests_per_second: f64,
    /// 0 to 100 of the route's requests.
    share_percent: f64,
    /// 0 to 100.
    error_percent: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    p50_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p95_ms: Option<f64>,
    endpoints: Endpoints,
    /// Requests per bucket of the last 15 minutes, as in Traffic, newest last.
    series: Vec<u64>,
}

/// An arm's endpoints; none where it answers by itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Endpoints {
    healthy: usize,
    total: usize,
}

/// A route in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RouteSummary {
    #[schema(value_type = String)]
    key: Key,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[schema(value_type = String)]
    listener: Key,
    /// The newest revision that touched it.
    revision: u64,
    #[schema(value_type = Vec<schema::SentencePart>)]
    match_sentence: Sentence,
    #[schema(value_type = Vec<schema::SentencePart>)]
    sentence: Sentence,
    by: SplitBy,
    /// The flag, where one decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    flag: Option<Key>,
    arms: Vec<ArmTraffic>,
    requests_per_second: f64,
    error_percent: f64,
    /// 1 is tried first on its listener.
    order: usize,
}

/// What divides a route's requests.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum SplitBy {
    Weight,
    Flag,
}

/// A route.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RouteDetail {
    #[serde(flatten)]
    summary: RouteSummary,
    #[schema(value_type = schema::Route)]
    route: Route,
    #[schema(value_type = schema::Listener)]
    listener_spec: Listener,
    /// What the numbers are counted over.
    window_seconds: u32,
    /// The requests of the window.
    requests: u64,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Words, each in the key, name, description, a tag, a host, the path, a backend or what the owner is called.
    q: Option<String>,
    /// Whose: a member's id, a team's key, or any name.
    owner: Option<String>,
    /// Numbers are counted over so many seconds, 60 where absent.
    seconds: Option<u32>,
    /// As it was at this revision; as it is where absent. What is live is left out then.
    at: Option<u64>,
    cursor: Option<String>,
    /// 1 to 500.
    limit: Option<u32>,
}

/// The environment's routes, by key.
#[utoipa::path(
    get,
    path = "/routes",
    tag = "routes",
    params(("project" = String, Path), ("environment" = String, Path), ListParams),
    responses((status = 200, body = Page<RouteSummary>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
    Params(params): Params<ListParams>,
) -> Result<axum::Json<Page<RouteSummary>>, Problems> {
    let resources = caller.environment_at(&app, &project, &environment, params.at).await?;
    let words = search::words(params.q.as_deref());
    let scope = Scope::Environment(environment.as_str().into());
    let found: Vec<(&Route, u64)> = resources
        .of(&scope, Kind::Route)
        .filter_map(|(_, found)| match &*found.resource {
            Resource::Route(route) => Some((&**route, found.revision)),
            _ => None,
        })
        .filter(|(route, _)| {
            params.owner.as_ref().is_none_or(|owner| route.owner.as_ref() == Some(owner))
                && search::finds(&app, &words, route.owner.as_deref(), texts(route))
        })
        .collect();
    let head = resources.revision;
    let page = paging::page(found, |(route, _)| &route.key, params.cursor.as_deref(), params.limit, head)?;
    let then = then(&app, &caller, &project, &environment, params.at).await?;
    let view = View::new(&app, &project, &environment, &resources, params.seconds, then);
    let items = page.items.into_iter().map(|(route, revision)| view.summary(route, revision).0).collect();
    Ok(axum::Json(Page { items, total: page.total, next: page.next, revision: page.revision }))
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DetailParams {
    /// Numbers are counted over so many seconds, 60 where absent.
    seconds: Option<u32>,
    /// As it was at this revision; as it is where absent. What is live is left out then.
    at: Option<u64>,
}

/// A route and what really goes where.
#[utoipa::path(
    get,
    path = "/routes/{key}",
    tag = "routes",
    params(("project" = String, Path), ("environment" = String, Path), ("key" = String, Path), DetailParams),
    responses((status = 200, body = RouteDetail)),
)]
pub(super) async fn detail(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment, key)): Segments<(String, String, String)>,
    Params(params): Params<DetailParams>,
    headers: HeaderMap,
) -> Result<Response, Problems> {
    let resources = caller.environment_at(&app, &project, &environment, params.at).await?;
    let id = switchyard_model::ResourceId::environment(&environment, Kind::Route, &key);
    let missing = || Problems::not_found(format!("The environment has no route {key:?}."));
    let found = resources.get(&id).ok_or_else(missing)?;
    let Resource::Route(route) = &*found.resource else { return Err(missing()) };
    let listener = resources.listener(&environment, &route.listener).ok_or_else(missing)?;
    let then = then(&app, &caller, &project, &environment, params.at).await?;
    let view = View::new(&app, &project, &environment, &resources, params.seconds, then);
    let (summary, requests) = view.summary(route, found.revision);
    let detail = RouteDetail {
        summary,
        route: Route::clone(route),
        listener_spec: listener.clone(),
        window_seconds: view.seconds,
        requests,
    };
    Ok(crate::etag::live_json(&headers, &detail))
}

/// What people look for a route by.
fn texts(route: &Route) -> impl Iterator<Item = &str> + Clone {
    let path = route.matches.path.as_ref().map(|path| match path {
        PathMatch::Exact(path) | PathMatch::Prefix(path) | PathMatch::Template(path) => path.as_str(),
    });
    let backends = route.split.arms().into_iter().filter_map(|arm| match arm.action {
        Action::Service { service, .. } => Some(&**service),
        _ => None,
    });
    [&*route.key, &route.name, &route.description]
        .into_iter()
        .chain(route.tags.iter().map(String::as_str))
        .chain(route.matches.hosts.iter().map(String::as_str))
        .chain(path)
        .chain(backends)
}

/// The snapshot of then, where it is not now that is asked for.
async fn then(
    app: &App,
    caller: &Caller,
    project: &str,
    environment: &str,
    at: Option<u64>,
) -> Result<Option<Arc<Snapshot>>, Problems> {
    let Some(revision) = at else { return Ok(None) };
    Ok(Some(app.control.snapshot_at(&caller.0, project, environment, revision).await?))
}

struct View<'a> {
    app: &'a App,
    place: Place<'a>,
    resources: &'a Resources,
    seconds: u32,
    now: Timestamp,
    /// Set where it is not now that is shown: what is live now does not belong to it.
    then: Option<Arc<Snapshot>>,
}

impl<'a> View<'a> {
    fn new(
        app: &'a App,
        project: &'a str,
        environment: &'a str,
        resources: &'a Resources,
        seconds: Option<u32>,
        then: Option<Arc<Snapshot>>,
    ) -> Self {
        let seconds = seconds.unwrap_or(WINDOW).clamp(1, switchyard_telemetry::LONGEST);
        let place = Place { project, environment };
        View { app, place, resources, seconds, now: Timestamp::now(), then }
    }

    /// The route and the requests of the window.
    fn summary(&self, route: &Route, revision: u64) -> (RouteSummary, u64) {
        let telemetry = &self.app.telemetry;
        let (totals, series) = match self.then {
            None => (
                telemetry.route_totals(self.place, &route.key, self.seconds, self.now),
                telemetry.route(self.place, &route.key, SERIES, self.now).arms,
            ),
            Some(_) => (RouteTotals::default(), vec![]),
        };
        let arms = route.split.arms().into_iter().map(|arm| {
            let counted = totals.arms.iter().find(|counted| *counted.arm == **arm.id);
            let requests = series.iter().find(|series| *series.arm == **arm.id);
            ArmTraffic {
                arm: arm.id.clone(),
                leads_to: leads_to(arm.action),
                weight: weight(&route.split, arm.id),
                requests_per_second: counted.map_or(0.0, |c| c.requests_per_second),
                share_percent: counted.map_or(0.0, |c| c.share_percent),
                error_percent: counted.map_or(0.0, |c| c.error_percent),
                p50_ms: counted.and_then(|c: &ArmTotals| c.p50_ms),
                p95_ms: counted.and_then(|c| c.p95_ms),
                endpoints: self.endpoints(arm.action),
                series: requests.map(|series| series.requests.clone()).unwrap_or_default(),
            }
        });
        let (by, flag) = match &route.split {
            Split::Weight { .. } => (SplitBy::Weight, None),
            Split::Flag { flag, .. } => (SplitBy::Flag, Some(flag.clone())),
        };
        let summary = RouteSummary {
            key: route.key.clone(),
            name: route.title().to_owned(),
            owner: route.owner.clone(),
            listener: route.listener.clone(),
            revision,
            match_sentence: match_sentence(&route.matches),
            sentence: route_sentence(route),
            by,
            flag,
            arms: arms.collect(),
            requests_per_second: totals.requests_per_second,
            error_percent: totals.error_percent,
            order: self.order(route),
        };
        (summary, totals.requests)
    }

    /// The route's place on its listener, from 1.
    fn order(&self, route: &Route) -> usize {
        let now = || Some(self.app.control.snapshot(self.place.project, self.place.environment)?.current());
        self.then
            .clone()
            .or_else(now)
            .and_then(|snapshot| {
                snapshot.listener(&route.listener)?.routes().iter().position(|other| other.key == route.key)
            })
            .map_or(0, |position| position + 1)
    }

    /// Fixed endpoints and those discovered. Nobody checks their health yet: what is known counts as healthy.
    fn endpoints(&self, action: &Action) -> Endpoints {
        let Action::Service { service, subset } = action else { return Endpoints { healthy: 0, total: 0 } };
        let fixed = self
            .resources
            .service(self.place.environment, service)
            .and_then(|service| service.subsets.iter().find(|s| s.id == *subset))
            .map_or(0, |subset| subset.endpoints.len());
        let place = (self.place.project.into(), self.place.environment.into());
        let live = self.app.live.get(&place).filter(|_| self.then.is_none());
        let found = live.map_or(0, |live| {
            let key = EndpointKey { service: service.clone(), subset: subset.clone() };
            live.load().endpoints(&key).len()
        });
        Endpoints { healthy: fixed + found, total: fixed + found }
    }
}

fn weight(split: &Split, arm: &str) -> Option<u32> {
    match split {
        Split::Weight { arms, .. } => arms.iter().find(|a| *a.id == *arm).map(|a| a.weight),
        Split::Flag { .. } => None,
    }
}

/// What an action leads to, in a word or two.
fn leads_to(action: &Action) -> String {
    match action {
        Action::Service { service, subset } => format!("{service} {subset}"),
        Action::Redirect { location, status } => format!("{status} to {location}"),
        Action::Fixed { status, .. } => format!("fixed {status}"),
    }
}
