//! The page: what `ui/` builds, in the binary.

use axum::Router;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Files;

/// Serves the page's files; any other path answers the page itself, which finds its way by the URL.
pub(crate) fn router() -> Router {
    Router::new().fallback(file)
}

async fn file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let (path, found) = match Files::get(path) {
        Some(found) if !path.is_empty() => (path, Some(found)),
        // A missing asset is missing; everything else is a page.
        _ if path.starts_with("assets/") => (path, None),
        _ => ("index.html", Files::get("index.html")),
    };
    let Some(found) = found else {
        let told = "This build has no page: run `make run`, or `npm run build` in ui/ before cargo.";
        return (StatusCode::NOT_FOUND, told).into_response();
    };
    // Assets carry their hash in their name.
    let caching =
        if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut answer = found.data.into_owned().into_response();
    let headers = answer.headers_mut();
    if let Ok(mime) = HeaderValue::from_str(found.metadata.mimetype()) {
        headers.insert(header::CONTENT_TYPE, mime);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    answer
}
