//! Which provider, and as whom one relies on it.

use std::fmt;

use openidconnect::url::{Host, Url};

/// Which provider, and as whom one relies on it.
#[derive(Clone)]
pub struct Settings {
    /// The provider's issuer, as `https://id.example/realms/shop`.
    pub issuer: String,
    /// The client's id there.
    pub client_id: String,
    /// The client's secret there; none for a public client.
    pub client_secret: Option<String>,
    /// Where the provider sends browsers back to.
    pub redirect: String,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// Which claim names groups: a claim's name, or names with dots between as `realm_access.roles`.
    pub groups_claim: String,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the secret.
        f.debug_struct("Settings").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Settings {
    /// Why an issuer can't be one, or `None` where it can.
    pub fn against_issuer(issuer: &str) -> Option<&'static str> {
        let Ok(url) = Url::parse(issuer) else {
            return Some("is no URL");
        };
        let here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Some("names no host"),
        };
        match url.scheme() {
            "https" => {}
            "http" if here => {}
            "http" => return Some("is not encrypted, so that whoever is between could be anybody"),
            _ => return Some("is no address of a website"),
        }
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if plain { None } else { Some("has more than host and path") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_encrypted_or_on_this_machine() {
        for good in [
            "https://id.example",
            "https://id.example/realms/shop",
            "http://127.0.0.1:8080",
            "http://localhost/x",
            "http://[::1]:1",
        ] {
            assert_eq!(Settings::against_issuer(good), None, "{good}");
        }
        for bad in [
            "id.example",
            "http://id.example",
            "ftp://id.example",
            "https://id.example/?a=b",
            "https://u@id.example",
            "",
        ] {
            assert!(Settings::against_issuer(bad).is_some(), "{bad}");
        }
    }
}
