//! Conditional requests (RFC 9110, 13).

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::problem::Problems;

/// True where `If-None-Match` holds the tag, compared weakly as the RFC says.
pub(crate) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag == etag)
}

/// 304 with the tag.
pub(crate) fn not_modified(etag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    set(&mut response, etag);
    response
}

/// Names the response's version; it must be asked about again each time.
pub(crate) fn set(response: &mut Response, etag: &str) {
    if let Ok(value) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(header::ETAG, value);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
}

/// JSON under a tag of its own bytes, or 304 where the client has the same: for what changes by itself.
pub(crate) fn live_json<T: Serialize>(headers: &HeaderMap, value: &T) -> Response {
    let Ok(json) = serde_json::to_vec(value) else { return Problems::internal().into_response() };
    let hash = Sha256::digest(&json);
    let etag: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{etag}\"");
    if is_known(headers, &etag) {
        return not_modified(&etag);
    }
    let mut response = ([(header::CONTENT_TYPE, "application/json")], json).into_response();
    set(&mut response, &etag);
    response
}

/// The version in `If-Match: "v3"`.
///
/// # Errors
/// 428 without the header, 412 where it can't be any version of ours.
pub(crate) fn required_version(headers: &HeaderMap) -> Result<u64, Problems> {
    let value = headers.get(header::IF_MATCH).ok_or_else(Problems::precondition_required)?;
    value
        .to_str()
        .ok()
        .and_then(|text| text.trim().strip_prefix("\"v")?.strip_suffix('"')?.parse().ok())
        .ok_or_else(|| {
            Problems::stale(StatusCode::PRECONDITION_FAILED, "`If-Match` must be one version, as `\"v3\"`.")
        })
}
