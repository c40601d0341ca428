//! Which environment a call is about. flagd knows no keys and no environments: a provider can send what its
//! configuration lets it.

use http::request::Parts;
use http::{HeaderMap, header};
use tonic::Status;

use super::Flagd;
use crate::launchdarkly::SdkEnvironment;
use crate::problem::Problems;

/// By the key in `authorization` or `x-api-key` (interceptors), in `flagd-selector` (a provider's selector), or as
/// the first part of `:authority` (its default authority; Node's sends no selector with its stream). Without any
/// the environment that is open to all, where there is one.
pub(super) fn environment(flagd: &Flagd, parts: &Parts) -> Result<SdkEnvironment, Status> {
    let said = in_metadata(&parts.headers).or_else(|| in_authority(parts.uri.authority()?.host()));
    let found = match (said, &flagd.open) {
        (Some(key), _) => SdkEnvironment::of_any_key(&flagd.app, key),
        (None, Some((project, environment))) => SdkEnvironment::without_key(&flagd.app, project, environment),
        (None, None) => {
            return Err(Status::unauthenticated(
                "there is no key; set the provider's selector to an SDK key of the environment",
            ));
        }
    };
    found.map_err(|problem| status(&problem))
}

fn in_metadata(headers: &HeaderMap) -> Option<&str> {
    let said = |name: &str| headers.get(name)?.to_str().ok().map(str::trim).filter(|said| !said.is_empty());
    let authorization = said(header::AUTHORIZATION.as_str()).map(|value| match value.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => key.trim(),
        _ => value,
    });
    authorization.or_else(|| said("x-api-key")).or_else(|| said("flagd-selector"))
}

/// Every call has an authority; it is a key where it looks like one.
fn in_authority(host: &str) -> Option<&str> {
    let first = host.split('.').next()?;
    (first.starts_with("sdk-") || first.starts_with("mob-")).then_some(first)
}

/// A refusal in gRPC's words.
pub(super) fn status(problem: &Problems) -> Status {
    let said = format!("{}. {}", problem.title, problem.detail);
    match problem.status {
        400 => Status::permission_denied(said),
        401 => Status::unauthenticated(said),
        503 => {
            let mut status = Status::unavailable(said);
            // gRPC's own word for Retry-After, in milliseconds (its proposal A6).
            if let Some(seconds) = problem.retry_after {
                status.metadata_mut().insert("grpc-retry-pushback-ms", (seconds * 1000).into());
            }
            status
        }
        _ => Status::internal(said),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn a_key_is_where_a_provider_can_put_it() {
        let said = |headers: &[(&'static str, &'static str)]| -> Option<String> {
            let pairs = headers
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            in_metadata(&pairs.collect()).map(str::to_owned)
        };
        assert_eq!(said(&[("authorization", "Bearer sdk-1")]).as_deref(), Some("sdk-1"));
        assert_eq!(said(&[("authorization", "sdk-1")]).as_deref(), Some("sdk-1"));
        assert_eq!(said(&[("flagd-selector", "b"), ("x-api-key", "a")]).as_deref(), Some("a"));
        assert_eq!(said(&[("flagd-selector", "b"), ("authorization", " ")]).as_deref(), Some("b"));
        assert_eq!(said(&[("flagd-selector", "")]), None);
        assert_eq!(in_authority("sdk-1.flags.example"), Some("sdk-1"));
        assert_eq!(in_authority("sdk-1"), Some("sdk-1"));
        for host in ["localhost", "flags.sdk-1", "", "127.0.0.1"] {
            assert_eq!(in_authority(host), None, "{host}");
        }
    }
}
