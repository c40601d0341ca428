//! `/api/v1`: the page's and everybody's API.

use crate::endpoints::{Endpoints, routes};

mod account;
mod audit;
pub(crate) mod auth;
mod changes;
mod code;
mod compare;
mod contexts;
mod environments;
mod events;
mod explain;
mod files;
mod flags;
mod git;
mod guardrails;
mod impact;
mod keys;
mod lists;
mod members;
mod nodes;
mod order;
mod owners;
mod policies;
pub(crate) mod provider;
mod resources;
mod reviews;
mod revisions;
mod routing;
mod schedules;
pub(crate) mod schema;
mod search;
mod secure;
mod session;
mod teams;
mod tokens;
mod traffic;
mod triggers;
mod upstream;
mod usage;
mod ways;
mod webhooks;

/// Everything under `/api/v1`.
pub(crate) fn endpoints() -> Endpoints {
    let environment = Endpoints::new()
        .routes(routes!(flags::list))
        .routes(routes!(flags::detail))
        .routes(routes!(usage::of_flag))
        .routes(routes!(usage::unknown))
        .routes(routes!(routing::list))
        .routes(routes!(routing::detail))
        .routes(routes!(resources::segments))
        .routes(routes!(lists::of_environment))
        .routes(routes!(resources::services))
        .routes(routes!(resources::listeners))
        .routes(routes!(traffic::all))
        .routes(routes!(traffic::flag))
        .routes(routes!(traffic::route))
        .routes(routes!(nodes::list))
        .routes(routes!(explain::explain))
        .routes(routes!(impact::of_edits))
        .routes(routes!(impact::forget))
        .routes(routes!(contexts::seen))
        .routes(routes!(contexts::served))
        .routes(routes!(keys::list))
        .routes(routes!(keys::rotate))
        .routes(routes!(secure::get, secure::put))
        .routes(routes!(upstream::get, upstream::put, upstream::delete));
    let project = Endpoints::new()
        .nest("/environments/{environment}", environment)
        .routes(routes!(resources::all))
        .routes(routes!(changes::list, changes::create))
        .routes(routes!(owners::list))
        .routes(routes!(owners::hand_over))
        .routes(routes!(changes::check))
        .routes(routes!(changes::get, changes::put, changes::delete))
        .routes(routes!(changes::apply))
        .routes(routes!(order::order))
        .routes(routes!(order::resolve))
        .routes(routes!(order::notices))
        .routes(routes!(schedules::create, schedules::delete))
        .routes(routes!(schedules::list))
        .routes(routes!(compare::compare))
        .routes(routes!(reviews::submit))
        .routes(routes!(reviews::withdraw))
        .routes(routes!(reviews::review))
        .routes(routes!(reviews::comments, reviews::comment))
        .routes(routes!(environments::update))
        .routes(routes!(code::list))
        .routes(routes!(code::put, code::delete))
        .routes(routes!(guardrails::try_out))
        .routes(routes!(guardrails::packed))
        .routes(routes!(impact::of_change))
        .routes(routes!(revisions::list))
        .routes(routes!(revisions::get))
        .routes(routes!(revisions::revert))
        .routes(routes!(revisions::restore))
        .routes(routes!(files::apply))
        .routes(routes!(files::export))
        .routes(routes!(git::get, git::put, git::delete))
        .routes(routes!(git::sync))
        .routes(routes!(lists::make))
        .routes(routes!(lists::get))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::update, webhooks::delete))
        .routes(routes!(webhooks::rotate))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::resend))
        .routes(routes!(triggers::list, triggers::create))
        .routes(routes!(triggers::update, triggers::delete))
        .routes(routes!(triggers::rotate))
        .routes(routes!(triggers::firings))
        .routes(routes!(policies::list))
        .routes(routes!(policies::put, policies::delete))
        .routes(routes!(policies::check))
        .routes(routes!(policies::why))
        .routes(routes!(events::watch));
    let api = Endpoints::new()
        .nest("/projects/{project}", project)
        .routes(routes!(session::get, session::create, session::delete))
        .routes(routes!(ways::get))
        .routes(routes!(provider::begin))
        .routes(routes!(provider::callback))
        .routes(routes!(account::get))
        .routes(routes!(account::set_password))
        .routes(routes!(account::end_others))
        .routes(routes!(account::sessions))
        .routes(routes!(account::end))
        .routes(routes!(account::end_of_member))
        .routes(routes!(account::remove_password))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::update, tokens::delete))
        .routes(routes!(tokens::rotate))
        .routes(routes!(members::list, members::create))
        .routes(routes!(members::update))
        .routes(routes!(members::sign_in_link))
        .routes(routes!(teams::list))
        .routes(routes!(teams::put, teams::delete))
        .routes(routes!(teams::of_member))
        .routes(routes!(audit::list))
        .routes(routes!(audit::export))
        .routes(routes!(audit::verify))
        .routes(routes!(audit::erase))
        .routes(routes!(lists::erase));
    Endpoints::new().nest("/api/v1", api)
}
