//! flagd's remote evaluation over gRPC, as its unmodified providers speak it: `flagd.evaluation.v2`, and `v1`, which
//! is the same on the wire but for what is absent.
//!
//! Providers keep an answer whose reason is `STATIC` until a `configuration_change` names its flag: `STATIC` is
//! said only where every context gets the same, and a stream begins by naming every flag, so that what was missed
//! between two streams is asked for again. Refusals are gRPC's, as flagd's: NOT_FOUND, INVALID_ARGUMENT for another
//! type, UNAUTHENTICATED for a key that opens nothing.
//! Source: `flagd-schemas`, and the providers for Node and Python.

use std::future::ready;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, post};
use http::request::Parts;
use http::{Request, Response};
use switchyard_model::ids::Key;
use tonic::Status;
use tonic::body::Body;
use tonic::server::Grpc;
use tonic_prost::ProstCodec;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::launchdarkly::SdkEnvironment;

mod answer;
mod events;
mod key;
mod messages;
mod resolve;
mod serve;
mod values;

use messages::{ResolveBoolean, ResolveFloat, ResolveInt, ResolveObject, ResolveString};

/// The most bytes of a request; nearly all of it is the context.
const LARGEST: usize = 1_000_000;

/// flagd's face.
#[derive(Clone)]
pub struct Flagd {
    app: App,
    /// The environment for those who send no key.
    open: Option<(Key, Key)>,
}

/// What a call is about.
struct Call {
    app: App,
    environment: SdkEnvironment,
    parts: Parts,
}

impl Flagd {
    pub(crate) fn new(app: App) -> Self {
        Flagd { app, open: None }
    }

    /// Lets who sends no key ask this environment, as a server: flagd itself knows no keys.
    #[must_use]
    pub fn open_to_all(self, project: &str, environment: &str) -> Self {
        Flagd { open: Some((project.into(), environment.into())), ..self }
    }

    fn routes(self) -> axum::Router {
        let mut routes = axum::Router::new();
        for version in ["v1", "v2"] {
            let at = |method: &str| format!("/flagd.evaluation.{version}.Service/{method}");
            routes = routes
                .route(&at("ResolveBoolean"), unary(resolve::one::<ResolveBoolean>))
                .route(&at("ResolveString"), unary(resolve::one::<ResolveString>))
                .route(&at("ResolveFloat"), unary(resolve::one::<ResolveFloat>))
                .route(&at("ResolveInt"), unary(resolve::one::<ResolveInt>))
                .route(&at("ResolveObject"), unary(resolve::one::<ResolveObject>))
                .route(&at("ResolveAll"), unary(resolve::all))
                .route(&at("EventStream"), post(events::stream));
        }
        let nothing = async || refused(Status::unimplemented("this server has flagd.evaluation.v1 and v2"));
        routes
            .fallback(nothing)
            .layer(CatchPanicLayer::custom(|_| refused(Status::internal("something went wrong here"))))
            .with_state(self)
    }

    /// The environment that a request is let into, and what it says beside its body.
    fn enter(self, request: Request<axum::body::Body>) -> Result<(Call, Request<axum::body::Body>), Status> {
        let (parts, body) = request.into_parts();
        let environment = key::environment(&self, &parts)?;
        let inner = Request::from_parts(parts.clone(), body);
        Ok((Call { app: self.app, environment, parts }, inner))
    }
}

/// A call with one message each way.
fn unary<I, O>(work: fn(&Call, &I) -> Result<O, Status>) -> MethodRouter<Flagd>
where
    I: prost::Message + Default + 'static,
    O: prost::Message + 'static,
{
    let answer = move |State(flagd): State<Flagd>, request: Request<axum::body::Body>| async move {
        let (call, request) = match flagd.enter(request) {
            Ok(entered) => entered,
            Err(status) => return refused(status),
        };
        let work = tower::service_fn(move |message: tonic::Request<I>| {
            ready(work(&call, message.get_ref()).map(tonic::Response::new))
        });
        let codec = ProstCodec::<O, I>::default();
        Grpc::new(codec).max_decoding_message_size(LARGEST).unary(work, request).await
    };
    post(answer)
}

fn refused(status: Status) -> Response<Body> {
    status.into_http()
}

/// axum's own form of it.
fn refusal(status: Status) -> axum::response::Response {
    refused(status).into_response()
}
