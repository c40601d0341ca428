//! Setting triggers off.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use switchyard_control::{Call, Error, Signed, Triggered};
use utoipa::IntoParams;

use crate::app::App;
use crate::body;
use crate::extract::{Params, Segments};
use crate::problem::Problems;
use crate::rest::schema;

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FireParams {
    /// Only says what it would do.
    #[serde(default)]
    dry_run: bool,
}

/// Sets a trigger off: applies its prepared change, with its maker's permission. Where approvals are missing it
/// waits in review, and the answer is 202. Repeating a call does no harm. Any body is taken; a trigger for
/// Alertmanager reads `status` in it. `webhook-id`, `webhook-timestamp` and `webhook-signature` are those of Standard
/// Webhooks; a trigger may insist on them.
#[utoipa::path(
    post,
    path = "/trigger/{id}/{secret}",
    tag = "hooks",
    security(("triggerSecret" = [])),
    params(
        ("id" = String, Path),
        ("secret" = String, Path),
        ("idempotency-key" = Option<String>, Header, description = "A call that repeats another one carries the same"),
        FireParams,
    ),
    responses(
        (status = 200, body = schema::hooks::Triggered),
        (status = 202, body = schema::hooks::Triggered, description = "It waits for approvals"),
        (status = 401, description = "No such trigger, or not its secret or signature"),
        (status = 422, description = "It does not fit, or a guardrail is in the way"),
        (status = 429, description = "Too often"),
    ),
)]
pub(super) async fn fire(
    State(app): State<App>,
    Segments((id, secret)): Segments<(String, String)>,
    Params(params): Params<FireParams>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Triggered>), Problems> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let body = body::read(&headers, body).await?;
    let signature = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
    let signed = match signature {
        (Some(id), Some(timestamp), Some(signatures)) => Some(Signed { id, timestamp, signatures }),
        _ => None,
    };
    let (key, dry_run) = (header("idempotency-key"), params.dry_run);
    let call = Call { id: &id, secret: &secret, key, signed, body: &body, dry_run };
    let triggered = app.control.fire(call).await.map_err(|error| match error {
        Error::SignedOut => refused(),
        error => error.into(),
    })?;
    let waits = triggered.outcome == "proposed";
    Ok((if waits { StatusCode::ACCEPTED } else { StatusCode::OK }, Json(triggered)))
}

/// Does not say which of it was wrong.
fn refused() -> Problems {
    let mut problem = Problems::unauthorized();
    problem.title = "This sets nothing off".into();
    problem.detail =
        "There is no such trigger, it is turned off, or the secret in the address or the signature is \
                      not its own. Its settings show the address once; make another one there."
            .into();
    problem
}
