//! Who may do what: a project's policies, and why somebody may.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use switchyard_control::{PoliciesView, PolicyCheck, PolicyDraft, PolicyView, WhyOn, WhyView};
use switchyard_model::{Kind, Problem, ResourceId, Scope};
use switchyard_policy::{Aspect, Aspects, Deed};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::{Params, Segments};
use crate::problem::Problems;

/// A policy to keep.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PolicyBody {
    /// What people call it.
    name: String,
    /// What it says, in Cedar.
    text: String,
    /// Only if it is at this version; 0 where there must be none yet.
    expected_version: Option<u64>,
}

/// A policy to look at.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PolicyCheckBody {
    /// What it says, in Cedar.
    text: String,
    /// Whose place it would take.
    #[serde(default)]
    key: String,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WhyParams {
    /// A member or a token, by id.
    who: String,
    /// What they want to do.
    #[param(value_type = schema::policy::Deed)]
    action: Deed,
    /// The environment, of the resource or by itself.
    environment: Option<String>,
    /// The resource's kind; none for what is done with a project or an environment.
    #[param(value_type = Option<schema::Kind>)]
    kind: Option<Kind>,
    /// The resource's key.
    key: Option<String>,
    /// What of the resource would change: aspects, with commas between.
    aspects: Option<String>,
}

/// A project's policies, and those that ship with the product.
#[utoipa::path(
    get,
    path = "/policies",
    tag = "policies",
    params(("project" = String, Path)),
    responses((status = 200, body = schema::policy::Policies)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
) -> Result<Json<PoliciesView>, Problems> {
    Ok(Json(app.control.policies(&caller.0, &project)?))
}

/// Makes the policy of this key be this. It holds from now on.
#[utoipa::path(
    put,
    path = "/policies/{key}",
    tag = "policies",
    params(("project" = String, Path), ("key" = String, Path)),
    request_body = PolicyBody,
    responses(
        (status = 200, body = schema::policy::Policy),
        (status = 412, description = "It is at another version by now"),
        (status = 422, description = "All that is wrong with it, with line and column"),
    ),
)]
pub(super) async fn put(
    State(app): State<App>,
    caller: Caller,
    Segments((project, key)): Segments<(String, String)>,
    Shaped(body): Shaped<PolicyBody>,
) -> Result<Json<PolicyView>, Problems> {
    let PolicyBody { name, text, expected_version } = body;
    let draft = PolicyDraft { name, text, expected_version };
    Ok(Json(app.control.put_policy(&caller.0, &project, &key, draft).await?))
}

/// Takes a policy away.
#[utoipa::path(
    delete,
    path = "/policies/{key}",
    tag = "policies",
    params(("project" = String, Path), ("key" = String, Path)),
    responses((status = 204)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments((project, key)): Segments<(String, String)>,
) -> Result<StatusCode, Problems> {
    app.control.remove_policy(&caller.0, &project, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is wrong with a policy, and what it says in words. Nothing is kept.
#[utoipa::path(
    post,
    path = "/policies/check",
    tag = "policies",
    params(("project" = String, Path)),
    request_body = PolicyCheckBody,
    responses((status = 200, body = schema::policy::PolicyCheck)),
)]
pub(super) async fn check(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Shaped(body): Shaped<PolicyCheckBody>,
) -> Result<Json<PolicyCheck>, Problems> {
    Ok(Json(app.control.check_policy(&caller.0, &project, &body.key, &body.text)?))
}

/// Whether somebody may do something, and which policies say so.
#[utoipa::path(
    get,
    path = "/why",
    tag = "policies",
    params(("project" = String, Path), WhyParams),
    responses((status = 200, body = schema::policy::Why)),
)]
pub(super) async fn why(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Params(params): Params<WhyParams>,
) -> Result<Json<WhyView>, Problems> {
    let on = on(&params).map_err(Problems::invalid)?;
    Ok(Json(app.control.why(&caller.0, &project, &params.who, params.action, &on)?))
}

fn on(params: &WhyParams) -> Result<WhyOn, Vec<Problem>> {
    let mut problems = vec![];
    let mut aspects = Aspects::NONE;
    for word in
        params.aspects.iter().flat_map(|list| list.split(',')).map(str::trim).filter(|w| !w.is_empty())
    {
        match Aspect::of(word) {
            Some(aspect) => aspects = aspects.with(aspect),
            None => {
                let known: Vec<_> = Aspect::ALL.iter().map(|aspect| aspect.word()).collect();
                problems.push(Problem::new("aspects", "is no aspect").value(word).hint(known.join(", ")));
            }
        }
    }
    let resource = match (params.kind, &params.key) {
        (Some(kind), Some(key)) => {
            let scope = match (kind.is_project_scoped(), &params.environment) {
                (true, _) => Some(Scope::Project),
                (false, Some(environment)) => Some(Scope::Environment(environment.as_str().into())),
                (false, None) => None,
            };
            if scope.is_none() {
                let problem = Problem::new("environment", "is missing");
                problems.push(problem.hint(format!("a {kind} belongs to an environment: say which")));
            }
            scope.map(|scope| ResourceId { scope, kind, key: key.as_str().into() })
        }
        (Some(_), None) => {
            problems.push(Problem::new("key", "is missing").hint("which resource of this kind?"));
            None
        }
        (None, Some(_)) => {
            problems.push(Problem::new("kind", "is missing").hint("what kind of resource has this key?"));
            None
        }
        (None, None) => None,
    };
    match problems.is_empty() {
        true => Ok(WhyOn { environment: params.environment.clone(), resource, aspects }),
        false => Err(problems),
    }
}
