//! `/hooks`: what comes in from outside, with what it carries as its only key: calls that set triggers off, and
//! links with which a member answers a message.

mod page;
mod review;
mod trigger;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(crate) fn endpoints() -> OpenApiRouter<App> {
    let hooks =
        OpenApiRouter::new().routes(routes!(trigger::fire)).routes(routes!(review::show, review::answer));
    OpenApiRouter::new().nest("/hooks", hooks)
}
