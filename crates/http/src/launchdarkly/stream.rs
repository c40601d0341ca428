//! Streams: what there is once, then each revision's difference.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, header};
use switchyard_snapshot::Snapshot;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};

use super::SdkEnvironment;
use super::admission::Admitted;
use super::frames::{self, Step};
use crate::app::{App, OpenStream};
use crate::problem::Problems;

/// SDKs give up after five minutes of silence; LaunchDarkly asks for one heartbeat in three.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// The SDK stream: `put` with everything, then `patch`, `delete` or `put` for each revision.
///
/// A reader that is slow gets fewer and larger steps: nothing is queued for it, so it costs no memory. When very
/// many streams begin at once, some are answered 503 with a `Retry-After`.
#[utoipa::path(
    get,
    path = "/all",
    tag = "launchdarkly",
    security(("sdkKey" = [])),
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String)),
)]
pub(super) async fn all(State(app): State<App>, environment: SdkEnvironment) -> Result<Response, Problems> {
    answer(app, environment, Everything)
}

/// What a stream says.
pub(crate) trait Script: Send + 'static {
    /// What there is.
    fn first(&mut self, app: &App, snapshot: &Arc<Snapshot>) -> Vec<Bytes>;

    /// What has become of it; nothing where the client would see no difference.
    fn next(&mut self, step: &Step) -> Vec<Bytes>;

    /// A sign of life.
    fn heartbeat(&self) -> Bytes {
        Bytes::from_static(b":\n")
    }

    /// What is said before the server stops.
    fn goodbye(&self) -> Option<Bytes> {
        None
    }
}

/// All flags and segments.
struct Everything;

impl Script for Everything {
    fn first(&mut self, _: &App, snapshot: &Arc<Snapshot>) -> Vec<Bytes> {
        frames::put(snapshot)
    }

    fn next(&mut self, step: &Step) -> Vec<Bytes> {
        vec![step.frames()]
    }
}

/// Says a script for as long as the client listens, the server runs and the key opens the environment.
///
/// # Errors
/// 503 where too many streams begin.
pub(crate) fn answer(
    app: App,
    environment: SdkEnvironment,
    script: impl Script,
) -> Result<Response, Problems> {
    let id = environment.environment.clone();
    let feed = Feed::new(app, environment, script)?;
    let body = stream::unfold(feed, async |mut feed| {
        let frame = feed.next().await?;
        Some((Ok::<_, Infallible>(frame), feed))
    });
    let mut response = Body::from_stream(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Proxies such as nginx hold a stream back otherwise.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-ld-envid", id);
    }
    Ok(response)
}

/// A script on its way to one client, which asks for each next piece when it has room for it.
pub(crate) struct Feed<S> {
    app: App,
    environment: SdkEnvironment,
    script: S,
    sent: Arc<Snapshot>,
    ready: VecDeque<Bytes>,
    /// Until the connection has taken all of the first answer.
    admitted: Option<Admitted>,
    ended: bool,
    heartbeat: Interval,
    stopping: watch::Receiver<bool>,
    _open: OpenStream,
}

impl<S: Script> Feed<S> {
    /// Begins a script.
    ///
    /// # Errors
    /// 503 where too many streams begin.
    pub(crate) fn new(app: App, environment: SdkEnvironment, mut script: S) -> Result<Self, Problems> {
        let sent = environment.snapshot();
        let first = script.first(&app, &sent);
        let admitted = app.admission.admit(first.iter().map(Bytes::len).sum())?;
        let open = app.open_stream(&environment.project, &environment.environment);
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        heartbeat.reset();
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Feed {
            environment,
            script,
            sent,
            ready: first.into(),
            admitted: Some(admitted),
            ended: false,
            heartbeat,
            stopping: app.stopping.clone(),
            app,
            _open: open,
        })
    }

    /// The next bytes; `None` when the server stops, or when the key does not open the environment any more.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Some(bytes);
            }
            if self.ended {
                return None;
            }
            self.admitted = None;
            tokio::select! {
                biased;
                _ = self.stopping.wait_for(|stopping| *stopping) => {
                    self.ended = true;
                    self.ready.extend(self.script.goodbye());
                }
                alive = self.environment.snapshot.changed() => {
                    if !alive {
                        return None;
                    }
                    let new = self.environment.snapshot();
                    let step = self.app.steps.between(&self.sent, &new);
                    let told = self.script.next(&step).into_iter().filter(|bytes| !bytes.is_empty());
                    self.ready.extend(told);
                    self.sent = new;
                }
                _ = self.heartbeat.tick() => {
                    return self.environment.is_open(&self.app).then(|| self.script.heartbeat());
                }
            }
        }
    }

    /// Whether the key does not open the environment any more.
    pub(crate) fn is_shut_out(&self) -> bool {
        !self.environment.is_open(&self.app)
    }
}
