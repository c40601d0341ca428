//! Which routes were tried, and why they didn't take the request.

use serde::Serialize;

use super::MOST_ROUTES;
use crate::request::RequestView;
use crate::routing::conditions::Miss;
use crate::{CompiledListener, CompiledRoute};

/// A route and whether it took the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TriedRoute {
    /// Its key.
    pub key: String,
    /// Whether it took the request.
    pub matched: bool,
    /// Why, in a few words.
    pub reason: String,
}

/// How far a route fits.
enum Fit<'r> {
    Whole,
    Host,
    Path,
    Condition(Miss<'r>),
}

/// One route after another in their order: what the search, which visits only those that can fit, comes out
/// equal to.
pub(super) fn tried(
    listener: &CompiledListener,
    request: &RequestView<'_>,
    taker: Option<&CompiledRoute>,
) -> Vec<TriedRoute> {
    let told =
        |route: &CompiledRoute, matched, reason| TriedRoute { key: route.key.to_string(), matched, reason };
    let mut before = vec![];
    let mut after = vec![];
    let mut passed = false;
    let mut far = 0;
    for route in listener.routes() {
        if taker.is_some_and(|taker| std::ptr::eq(taker, &**route)) {
            passed = true;
            continue;
        }
        match fit(route, listener, request) {
            Fit::Whole => after.push(told(route, false, "fits too, but comes later".into())),
            Fit::Condition(miss) if !passed => before.push(told(route, false, words(miss, request))),
            Fit::Host | Fit::Path if passed || far == MOST_ROUTES => {}
            Fit::Host => {
                far += 1;
                before.push(told(route, false, "another host".into()));
            }
            Fit::Path => {
                far += 1;
                before.push(told(route, false, "another path".into()));
            }
            Fit::Condition(_) => {}
        }
    }
    before.extend(taker.map(|taker| told(taker, true, why(taker))));
    before.extend(after);
    before
}

fn fit<'r>(route: &'r CompiledRoute, listener: &CompiledListener, request: &RequestView<'_>) -> Fit<'r> {
    let host = request.plain_host();
    if !route.hosts.iter().any(|pattern| pattern.fits(&host)) {
        return Fit::Host;
    }
    if route.path.as_ref().is_some_and(|path| !path.fits(request.path)) {
        return Fit::Path;
    }
    route.conditions.miss(listener.visible(request)).map_or(Fit::Whole, Fit::Condition)
}

fn words(miss: Miss<'_>, request: &RequestView<'_>) -> String {
    match miss {
        Miss::Method(methods) => format!("{} is not {}", request.method, methods.join(" or ")),
        Miss::Header(name) => format!("header {name} is missing or different"),
        Miss::Query(name) => format!("query parameter {name} is missing or different"),
    }
}

/// Why a route took the request.
pub(super) fn why(route: &CompiledRoute) -> String {
    let matches = &route.source().matches;
    let asked = [
        (!matches.hosts.is_empty(), "host"),
        (matches.path.is_some(), "path"),
        (!matches.methods.is_empty(), "method"),
        (!matches.headers.is_empty(), "headers"),
        (!matches.query.is_empty(), "query"),
    ];
    let asked: Vec<_> = asked.into_iter().filter_map(|(asked, what)| asked.then_some(what)).collect();
    match asked.as_slice() {
        [] => "it takes every request".to_owned(),
        ["headers"] => "headers fit".to_owned(),
        [one] => format!("{one} fits"),
        [most @ .., last] => format!("{} and {last} fit", most.join(", ")),
    }
}
