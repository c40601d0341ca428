//! The two endpoints.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use sha2::{Digest, Sha256};
use switchyard_flags::Context;
use switchyard_snapshot::Snapshot;

use super::answer::{Answer, Bulk, ErrorCode, EventStream, Failure, Success, answer, not_found, write_all};
use super::{OfrepEnvironment, context};
use crate::app::App;
use crate::asked::{Asked, AskedForAll, asked_in_vain};
use crate::body;
use crate::etag;
use crate::extract::Segments;
use crate::problem::Problems;

/// Evaluates one flag.
#[utoipa::path(
    post,
    path = "/ofrep/v1/evaluate/flags/{key}",
    tag = "ofrep",
    params(("key" = String, Path)),
    security(("ofrepBearer" = []), ("ofrepKey" = [])),
    request_body(content_type = "application/json", description = "`{\"context\":{\"targetingKey\":…}}`"),
    responses(
        (status = 200, body = Success),
        (status = 400, body = Failure),
        (status = 404, body = Failure),
    ),
)]
pub(super) async fn one(
    State(app): State<App>,
    OfrepEnvironment(environment): OfrepEnvironment,
    Segments(key): Segments<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problems> {
    let context = match read(&headers, body).await? {
        Ok(context) => context,
        Err(failure) => return Ok((StatusCode::BAD_REQUEST, Json(failure.of(&key))).into_response()),
    };
    environment.vouched(&app, &context, None)?;
    let snapshot = environment.snapshot();
    let Some(flag) = snapshot.flag_for(environment.audience(), &key) else {
        asked_in_vain(&app, &environment, &key, &headers);
        return Ok((StatusCode::NOT_FOUND, Json(not_found(&key))).into_response());
    };
    environment.saw(&app, &snapshot, &context);
    let detail = Asked::new(&context, &headers).evaluate(&app, &environment, flag.flag());
    let answer = answer(flag, &detail);
    let status = if matches!(answer, Answer::Failure(_)) { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok((status, Json(answer)).into_response())
}

/// Evaluates all flags for one context.
#[utoipa::path(
    post,
    path = "/ofrep/v1/evaluate/flags",
    tag = "ofrep",
    security(("ofrepBearer" = []), ("ofrepKey" = [])),
    request_body(content_type = "application/json", description = "`{\"context\":{\"targetingKey\":…}}`"),
    responses(
        (status = 200, body = Bulk),
        (status = 304, description = "As before, by `If-None-Match`"),
        (status = 400, body = Failure),
    ),
)]
pub(super) async fn all(
    State(app): State<App>,
    OfrepEnvironment(environment): OfrepEnvironment,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problems> {
    let bytes = body::read(&headers, body).await?;
    let context = match parse(&bytes) {
        Ok(context) => context,
        Err(failure) => return Ok((StatusCode::BAD_REQUEST, Json(failure)).into_response()),
    };
    environment.vouched(&app, &context, None)?;
    let snapshot = environment.snapshot();
    let etag = tag(&snapshot, &bytes);
    if etag::is_known(&headers, &etag) {
        return Ok(etag::not_modified(&etag));
    }
    environment.saw(&app, &snapshot, &context);
    let mut asked = AskedForAll::new(Asked::new(&context, &headers));
    let answers = snapshot.flags_for(environment.audience()).map(|flag| (flag, asked.next(flag.flag())));
    // A stream's address is in logs and in the page: only what is public may stand in it.
    let public = environment.public_id().map(|id| EventStream::at(format!("/ofrep/v1/stream?auth={id}")));
    let json = write_all(answers, public.as_slice());
    let mut response = ([(header::CONTENT_TYPE, "application/json")], json).into_response();
    etag::set(&mut response, &etag);
    asked.count(&app, &environment, snapshot);
    Ok(response)
}

/// The same flags and the same words about the context give the same answer.
fn tag(snapshot: &Snapshot, body: &[u8]) -> String {
    let hash = Sha256::new().chain_update(snapshot.etag()).chain_update(body).finalize();
    let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Result<Context, Failure>, Problems> {
    Ok(parse(&body::read(headers, body).await?))
}

fn parse(bytes: &[u8]) -> Result<Context, Failure> {
    let json = serde_json::from_slice(bytes)
        .map_err(|e| Failure::new(ErrorCode::ParseError, format!("the body is no JSON: {e}")))?;
    context::read(json)
}
