//! What the handlers share.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use switchyard_contract::{Live, Subscriber};
use switchyard_control::Control;
use switchyard_model::ids::Key;
use switchyard_telemetry::Telemetry;
use tokio::sync::watch;

use crate::launchdarkly::{Admission, Bases, Room, Seen, Steps, Wholes};
use crate::limiter::Limiter;
use crate::openapi::Document;
use crate::proxies::Proxies;

/// What the faces show and act on.
#[derive(Clone)]
pub struct Faces {
    /// The configuration.
    pub control: Control,
    /// What really happened.
    pub telemetry: Telemetry,
    /// Endpoints found beside the fixed ones, by project and environment.
    pub live: HashMap<(Key, Key), Subscriber<Live>>,
    /// Answers what no face does: the page. 404 where absent.
    pub page: Option<axum::Router>,
    /// Where people reach the page, without a slash at the end: `https://switchyard.example`. Sign-in links
    /// begin with it; with `https` cookies are for encrypted connections only.
    pub public_url: String,
    /// Where people may sign in too.
    pub provider: Option<switchyard_openid::Provider>,
    /// The proxies in front, whose word is taken for whom they were asked by.
    pub proxies: Proxies,
    /// Turns true when the server drains: streams end then.
    pub stopping: watch::Receiver<bool>,
}

/// The handlers' state.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) control: Control,
    pub(crate) telemetry: Telemetry,
    pub(crate) live: HashMap<(Key, Key), Subscriber<Live>>,
    pub(crate) public_url: String,
    pub(crate) provider: Option<switchyard_openid::Provider>,
    pub(crate) proxies: Proxies,
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) sign_ins: Limiter,
    pub(crate) payloads: Seen,
    pub(crate) room: Room,
    pub(crate) steps: Steps,
    pub(crate) wholes: Wholes,
    pub(crate) bases: Bases,
    pub(crate) admission: Admission,
    /// The OpenAPI document.
    pub(crate) document: Document,
    streams: Arc<Mutex<HashMap<(Key, Key), usize>>>,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    pub(crate) fn new(faces: Faces, document: Document) -> (Self, Option<axum::Router>) {
        let app = App(Arc::new(Shared {
            control: faces.control,
            telemetry: faces.telemetry,
            live: faces.live,
            public_url: faces.public_url.trim_end_matches('/').to_owned(),
            provider: faces.provider,
            proxies: faces.proxies,
            stopping: faces.stopping,
            sign_ins: Limiter::default(),
            payloads: Seen::default(),
            room: Room::default(),
            steps: Steps::default(),
            wholes: Wholes::default(),
            bases: Bases::default(),
            admission: Admission::default(),
            document,
            streams: Arc::default(),
        }));
        (app, faces.page)
    }

    /// Whether people reach the page encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.public_url.starts_with("https:")
    }

    /// Counts an SDK's stream until what is answered is dropped.
    pub(crate) fn open_stream(&self, project: &Key, environment: &Key) -> OpenStream {
        let place = (project.clone(), environment.clone());
        *lock(&self.streams).entry(place.clone()).or_default() += 1;
        OpenStream { streams: self.streams.clone(), place }
    }

    /// How many SDK streams are open.
    pub(crate) fn streams(&self, project: &str, environment: &str) -> usize {
        lock(&self.streams).get(&(project.into(), environment.into())).copied().unwrap_or(0)
    }
}

/// An SDK's open stream.
pub(crate) struct OpenStream {
    streams: Arc<Mutex<HashMap<(Key, Key), usize>>>,
    place: (Key, Key),
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        if let Some(count) = lock(&self.streams).get_mut(&self.place) {
            *count -= 1;
        }
    }
}

fn lock(
    streams: &Mutex<HashMap<(Key, Key), usize>>,
) -> std::sync::MutexGuard<'_, HashMap<(Key, Key), usize>> {
    streams.lock().unwrap_or_else(PoisonError::into_inner)
}
