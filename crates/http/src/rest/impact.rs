//! Who would be affected.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use switchyard_control::ImpactView;
use switchyard_model::Problem;
use switchyard_model::ids::Key;
use utoipa::ToSchema;

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::{Optional, Shaped};
use crate::extract::Segments;
use crate::problem::Problems;
use crate::shape;

/// The most examples a flag.
const EXAMPLES: usize = 50;

/// Edits to preview.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ImpactBody {
    #[schema(value_type = Vec<schema::Edit>)]
    edits: Value,
    /// Changes on top of which they are tried.
    #[serde(default)]
    after: Vec<u64>,
    /// The most examples a flag, 0 to 50; 10 where absent.
    examples: Option<usize>,
}

/// How a change is previewed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ChangeImpactBody {
    /// The most examples a flag, 0 to 50; 10 where absent.
    examples: Option<usize>,
}

/// The impact in each environment that a change alters.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChangeImpact {
    #[schema(value_type = BTreeMap<String, schema::impact::Impact>)]
    environments: BTreeMap<Key, ImpactView>,
}

/// Whom edits would affect: the contexts and requests that were seen, tried with and without them. Nothing is
/// kept.
#[utoipa::path(
    post,
    path = "/impact",
    tag = "changes",
    params(("project" = String, Path), ("environment" = String, Path)),
    request_body = ImpactBody,
    responses((status = 200, body = schema::impact::Impact)),
)]
pub(super) async fn of_edits(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
    Shaped(body): Shaped<ImpactBody>,
) -> Result<Json<ImpactView>, Problems> {
    let examples = examples(body.examples)?;
    let edits = shape::edits(body.edits, "edits").map_err(Problems::invalid)?;
    Ok(Json(app.control.impact(&caller.0, &project, &environment, edits, &body.after, examples).await?))
}

/// Whom a change would affect, in each environment that it alters.
#[utoipa::path(
    post,
    path = "/changes/{number}/impact",
    tag = "changes",
    params(("project" = String, Path), ("number" = u64, Path)),
    request_body = ChangeImpactBody,
    responses((status = 200, body = ChangeImpact)),
)]
pub(super) async fn of_change(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
    Optional(body): Optional<ChangeImpactBody>,
) -> Result<Json<ChangeImpact>, Problems> {
    let examples = examples(body.examples)?;
    let environments = app.control.change_impact(&caller.0, &project, number, examples).await?;
    Ok(Json(ChangeImpact { environments }))
}

/// Forgets a context: of the samples that previews are made from, all that is about it.
#[utoipa::path(
    delete,
    path = "/contexts/{kind}/{key}",
    tag = "changes",
    params(
        ("project" = String, Path), ("environment" = String, Path), ("kind" = String, Path),
        ("key" = String, Path),
    ),
    responses((status = 204)),
)]
pub(super) async fn forget(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment, kind, key)): Segments<(String, String, String, String)>,
) -> Result<StatusCode, Problems> {
    app.control.forget_context(&caller.0, &project, &environment, (&kind, &key))?;
    Ok(StatusCode::NO_CONTENT)
}

fn examples(asked: Option<usize>) -> Result<usize, Problems> {
    match asked.unwrap_or(10) {
        few @ 0..=EXAMPLES => Ok(few),
        many => {
            Err(Problems::invalid(vec![Problem::new("examples", "is too many").value(many).hint("0 to 50")]))
        }
    }
}
