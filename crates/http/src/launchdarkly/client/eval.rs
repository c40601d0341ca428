//! FDv2 for apps and browsers: transfers of answers for one context. A browser's id or a mobile key is in `auth`, or
//! the mobile key in `Authorization`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use switchyard_control::KeyKind;
use switchyard_snapshot::Snapshot;

use super::asker::{Asker, Query};
use super::{key_in, of_browser, of_mobile};
use crate::app::App;
use crate::extract::{Params, Segments};
use crate::launchdarkly::SdkEnvironment;
use crate::launchdarkly::fdv2::json;
use crate::launchdarkly::fdv2::transfer::{self, Form, Intent, Transfer};
use crate::launchdarkly::frames::Step;
use crate::launchdarkly::stream::{self, Script};
use crate::problem::Problems;

/// What leads a client from its basis to now, for its context.
#[utoipa::path(
    get,
    path = "/sdk/poll/eval/{context}",
    tag = "launchdarkly",
    params(
        ("context" = String, Path, description = "The context's JSON in base64"),
        ("auth" = Option<String>, Query, description = "A client-side id, or a mobile key"),
        ("basis" = Option<String>, Query, description = "The `state` of the last transfer"),
        ("withReasons" = Option<bool>, Query),
    ),
    security(("mobileKey" = [])),
    responses((status = 200, description = "A transfer"), (status = 404, description = "No such environment")),
)]
pub(super) async fn poll(
    State(app): State<App>,
    Segments(context): Segments<String>,
    Params(query): Params<Query>,
    headers: HeaderMap,
) -> Result<Response, Problems> {
    let environment = of_client(&app, &headers, &query)?;
    let asker = Asker::in_path(&app, &environment, &context, &query)?;
    Ok(polled(&app, environment, asker, &query).await)
}

/// The same with the context in the body.
#[utoipa::path(
    post,
    path = "/sdk/poll/eval",
    tag = "launchdarkly",
    params(
        ("auth" = Option<String>, Query, description = "A client-side id, or a mobile key"),
        ("basis" = Option<String>, Query, description = "The `state` of the last transfer"),
        ("withReasons" = Option<bool>, Query),
    ),
    security(("mobileKey" = [])),
    request_body(content_type = "application/json", description = "The context"),
    responses((status = 200, description = "A transfer"), (status = 404, description = "No such environment")),
)]
pub(super) async fn posted_poll(
    State(app): State<App>,
    Params(query): Params<Query>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problems> {
    let environment = of_client(&app, &headers, &query)?;
    let asker = Asker::in_post(&app, &environment, &headers, body, &query).await?;
    Ok(polled(&app, environment, asker, &query).await)
}

/// A client's stream: a transfer from its basis to now, then one for each revision that changes an answer.
#[utoipa::path(
    get,
    path = "/sdk/stream/eval/{context}",
    tag = "launchdarkly",
    params(
        ("context" = String, Path, description = "The context's JSON in base64"),
        ("auth" = Option<String>, Query, description = "A client-side id, or a mobile key"),
        ("basis" = Option<String>, Query, description = "The `state` of the last transfer"),
        ("withReasons" = Option<bool>, Query),
    ),
    security(("mobileKey" = [])),
    responses(
        (status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String),
        (status = 404, description = "No such environment"),
    ),
)]
pub(super) async fn stream(
    State(app): State<App>,
    Segments(context): Segments<String>,
    Params(query): Params<Query>,
    headers: HeaderMap,
) -> Result<Response, Problems> {
    let environment = of_client(&app, &headers, &query)?;
    let asker = Asker::in_path(&app, &environment, &context, &query)?;
    streamed(app, environment, asker, &query).await
}

