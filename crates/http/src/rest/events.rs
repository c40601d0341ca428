//! What happens in a project, as server-sent events: enough to know what to fetch again.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::{HeaderValue, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use switchyard_control::{Event, Listening, Principal};
use switchyard_model::ids::Key;
use switchyard_telemetry::Place;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::auth::Caller;
use crate::app::App;
use crate::extract::Segments;
use crate::problem::Problems;

const HEARTBEAT: Duration = Duration::from_secs(15);

/// How often traffic is looked at.
const TICK: Duration = Duration::from_secs(2);

/// `hello {head, quietMs}` first: the head, and how many milliseconds nothing had happened (null: not since the
/// start), so that who read something before that reads it again. Then `revision`, `change`, `nodes` as they come, `traffic` each two seconds while
/// there is traffic, and a comment each 15 seconds. A reader that falls 256 events behind is cut off: when it
/// returns, `hello` tells it to fetch everything again.
#[utoipa::path(
    get,
    path = "/events",
    tag = "traffic",
    params(("project" = String, Path)),
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String)),
)]
pub(super) async fn watch(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
) -> Result<Response, Problems> {
    let Listening { head, quiet, events } = app.control.events(&caller.0, &project)?;
    let environments = caller.project(&app, &project)?.environments;
    let feed = Feed {
        hello: Some(json!({ "head": head, "quietMs": quiet.map(|quiet| quiet.as_millis() as u64) })),
        events,
        heartbeat: every(HEARTBEAT),
        tick: every(TICK),
        stopping: app.stopping.clone(),
        project,
        environments,
        reader: caller.0,
        app,
    };
    let body = stream::unfold(feed, async |mut feed| {
        let text = feed.next().await?;
        Some((Ok::<_, Infallible>(text), feed))
    });
    let mut response = Body::from_stream(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn every(period: Duration) -> Interval {
    let mut interval = interval_at(Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

struct Feed {
    /// Until it was told.
    hello: Option<Value>,
    events: broadcast::Receiver<Event>,
    heartbeat: Interval,
    tick: Interval,
    stopping: watch::Receiver<bool>,
    project: String,
    environments: Vec<Key>,
    reader: Principal,
    app: App,
}

impl Feed {
    async fn next(&mut self) -> Option<String> {
        if let Some(hello) = self.hello.take() {
            return Some(frame("hello", &hello));
        }
        loop {
            let event = tokio::select! {
                biased;
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                event = self.events.recv() => Some(event.ok()?),
                _ = self.heartbeat.tick() => return Some(":\n\n".to_owned()),
                _ = self.tick.tick() => None,
            };
            if let Some(event) = event {
                match self.shown(event) {
                    Some(event) => return Some(written(&event)),
                    None => continue,
                }
            }
            if self.has_traffic() {
                return Some(frame("traffic", &json!({})));
            }
        }
    }

    /// What of an event the reader may know: nothing of environments that are hidden from them by now.
    fn shown(&mut self, event: Event) -> Option<Event> {
        let project = self.app.control.project(&self.reader, &self.project).ok()?;
        self.environments = project.environments.into_iter().map(|environment| environment.key).collect();
        let shown = |key: &Key| self.environments.contains(key);
        match event {
            Event::Nodes { ref environment, .. } => shown(environment).then_some(event),
            Event::Revision { number, mut environments, kinds } => {
                environments.retain(shown);
                Some(Event::Revision { number, environments, kinds })
            }
            Event::Change { .. } => Some(event),
        }
    }

    fn has_traffic(&self) -> bool {
        let now = Timestamp::now();
        self.environments.iter().any(|environment| {
            let place = Place { project: &self.project, environment };
            let recent = self.app.telemetry.traffic(place, 1, now).now;
            recent.requests_per_second > 0.0 || recent.evaluations_per_second > 0.0
        })
    }
}

fn frame(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

fn written(event: &Event) -> String {
    match event {
        Event::Revision { number, environments, kinds } => {
            frame("revision", &json!({ "number": number, "environments": environments, "kinds": kinds }))
        }
        Event::Change { number, version, state } => {
            frame("change", &json!({ "number": number, "version": version, "state": state }))
        }
        Event::Nodes { environment, revision, acknowledged, nodes } => frame(
            "nodes",
            &json!({
                "environment": environment, "revision": revision, "acknowledged": acknowledged, "nodes": nodes,
            }),
        ),
    }
}
