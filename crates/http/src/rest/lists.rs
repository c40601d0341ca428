//! The lists of big segments.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;
use switchyard_control::{BigSegmentsView, Erased, ListMade, ListMode, ListSide, NewList};
use switchyard_model::Problem;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::{Shaped, read_within};
use crate::extract::{Params, Segments};
use crate::problem::Problems;

/// The most bytes of keys in one upload.
const LIMIT: usize = 64_000_000;

/// Which side of a list.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Side {
    #[default]
    Included,
    Excluded,
}

/// What the keys are to those there are: all of them, more, or no more there.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Mode {
    #[default]
    Replace,
    Add,
    Remove,
}

/// What becomes of the keys.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Upload {
    /// The hash of the list that is altered; an empty one where absent.
    onto: Option<String>,
    #[serde(default)]
    #[param(inline)]
    side: Side,
    #[serde(default)]
    #[param(inline)]
    mode: Mode,
}

/// Makes a list of keys: one a line, the first column of a CSV; at most 1,000,000. A segment names it by its hash, in a
/// change; nobody is in it by the upload.
#[utoipa::path(
    post,
    path = "/lists",
    tag = "lists",
    params(("project" = String, Path), Upload),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 201, body = schema::list::ListMade)),
)]
pub(super) async fn make(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Params(upload): Params<Upload>,
    headers: HeaderMap,
    body: Body,
) -> Result<(http::StatusCode, Json<ListMade>), Problems> {
    let bytes = read_within(LIMIT, &headers, body).await?;
    let text = String::from_utf8(bytes.into()).map_err(|_| {
        Problems::bad_request(Problem::new("", "is not UTF-8").hint("save the file as CSV in UTF-8"))
    })?;
    let new = NewList {
        onto: upload.onto,
        side: match upload.side {
            Side::Included => ListSide::Included,
            Side::Excluded => ListSide::Excluded,
        },
        mode: match upload.mode {
            Mode::Replace => ListMode::Replace,
            Mode::Add => ListMode::Add,
            Mode::Remove => ListMode::Remove,
        },
        text,
    };
    let made = app.control.make_list(&caller.0, &project, new).await?;
    Ok((http::StatusCode::CREATED, Json(made)))
}

/// Which side is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default)]
    #[param(inline)]
    side: Side,
}

/// The keys of a list, one a line.
#[utoipa::path(
    get,
    path = "/lists/{hash}",
    tag = "lists",
    params(("project" = String, Path), ("hash" = String, Path), Wanted),
    responses((status = 200, content_type = "text/csv", body = String)),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    Segments((project, hash)): Segments<(String, String)>,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Problems> {
    let list = app.control.list(&caller.0, &project, &hash).await?;
    let lines = |keys: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for key in keys {
            text.push_str(&quoted(key));
            text.push('\n');
        }
        text
    };
    let text = match wanted.side {
        Side::Included => lines(&mut list.included()),
        Side::Excluded => lines(&mut list.excluded()),
    };
    let csv = HeaderValue::from_static("text/csv; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, csv)], text).into_response())
}

/// The environment's big segments, and whether the Redis in which servers' SDKs look their members up is in step.
#[utoipa::path(
    get,
    path = "/big-segments",
    tag = "lists",
    params(("project" = String, Path), ("environment" = String, Path)),
    responses((status = 200, body = schema::list::BigSegmentsView)),
)]
pub(super) async fn of_environment(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
) -> Result<Json<BigSegmentsView>, Problems> {
    Ok(Json(app.control.big_segments(&caller.0, &project, &environment).await?))
}

/// Whose key is erased.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ErasureBody {
    /// The whole key, as it stands in lists.
    key: String,
    /// Whether it is only said what that would be.
    #[serde(default)]
    dry_run: bool,
}

/// Erases somebody's key from every list that the history keeps, of all projects, and forgets what was sampled of them.
/// Refused where the key is in force: a change takes it out first.
#[utoipa::path(
    post,
    path = "/erasures",
    tag = "lists",
    request_body = ErasureBody,
    responses((status = 200, body = schema::list::Erased)),
)]
pub(super) async fn erase(
    State(app): State<App>,
    caller: Caller,
    Shaped(body): Shaped<ErasureBody>,
) -> Result<Json<Erased>, Problems> {
    Ok(Json(app.control.erase_key(&caller.0, &body.key, body.dry_run).await?))
}

/// As it is read again: quoted where a spreadsheet would take it apart.
fn quoted(key: &str) -> std::borrow::Cow<'_, str> {
    let plain = !key.contains(['"', ',', ';', '\t']) && key.trim() == key;
    if plain { key.into() } else { format!("\"{}\"", key.replace('"', "\"\"")).into() }
}
