//! LaunchDarkly's protocols, as its unmodified SDKs speak them: streams, polling, events. Servers get flags and
//! segments and evaluate them; `client/` is for apps and browsers, which get answers. FDv1 is every SDK's default,
//! `fdv2` what the newest can be told to speak.
//!
//! An SDK that gets another 4xx than 400, 408 or 429 stops for good, so an unknown key answers 401 and a
//! server without the environment's snapshot 503, never 404. Browsers have no key but the environment's public
//! id, which is in the path: an unknown one is 404, as it is with LaunchDarkly.
//! Source: the official SDKs and `ld-relay`.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, header};
use jiff::Timestamp;
use switchyard_contract::Subscriber;
use switchyard_control::{KeyAccess, KeyKind};
use switchyard_flags::Context;
use switchyard_model::Problem;
use switchyard_model::ids::Key;
use switchyard_snapshot::{Audience, Snapshot};
use switchyard_telemetry::Place;

use crate::app::App;
use crate::endpoints::{Endpoints, routes};
use crate::problem::Problems;

mod admission;
mod client;
mod events;
mod fdv2;
mod frames;
mod poll;
mod room;
mod seen;
mod stream;
mod wholes;

pub(crate) use admission::Admission;
pub(crate) use fdv2::Bases;
pub(crate) use frames::{Step, Steps};
pub(crate) use room::Room;
pub(crate) use seen::Seen;
pub(crate) use stream::{Feed, Script, answer as answer_stream};
pub(crate) use wholes::Wholes;

pub(crate) fn endpoints() -> Endpoints {
    Endpoints::new()
        .routes(routes!(stream::all))
        .routes(routes!(poll::latest_all))
        .routes(routes!(poll::flags))
        .routes(routes!(poll::flag))
        .routes(routes!(poll::segment))
        .routes(routes!(events::bulk))
        .routes(routes!(events::diagnostic))
        .merge(fdv2::endpoints())
        .merge(client::endpoints())
}

/// The environment that the request's SDK key opens.
pub(crate) struct SdkEnvironment {
    pub(crate) project: Key,
    pub(crate) environment: Key,
    snapshot: Subscriber<Snapshot>,
    /// As sent; asked about again while a stream is open. `None` where the address opens it to everybody.
    key: Option<String>,
    kind: KeyKind,
}

impl SdkEnvironment {
    /// The environment of a server-side key.
    ///
    /// # Errors
    /// 401 for an unknown key, 503 where the environment isn't ready.
    pub(crate) fn of_key(app: &App, key: &str) -> Result<Self, Problems> {
        Self::opened(app, key, KeyKind::Sdk)?.ok_or_else(unknown_key)
    }

    /// The environment that a key of this kind opens; `None` for a key that is no such key.
    ///
    /// # Errors
    /// 503 where the environment isn't ready.
    fn opened(app: &App, key: &str, kind: KeyKind) -> Result<Option<Self>, Problems> {
        let access = app.control.key_access(key).filter(|access| access.kind == kind);
        access.map(|access| Self::of(app, key, access)).transpose()
    }

    /// The environment that a key opens, of whatever kind it is.
    ///
    /// # Errors
    /// 401 for an unknown key, 503 where the environment isn't ready.
    pub(crate) fn of_any_key(app: &App, key: &str) -> Result<Self, Problems> {
        Self::of(app, key, app.control.key_access(key).ok_or_else(unknown_key)?)
    }

    fn of(app: &App, key: &str, access: KeyAccess) -> Result<Self, Problems> {
        let KeyAccess { project, environment, kind } = access;
        let snapshot = app.control.snapshot(&project, &environment).ok_or_else(Problems::unavailable)?;
        Ok(SdkEnvironment { project, environment, snapshot, key: Some(key.to_owned()), kind })
    }

    /// An environment that whoever reaches this address may ask, as a server.
    ///
    /// # Errors
    /// 503 where the environment isn't ready.
    pub(crate) fn without_key(app: &App, project: &Key, environment: &Key) -> Result<Self, Problems> {
        let snapshot = app.control.snapshot(project, environment).ok_or_else(Problems::unavailable)?;
        let (project, environment) = (project.clone(), environment.clone());
        Ok(SdkEnvironment { project, environment, snapshot, key: None, kind: KeyKind::Sdk })
    }

    /// Whether the key still opens the environment.
    fn is_open(&self, app: &App) -> bool {
        let opens = |key: &String| app.control.key_access(key).is_some_and(|access| access.kind == self.kind);
        self.key.as_ref().is_none_or(opens)
    }

    /// Lets a browser ask only about a context that a server vouches for, where the environment is in secure mode.
    ///
    /// # Errors
    /// 400, as with LaunchDarkly, for a hash that is missing or another context's.
    pub(crate) fn vouched(&self, app: &App, context: &Context, hash: Option<&str>) -> Result<(), Problems> {
        let (project, environment) = (&*self.project, &*self.environment);
        if self.kind != KeyKind::ClientSide
            || app.control.is_vouched_for(project, environment, &context.canonical_key(), hash)
        {
            return Ok(());
        }
        let reason = "the environment is in secure mode, and this is not the context's hash";
        let hint = "make it with your server's SDK (secureModeHash), and give it to the browser's as `hash`";
        Err(Problems::bad_request(Problem::new("h", reason).hint(hint)))
    }

    /// The key, where it is the environment's public id.
    pub(crate) fn public_id(&self) -> Option<&str> {
        self.key.as_deref().filter(|_| self.kind == KeyKind::ClientSide)
    }

    /// Whose flags the key shows.
    pub(crate) fn audience(&self) -> Audience {
        match self.kind {
            KeyKind::Sdk => Audience::Servers,
            KeyKind::Mobile => Audience::Mobile,
            KeyKind::ClientSide => Audience::Browsers,
        }
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.current()
    }

    pub(crate) fn place(&self) -> Place<'_> {
        Place { project: &self.project, environment: &self.environment }
    }

    /// Takes note of a context that an SDK or a client speaks of.
    pub(crate) fn saw(&self, app: &App, snapshot: &Snapshot, context: &Context) {
        if let Some(sampled) = app.control.samples().of(self.place()) {
            snapshot.saw_context(&sampled, context, Timestamp::now().as_second());
        }
    }

    /// Says in a response which environment it is about.
    fn named(&self, mut response: Response) -> Response {
        if let Ok(id) = HeaderValue::from_str(&self.environment) {
            response.headers_mut().insert("x-ld-envid", id);
        }
        response
    }
}

impl FromRequestParts<App> for SdkEnvironment {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problems> {
        let key = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        SdkEnvironment::of_key(app, key.ok_or_else(unknown_key)?.trim())
    }
}

pub(crate) fn unknown_key() -> Problems {
    let mut problem = Problems::unauthorized();
    problem.title = "No environment has this SDK key".into();
    problem.detail = "Send a server-side SDK key of an environment (Settings, Keys).".into();
    problem
}
