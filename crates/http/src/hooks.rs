//! `/hooks`: what comes in from outside, with what it carries as its only key: calls that set triggers off, and
//! links with which a member answers a message.

mod page;
mod review;
mod trigger;

use crate::endpoints::{Endpoints, routes};

pub(crate) fn endpoints() -> Endpoints {
    let hooks = Endpoints::new().routes(routes!(trigger::fire)).routes(routes!(review::show, review::answer));
    Endpoints::new().nest("/hooks", hooks)
}
