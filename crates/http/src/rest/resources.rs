//! Resources as files hold them.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use switchyard_model::ids::Kind;
use switchyard_model::resource::Manifest;
use switchyard_model::{Problem, Resource, ResourceId, State as Resources};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::{schema, search};
use crate::app::App;
use crate::extract::{Params, Segments};
use crate::paging::{self, Page};
use crate::problem::Problems;

/// A resource and the newest revision that touched it.
#[derive(Serialize, ToSchema)]
pub(super) struct VersionedManifest {
    #[serde(flatten)]
    #[schema(value_type = schema::Manifest)]
    manifest: Value,
    /// The newest revision that touched it.
    revision: u64,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AllParams {
    /// Only this kind.
    kind: Option<String>,
    /// Only this environment's.
    environment: Option<String>,
    /// Only with this key.
    key: Option<String>,
    /// As it was at this revision; as it is where absent.
    at: Option<u64>,
    cursor: Option<String>,
    /// 1 to 500.
    limit: Option<u32>,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Words, each in the key, name, a tag or what the owner is called.
    q: Option<String>,
    /// Whose: a member's id, a team's key, or any name.
    owner: Option<String>,
    /// As it was at this revision; as it is where absent.
    at: Option<u64>,
    cursor: Option<String>,
    /// 1 to 500.
    limit: Option<u32>,
}

/// All resources of the project, by name.
#[utoipa::path(
    get,
    path = "/resources",
    tag = "files",
    params(("project" = String, Path), AllParams),
    responses((status = 200, body = Page<VersionedManifest>)),
)]
pub(super) async fn all(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Params(params): Params<AllParams>,
) -> Result<axum::Json<Page<VersionedManifest>>, Problems> {
    let resources = caller.project_at(&app, &project, params.at).await?;
    let kind: Option<Kind> = params
        .kind
        .map(|word| word.parse())
        .transpose()
        .map_err(|reason: String| Problems::bad_request(Problem::new("query.kind", reason)))?;
    let wanted = |id: &ResourceId, _: &Resource| {
        kind.is_none_or(|kind| id.kind == kind)
            && params.key.as_ref().is_none_or(|key| **key == *id.key)
            && params
                .environment
                .as_ref()
                .is_none_or(|wanted| id.scope.environment().is_some_and(|e| **e == **wanted))
    };
    page(&resources, wanted, params.cursor.as_deref(), params.limit)
}

/// The environment's segments, by key.
#[utoipa::path(
    get,
    path = "/segments",
    tag = "flags",
    params(("project" = String, Path), ("environment" = String, Path), ListParams),
    responses((status = 200, body = Page<VersionedManifest>)),
)]
pub(super) async fn segments(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
    Params(params): Params<ListParams>,
) -> Result<axum::Json<Page<VersionedManifest>>, Problems> {
    let resources = caller.environment_at(&app, &project, &environment, params.at).await?;
    of_kind(&app, &resources, &environment, Kind::Segment, params)
}

/// The environment's services, by key.
#[utoipa::path(
    get,
    path = "/services",
    tag = "routes",
    params(("project" = String, Path), ("environment" = String, Path), ListParams),
    responses((status = 200, body = Page<VersionedManifest>)),
)]
pub(super) async fn services(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
    Params(params): Params<ListParams>,
) -> Result<axum::Json<Page<VersionedManifest>>, Problems> {
    let resources = caller.environment_at(&app, &project, &environment, params.at).await?;
    of_kind(&app, &resources, &environment, Kind::Service, params)
}

/// The environment's listeners, by key.
#[utoipa::path(
    get,
    path = "/listeners",
    tag = "routes",
    params(("project" = String, Path), ("environment" = String, Path), ListParams),
    responses((status = 200, body = Page<VersionedManifest>)),
)]
pub(super) async fn listeners(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
    Params(params): Params<ListParams>,
) -> Result<axum::Json<Page<VersionedManifest>>, Problems> {
    let resources = caller.environment_at(&app, &project, &environment, params.at).await?;
    of_kind(&app, &resources, &environment, Kind::Listener, params)
}

fn of_kind(
    app: &App,
    resources: &Resources,
    environment: &str,
    kind: Kind,
    params: ListParams,
) -> Result<axum::Json<Page<VersionedManifest>>, Problems> {
    let words = search::words(params.q.as_deref());
    let wanted = |id: &ResourceId, resource: &Resource| {
        let texts = [resource.key(), resource.title()].into_iter();
        let texts = texts.chain(resource.tags().iter().map(String::as_str));
        id.kind == kind
            && id.scope.environment().is_some_and(|e| **e == *environment)
            && params.owner.as_deref().is_none_or(|owner| resource.owner() == Some(owner))
            && search::finds(app, &words, resource.owner(), texts)
    };
    page(resources, wanted, params.cursor.as_deref(), params.limit)
}

fn page(
    resources: &Resources,
    wanted: impl Fn(&ResourceId, &Resource) -> bool,
    cursor: Option<&str>,
    limit: Option<u32>,
) -> Result<axum::Json<Page<VersionedManifest>>, Problems> {
    let mut found: Vec<_> = resources
        .iter()
        .filter(|(id, found)| wanted(id, &found.resource))
        .map(|(id, found)| (id.to_string(), id, found))
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let page = paging::page(found, |(name, ..)| name, cursor, limit, resources.revision)?;
    let items = page.items.into_iter().map(|(_, id, found)| VersionedManifest {
        manifest: Manifest { scope: id.scope.clone(), resource: (*found.resource).clone() }.to_json(),
        revision: found.revision,
    });
    Ok(axum::Json(Page {
        items: items.collect(),
        total: page.total,
        next: page.next,
        revision: page.revision,
    }))
}
