//! Reading a request's body: never more than the limit, JSON with its line and column, and every mistake
//! of shape with its path.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use switchyard_model::Problem;

use crate::problem::Problems;
use crate::shape;

/// The most bytes a body may have, compressed or not.
pub(crate) const LIMIT: usize = 10_000_000;

/// What is read and thrown away behind a refusal, so that a client that sends first and reads later
/// still gets its answer.
const DRAIN_LIMIT: usize = 100_000_000;
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// All bytes of a body.
///
/// # Errors
/// 413 when it is larger than [`LIMIT`], before anything is read if its length says so; 400 when the client
/// broke off.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Problems> {
    read_within(LIMIT, headers, body).await
}

/// All bytes of a body that may have so many.
///
/// # Errors
/// As [`read`].
pub(crate) async fn read_within(limit: usize, headers: &HeaderMap, body: Body) -> Result<Bytes, Problems> {
    let announced: Option<u64> =
        headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        drain(body);
        return Err(Problems::too_large(limit));
    }
    let mut stream = body.into_data_stream();
    let mut whole = BytesMut::with_capacity(announced.unwrap_or(0).min(64 * 1024) as usize);
    while let Some(part) = stream.next().await {
        let part = part.map_err(|_| Problems::bad_request(Problem::new("", "the body broke off")))?;
        if whole.len() + part.len() > limit {
            drain(Body::from_stream(stream));
            return Err(Problems::too_large(limit));
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole.freeze())
}

fn drain(body: Body) {
    tokio::spawn(tokio::time::timeout(DRAIN_TIME, async move {
        let mut stream = body.into_data_stream();
        let mut seen = 0;
        while let Some(Ok(part)) = stream.next().await {
            seen += part.len();
            if seen > DRAIN_LIMIT {
                break;
            }
        }
    }));
}

/// Bytes as JSON.
///
/// # Errors
/// 400 with line and column.
pub(crate) fn json(bytes: &[u8]) -> Result<Value, Problems> {
    serde_json::from_slice(bytes).map_err(|e| {
        let problem = if bytes.is_empty() {
            Problem::new("", "the body is empty").hint("send a JSON object")
        } else {
            let text = e.to_string();
            let reason = text.split(" at line ").next().unwrap_or_default();
            Problem::new(
                "",
                format!("the body is no JSON: {reason} at line {}, column {}", e.line(), e.column()),
            )
        };
        Problems::bad_request(problem)
    })
}

/// A JSON body of any shape.
pub(crate) struct JsonBody(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Problems;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problems> {
        let (parts, body) = request.into_parts();
        if !is_json(&parts.headers) {
            drain(body);
            return Err(Problems::unsupported_media_type());
        }
        Ok(JsonBody(json(&read(&parts.headers, body).await?)?))
    }
}

/// A JSON body of the shape `T`; unknown fields are refused.
pub(crate) struct Shaped<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Shaped<T> {
    type Rejection = Problems;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problems> {
        let JsonBody(value) = JsonBody::from_request(request, state).await?;
        shape::read(value, "").map(Shaped).map_err(Problems::invalid)
    }
}

/// A body that may be left out, which is `{}` then.
pub(crate) struct Optional<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Optional<T> {
    type Rejection = Problems;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problems> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body).await?;
        let value = if bytes.is_empty() { Value::Object(Default::default()) } else { json(&bytes)? };
        shape::read(value, "").map(Optional).map_err(Problems::invalid)
    }
}

/// A page of another site can send a form's or a plain text's type without asking first; JSON it can't.
fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|value| {
        let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
    })
}
