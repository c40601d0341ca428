//! The keys of an environment.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use switchyard_control::{EnvironmentKey, KeyKind};
use switchyard_model::Problem;
use utoipa::ToSchema;

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::Optional;
use crate::extract::Segments;
use crate::problem::Problems;

/// The longest that an old secret goes on beside the new one: 30 days.
const LONGEST_OVERLAP: u64 = 30 * 24 * 3600;

/// How a secret is replaced.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Rotate {
    /// How long the old secret goes on, 0 to 2,592,000; a day where absent.
    #[serde(default = "day")]
    overlap_seconds: u64,
}

fn day() -> u64 {
    24 * 3600
}

impl Rotate {
    /// How long the old secret goes on.
    ///
    /// # Errors
    /// 422 where it is too long.
    pub(super) fn overlap(&self) -> Result<Duration, Problems> {
        if self.overlap_seconds > LONGEST_OVERLAP {
            let problem = Problem::new("overlapSeconds", "is too long").value(self.overlap_seconds);
            return Err(Problems::invalid(vec![problem.hint(format!("0 to {LONGEST_OVERLAP}"))]));
        }
        Ok(Duration::from_secs(self.overlap_seconds))
    }
}

/// A new key; its secret is never shown again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyCreated {
    #[schema(value_type = schema::views::EnvironmentKey)]
    key: EnvironmentKey,
    secret: String,
}

/// The environment's keys, without their secrets.
#[utoipa::path(
    get,
    path = "/keys",
    tag = "settings",
    params(("project" = String, Path), ("environment" = String, Path)),
    responses((status = 200, body = Vec<schema::views::EnvironmentKey>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
) -> Result<Json<Vec<EnvironmentKey>>, Problems> {
    Ok(Json(app.control.keys(&caller.0, &project, &environment)?))
}

/// Makes a new key of a kind; the old one goes on for a while.
#[utoipa::path(
    post,
    path = "/keys/{kind}/rotate",
    tag = "settings",
    params(("project" = String, Path), ("environment" = String, Path), ("kind" = schema::views::KeyKind, Path)),
    request_body = Rotate,
    responses((status = 200, body = KeyCreated)),
)]
pub(super) async fn rotate(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment, kind)): Segments<(String, String, KeyKind)>,
    Optional(body): Optional<Rotate>,
) -> Result<Json<KeyCreated>, Problems> {
    let overlap = body.overlap()?;
    let new = app.control.rotate_key(&caller.0, &project, &environment, kind, overlap).await?;
    Ok(Json(KeyCreated { key: new.key, secret: new.secret }))
}
