//! Answering a message with its link. Looking does nothing: chat programs look at links too.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use switchyard_control::{Error, LinkView};
use switchyard_model::Verdict;
use utoipa::IntoParams;

use super::page::{Shown, answered, asked, nothing, page};
use crate::app::App;
use crate::body;
use crate::extract::{Params, Segments};
use crate::problem::Problems;
use crate::rest::schema;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ShowParams {
    /// Which answer the page offers first.
    #[param(value_type = Option<schema::review::Verdict>)]
    verdict: Option<Verdict>,
}

/// A page that asks for a verdict on the change that a link is for. Opening it does nothing.
#[utoipa::path(
    get,
    path = "/review/{link}",
    tag = "hooks",
    security(),
    params(("link" = String, Path), ShowParams),
    responses((status = 200, description = "A page", content_type = "text/html", body = String)),
)]
pub(super) async fn show(
    State(app): State<App>,
    Segments(link): Segments<String>,
    Params(params): Params<ShowParams>,
) -> Response {
    match app.control.review_link(&link).await {
        Ok(view) => match &view.over {
            None => page(StatusCode::OK, asked(&view, params.verdict.unwrap_or(Verdict::Approve), None)),
            Some(why) => page(StatusCode::GONE, nothing(why, Some(&view))),
        },
        Err(error) => failed(error, None),
    }
}

/// Gives the verdict of the member whom the link is for, once. The body is the page's form: `verdict`, `note`.
#[utoipa::path(
    post,
    path = "/review/{link}",
    tag = "hooks",
    security(),
    params(("link" = String, Path)),
    responses((status = 200, description = "A page", content_type = "text/html", body = String)),
)]
pub(super) async fn answer(
    State(app): State<App>,
    Segments(link): Segments<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let form = match body::read(&headers, body).await {
        Ok(form) => form,
        Err(_) => return page(StatusCode::BAD_REQUEST, nothing("The form did not arrive whole.", None)),
    };
    let (mut verdict, mut note) = (None, String::new());
    for (name, value) in form_urlencoded::parse(&form) {
        match (&*name, &*value) {
            ("verdict", "approve") => verdict = Some(Verdict::Approve),
            ("verdict", "reject") => verdict = Some(Verdict::Reject),
            ("note", text) => note = text.replace("\r\n", "\n"),
            _ => {}
        }
    }
    let Some(verdict) = verdict else {
        return page(StatusCode::BAD_REQUEST, nothing("The form says neither approve nor reject.", None));
    };
    match app.control.review_by_link(&link, verdict, note).await {
        Ok(view) => page(StatusCode::OK, answered(&view, verdict)),
        Err(error) => {
            let view = app.control.review_link(&link).await.ok();
            failed(error, view.map(|view| (view, verdict)))
        }
    }
}

/// What went wrong, in words; what can be mended is asked again.
fn failed(error: Error, asked_for: Option<(LinkView, Verdict)>) -> Response {
    match (error, asked_for) {
        (Error::NotFound(_) | Error::SignedOut, _) => {
            let why = "This is no link of ours, or whom it was for is no longer let in.";
            page(StatusCode::NOT_FOUND, nothing(why, None))
        }
        (Error::LinkOver(why), view) => {
            page(StatusCode::GONE, nothing(&why, view.as_ref().map(|(view, _)| view)))
        }
        (error, view) => {
            let problem = Problems::from(error);
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let shown: Shown = match &view {
                Some((view, verdict)) if view.over.is_none() => asked(view, *verdict, Some(&problem.detail)),
                view => nothing(&problem.detail, view.as_ref().map(|(view, _)| view)),
            };
            page(status, shown)
        }
    }
}
