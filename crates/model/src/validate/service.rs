//! A service by itself.

use super::key_at;
use super::paths::host_reason;
use super::reports::Report;
use crate::{Problem, Service};

/// The most subsets of a service.
const SUBSETS_MAX: usize = 100;
/// The most fixed endpoints of a subset.
const ENDPOINTS_MAX: usize = 1_000;

pub(super) fn check(report: &mut Report<'_>, service: &Service) {
    report.count("subsets", service.subsets.len(), 1, SUBSETS_MAX);
    let at_id = |at| format!("subsets[{at}].id");
    report.unique("id", service.subsets.iter().map(|s| &*s.id), at_id);
    for (at, subset) in service.subsets.iter().enumerate() {
        key_at(report, at_id(at), &subset.id);
        report.count(&format!("subsets[{at}].endpoints"), subset.endpoints.len(), 0, ENDPOINTS_MAX);
        let at_endpoint = |n| format!("subsets[{at}].endpoints[{n}]");
        report.unique("address", subset.endpoints.iter().map(String::as_str), at_endpoint);
        for (n, endpoint) in subset.endpoints.iter().enumerate() {
            if let Some(reason) = endpoint_reason(endpoint) {
                let hint = "write it as 10.0.0.7:8080, [::1]:8080 or orders.internal:8080";
                report.add(Problem::new(at_endpoint(n), reason).value(endpoint.as_str()).hint(hint));
            }
        }
    }
}

/// Why this is no `host:port`.
fn endpoint_reason(endpoint: &str) -> Option<String> {
    if endpoint.contains("://") {
        return Some("is a URL; only host and port are wanted".into());
    }
    let Some((host, port)) = endpoint.rsplit_once(':') else {
        return Some("has no port".into());
    };
    if port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) || !matches!(port.parse::<u16>(), Ok(1..))
    {
        return Some(format!("has {port:?} for a port, which is no number from 1 to 65535"));
    }
    host_reason(host)
}