/// The same with the context in the body.
#[utoipa::path(
    post,
    path = "/sdk/stream/eval",
    tag = "launchdarkly",
    params(
        ("auth" = Option<String>, Query, description = "A client-side id, or a mobile key"),
        ("basis" = Option<String>, Query, description = "The `state` of the last transfer"),
        ("withReasons" = Option<bool>, Query),
    ),
    security(("mobileKey" = [])),
    request_body(content_type = "application/json", description = "The context"),
    responses(
        (status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String),
        (status = 404, description = "No such environment"),
    ),
)]
pub(super) async fn posted_stream(
    State(app): State<App>,
    Params(query): Params<Query>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problems> {
    let environment = of_client(&app, &headers, &query)?;
    let asker = Asker::in_post(&app, &environment, &headers, body, &query).await?;
    streamed(app, environment, asker, &query).await
}

/// The environment of a client, whichever it is.
///
/// # Errors
/// 404 for an id in `auth` that is none, 401 for a key that is none, 503 where the environment isn't ready.
fn of_client(app: &App, headers: &HeaderMap, query: &Query) -> Result<SdkEnvironment, Problems> {
    let Some(auth) = &query.auth else { return of_mobile(app, key_in(headers)) };
    match SdkEnvironment::opened(app, auth, KeyKind::Mobile)? {
        Some(environment) => Ok(environment),
        None => of_browser(app, auth),
    }
}

async fn polled(app: &App, environment: SdkEnvironment, asker: Asker, query: &Query) -> Response {
    let basis = app.bases.find(app, &environment, query.basis.as_deref()).await;
    let now = environment.snapshot();
    environment.saw(app, &now, &asker.context);
    let transfer = asker.transfer(app, basis.as_ref(), &now, Form::Poll);
    environment.named(json(transfer))
}

async fn streamed(
    app: App,
    environment: SdkEnvironment,
    asker: Asker,
    query: &Query,
) -> Result<Response, Problems> {
    let basis = app.bases.find(&app, &environment, query.basis.as_deref()).await;
    environment.saw(&app, &environment.snapshot(), &asker.context);
    stream::answer(app, environment, Answers { asker, basis })
}

/// Answers for one context, one transfer for each revision that changes some.
struct Answers {
    asker: Asker,
    basis: Option<Arc<Snapshot>>,
}

impl Script for Answers {
    fn first(&mut self, app: &App, now: &Arc<Snapshot>) -> Vec<Bytes> {
        let basis = self.basis.take();
        vec![self.asker.transfer(app, basis.as_ref(), now, Form::Stream)]
    }

    fn next(&mut self, step: &Step) -> Vec<Bytes> {
        self.asker.changes(step, Form::Stream).into_iter().collect()
    }

    fn heartbeat(&self) -> Bytes {
        transfer::heartbeat()
    }

    fn goodbye(&self) -> Option<Bytes> {
        Some(transfer::goodbye())
    }
}

impl Asker {
    /// What leads from a basis to now.
    fn transfer(&self, app: &App, basis: Option<&Arc<Snapshot>>, now: &Arc<Snapshot>, form: Form) -> Bytes {
        let Some(basis) = basis else { return self.full(now, form) };
        let changes = self.changes(&app.steps.between(basis, now), form);
        changes.unwrap_or_else(|| transfer::none(now, form))
    }

    fn full(&self, now: &Snapshot, form: Form) -> Bytes {
        let mut transfer = Transfer::new(form, Intent::Full, now);
        for flag in now.flags_for(self.audience) {
            transfer.put_answer(flag.key(), now.revision, &flag.told(&self.context, self.reasons));
        }
        transfer.end(now)
    }

    /// What a step changes; `None` where that is nothing.
    fn changes(&self, step: &Step, form: Form) -> Option<Bytes> {
        let mut changed = self.changed(step).peekable();
        changed.peek()?;
        let (now, version) = (&step.new, step.new.revision);
        let mut transfer = Transfer::new(form, Intent::Changes, now);
        for (key, told) in changed {
            match told {
                Some(told) => transfer.put_answer(key, version, &told),
                None => transfer.delete("flag-eval", key, version),
            }
        }
        Some(transfer.end(now))
    }
}
