//! Faces that a page of any site may ask: there is nothing there that a cookie opens.

use std::time::Duration;

use crate::endpoints::Endpoints;
use http::{Method, header};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

use crate::problem::Problems;

/// Lets browsers ask from anywhere, with any header, as SDKs have their own.
pub(crate) fn any_site(routes: Endpoints) -> Endpoints {
    let report = Method::from_bytes(b"REPORT").expect("letters alone");
    let layer = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, report])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([header::ETAG, header::DATE, header::RETRY_AFTER])
        .max_age(Duration::from_secs(3600));
    // A preflight asks with a method that the address doesn't have: what refuses those must be within the layer.
    let refused = async || Problems::method_not_allowed();
    routes.map(|routes| routes.method_not_allowed_fallback(refused).layer(layer))
}
