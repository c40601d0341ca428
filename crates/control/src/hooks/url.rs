//! Where a webhook is sent to, as a person writes it.

use std::net::IpAddr;

use switchyard_model::Problem;
use url::{Host, Url};

use super::address::refused;

/// The most bytes of a URL.
const MAX: usize = 2_000;

/// What is wrong with a webhook's URL. A name's addresses are looked at each time it is called.
pub(crate) fn wrong(text: &str, private: bool) -> Option<Problem> {
    let problem = |reason: String| Problem::new("url", reason).hint("as https://hooks.example/switchyard");
    if text.len() > MAX {
        return Some(problem(format!("is too long: at most {MAX} bytes")));
    }
    let Ok(url) = Url::parse(text) else { return Some(problem("is no URL".into()).value(text)) };
    if !matches!(url.scheme(), "http" | "https") {
        return Some(problem(format!("is no address of the web: {}:", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Some(problem("has a user, a password or a fragment, which are not sent".into()));
    }
    let address: Option<IpAddr> = match url.host() {
        Some(Host::Ipv4(v4)) => Some(v4.into()),
        Some(Host::Ipv6(v6)) => Some(v6.into()),
        _ => None,
    };
    let why = address.and_then(|address| refused(address, private))?;
    let hint = match refused(address?, true) {
        None => "a server calls its own networks where it is started with --webhooks-private",
        Some(_) => "a public address",
    };
    Some(Problem::new("url", why).value(text).hint(hint))
}

/// A URL whose path is a secret, as people may see it.
pub(super) fn masked(text: &str) -> String {
    let host = Url::parse(text).ok().and_then(|url| {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}://{}{port}", url.scheme(), url.host_str()?))
    });
    host.map_or_else(|| "…".to_owned(), |host| format!("{host}/…"))
}
