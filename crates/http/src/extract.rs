//! Path segments and query parameters, with problems in place of axum's plain texts; and from where one asks.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts, Path, Query};
use http::header;
use http::request::Parts;
use serde::de::DeserializeOwned;
use switchyard_control::Visitor;
use switchyard_model::Problem;

use crate::app::App;
use crate::problem::Problems;

/// The variable segments of the path, decoded.
pub(crate) struct Segments<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Segments<T> {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problems> {
        Path::from_request_parts(parts, state)
            .await
            .map(|Path(segments)| Segments(segments))
            .map_err(|_| Problems::not_found("There is nothing at this address."))
    }
}

/// The query parameters; unknown ones are refused where `T` says so.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problems> {
        Query::try_from_uri(&parts.uri).map(|Query(params)| Params(params)).map_err(|rejection| {
            let text = rejection.body_text();
            let reason = text.split_once(": ").map_or(text.as_str(), |(_, reason)| reason).to_owned();
            Problems::bad_request(Problem::new("query", reason))
        })
    }
}

/// From where one asks: the address of the connection, or whom trusted proxies say they were asked by; and what the
/// browser calls itself.
pub(crate) struct Visit(pub(crate) Visitor);

impl FromRequestParts<App> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Ok(Visit(Visitor {
            address: peer.map(|ConnectInfo(peer)| app.proxies.client(peer.ip(), &parts.headers)),
            agent: agent.map(str::to_owned),
        }))
    }
}
