//! Guardrails before they are switched on.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use switchyard_control::{PAST_MAX, Tried, pack};
use switchyard_model::{Guardrail, Manifest, Problem, Resource, Scope};
use utoipa::ToSchema;

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::Segments;
use crate::problem::Problems;
use crate::shape;

/// So many past revisions, where nothing else is said.
const PAST: u32 = 200;

/// A guardrail to try.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TryBody {
    /// With or without its `kind`.
    #[schema(value_type = schema::Guardrail)]
    guardrail: Value,
    /// How many revisions back, 1 to 1,000; 200 where absent.
    revisions: Option<u32>,
}

/// Holds a guardrail against past revisions, as if it had been there. Nothing is kept.
#[utoipa::path(
    post,
    path = "/guardrails/try",
    tag = "guardrails",
    params(("project" = String, Path)),
    request_body = TryBody,
    responses((status = 200, body = schema::guardrail::Tried)),
)]
pub(super) async fn try_out(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Shaped(body): Shaped<TryBody>,
) -> Result<Json<Tried>, Problems> {
    let revisions = body.revisions.unwrap_or(PAST);
    let mut problems = vec![];
    if !(1..=PAST_MAX).contains(&revisions) {
        let reason = format!("must be between 1 and {PAST_MAX}");
        problems.push(Problem::new("revisions", reason).value(revisions));
    }
    match guardrail(body.guardrail) {
        Ok(guardrail) if problems.is_empty() => {
            Ok(Json(app.control.try_guardrail(&caller.0, &project, guardrail, revisions).await?))
        }
        Ok(_) => Err(Problems::invalid(problems)),
        Err(found) => Err(Problems::invalid([found, problems].concat())),
    }
}

fn guardrail(mut json: Value) -> Result<Guardrail, Vec<Problem>> {
    let kind = json.as_object_mut().and_then(|fields| fields.remove("kind"));
    if let Some(kind) = kind.filter(|kind| kind != "guardrail") {
        return Err(vec![Problem::new("guardrail.kind", "must be \"guardrail\"").value(kind)]);
    }
    shape::read(json, "guardrail")
}

/// Guardrails to begin with. `apply` takes them unchanged.
#[utoipa::path(
    get,
    path = "/guardrails/pack",
    tag = "guardrails",
    params(("project" = String, Path)),
    responses((status = 200, body = Vec<schema::Manifest>)),
)]
pub(super) async fn packed(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
) -> Result<Json<Vec<Value>>, Problems> {
    caller.project(&app, &project)?;
    let manifest = |guardrail| Manifest { scope: Scope::Project, resource: Resource::Guardrail(guardrail) };
    Ok(Json(pack().into_iter().map(|guardrail| manifest(guardrail).to_json()).collect()))
}
