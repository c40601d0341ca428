//! Why a request goes where it goes: the decision is run as for a real one, and every step is kept and said in
//! words.

use std::net::IpAddr;

use http::{HeaderMap, Uri};
use serde::Serialize;
use serde_json::Value;
use switchyard_model::Problem;
use switchyard_model::route::Action;

use crate::request::RequestView;
use crate::sentences::Sentence;
use crate::split::{self, CompiledSplit};
use crate::{CompiledListener, Decision, Snapshot};

mod flag;
mod routes;
mod words;

pub(crate) use flag::Reasons;
pub use flag::{ExplainedFlag, FlagStep, ServedTo, served_to};
pub use routes::TriedRoute;

/// A decision with its reasons, as the API answers it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The revision that decided.
    pub revision: u64,
    /// The whole in one sentence.
    pub sentence: Sentence,
    /// The names of the incoming headers that are not believed, sorted.
    pub removed_headers: Vec<String>,
    /// Who the request is from, in LaunchDarkly's form; `null` where it supplies no key.
    pub context: Value,
    /// The routes that were tried before the one that took it, that one, and those that would take it if it
    /// weren't there, in order. At most [`MOST_ROUTES`] of those that fit neither host nor path.
    pub routes: Vec<TriedRoute>,
    /// The flag that divides the requests, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<ExplainedFlag>,
    /// Which arm has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<ExplainedSplit>,
    /// What the arm leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// The way of the request, step by step.
    pub steps: Vec<ExplainedStep>,
}

/// The most routes an explanation names that fit neither host nor path.
pub const MOST_ROUTES: usize = 20;

/// The arm that has a request, and how it was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedSplit {
    /// `weight` or `flag`.
    pub by: &'static str,
    /// The arm's id. Of a request that does not stick, the arm most such requests go to.
    pub arm: String,
    /// In a split by weight, 0 to 99,999; absent where the request does not stick or there is one arm only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<u32>,
    /// Whether the same context gets the same arm again.
    pub sticky: bool,
}

/// One step of a request's way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedStep {
    /// What happened.
    pub title: Sentence,
    /// Why; may be empty.
    pub detail: String,
}

/// Explains what `snapshot` does with a request that comes in at a listener. `url` is absolute, or a path for
/// the host that `headers` names.
///
/// # Errors
/// The listener that doesn't exist, or what is wrong with the URL: the problem's path is `listener` or `url`.
pub fn explain(
    snapshot: &Snapshot,
    listener: &str,
    method: &str,
    url: &str,
    headers: &HeaderMap,
    peer: IpAddr,
) -> Result<Explanation, Problem> {
    let Some(listener) = snapshot.listener(listener) else {
        let known: Vec<_> = snapshot.listeners().iter().map(|l| l.key.to_string()).collect();
        return Err(Problem::new("listener", "does not exist in this environment").value(listener).hint(
            format!("there is {}", if known.is_empty() { "none yet".into() } else { known.join(", ") }),
        ));
    };
    let uri = read_url(url)?;
    let named = headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    let request = RequestView {
        method,
        host: uri.authority().map(|a| a.as_str()).or(named).unwrap_or_default(),
        path: uri.path(),
        query: uri.query(),
        headers,
        peer,
    };
    Ok(run(snapshot, listener, &request))
}

fn read_url(url: &str) -> Result<Uri, Problem> {
    let whole =
        if url.starts_with('/') || url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    let uri: Uri = whole.parse().map_err(|_| {
        Problem::new("url", "is no URL")
            .value(url)
            .hint("write https://shop.example.com/checkout, or /checkout")
    })?;
    if uri.path().split('/').any(|segment| segment == "." || segment == "..") {
        return Err(Problem::new("url", "has a `.` or `..` segment, which the gateway refuses").value(url));
    }
    Ok(uri)
}

fn run(snapshot: &Snapshot, listener: &CompiledListener, request: &RequestView<'_>) -> Explanation {
    let mut kept = flag::Kept::new(snapshot);
    let decision = snapshot.decide(listener, request, at_random(listener, request), &mut kept);
    let context = listener.context(request);
    let mut removed: Vec<String> =
        request.headers.keys().filter(|name| listener.removes(name)).map(|name| name.to_string()).collect();
    removed.sort_unstable();

    let routes = routes::tried(listener, request, decision.route);
    let flag = decision.flag.as_ref().map(|flag| kept.explained(flag));
    let action = decision.action().cloned();
    let context_json = serde_json::to_value(&context).unwrap_or_default();
    let told = words::Told {
        snapshot,
        listener,
        request,
        decision: &decision,
        context: &context_json,
        flag: flag.as_ref(),
    };
    Explanation {
        revision: snapshot.revision,
        sentence: told.sentence(),
        steps: told.steps(&removed, &routes),
        split: decision.arm().map(|arm| ExplainedSplit {
            by: if decision.flag.is_some() { "flag" } else { "weight" },
            arm: arm.id.to_string(),
            bucket: decision.bucket.filter(|_| decision.sticky),
            sticky: decision.sticky,
        }),
        removed_headers: removed,
        context: context_json,
        routes,
        flag,
        action,
    }
}

/// The bucket for a request that doesn't stick: one of the arm that most of them go to.
fn at_random(listener: &CompiledListener, request: &RequestView<'_>) -> u32 {
    match listener.router.find(listener.visible(request)).map(|route| &route.split) {
        Some(CompiledSplit::Weight { slices, .. }) => split::heaviest(slices),
        _ => 0,
    }
}

impl<'s> Decision<'s> {
    fn action(&self) -> Option<&'s Action> {
        self.route?.source().split.arms().get(self.arm?).map(|arm| arm.action)
    }
}
