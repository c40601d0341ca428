//! Teams.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use switchyard_control::{Member, Team, TeamDraft};
use switchyard_model::ids::Key;
use utoipa::ToSchema;

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::Segments;
use crate::problem::Problems;

/// What a team is to be.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TeamBody {
    /// Its key where absent.
    name: Option<String>,
    /// All its members' ids.
    members: BTreeSet<String>,
    /// Only if it is at this version; 0 where there must be none yet. Whatever there is where absent.
    expected_version: Option<u64>,
}

/// All teams, by name.
#[utoipa::path(get, path = "/teams", tag = "settings", responses((status = 200, body = Vec<schema::views::Team>)))]
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Team>>, Problems> {
    Ok(Json(app.control.teams(&caller.0)?))
}

/// Makes a team be this, whether it was there or not.
#[utoipa::path(
    put,
    path = "/teams/{key}",
    tag = "settings",
    params(("key" = String, Path)),
    request_body = TeamBody,
    responses(
        (status = 200, body = schema::views::Team),
        (status = 412, description = "It is at another version by now"),
    ),
)]
pub(super) async fn put(
    State(app): State<App>,
    caller: Caller,
    Segments(key): Segments<String>,
    Shaped(body): Shaped<TeamBody>,
) -> Result<Json<Team>, Problems> {
    let TeamBody { name, members, expected_version } = body;
    let draft = TeamDraft { name: name.unwrap_or_default(), members, expected_version };
    Ok(Json(app.control.put_team(&caller.0, &key, draft).await?))
}

/// All of a member's teams.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TeamsBody {
    /// Their keys.
    #[schema(value_type = Vec<String>)]
    teams: BTreeSet<Key>,
}

/// Makes these be all of a member's teams.
#[utoipa::path(
    put,
    path = "/members/{id}/teams",
    tag = "settings",
    params(("id" = String, Path)),
    request_body = TeamsBody,
    responses((status = 200, body = schema::views::Member)),
)]
pub(super) async fn of_member(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Shaped(body): Shaped<TeamsBody>,
) -> Result<Json<Member>, Problems> {
    Ok(Json(app.control.set_teams(&caller.0, &id, body.teams).await?))
}

/// Takes a team away. What it owns is nobody's then.
#[utoipa::path(
    delete,
    path = "/teams/{key}",
    tag = "settings",
    params(("key" = String, Path)),
    responses((status = 204)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments(key): Segments<String>,
) -> Result<StatusCode, Problems> {
    app.control.remove_team(&caller.0, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}
