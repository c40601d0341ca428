//! Who asks for flags: the application where it says its name, else the SDK.

use http::{HeaderMap, HeaderName, header};

/// The longest name, in characters.
const LONGEST: usize = 64;

/// `checkout-web`, as the application calls itself in its SDK's configuration, or `NodeJSClient/9.10.2`. Empty
/// where neither is said.
pub(crate) fn asker(headers: &HeaderMap) -> String {
    let said = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim).filter(|v| !v.is_empty());
    let tags = said(HeaderName::from_static("x-launchdarkly-tags"));
    let application = tags.and_then(|tags| {
        let mut tags = tags.split_ascii_whitespace();
        tags.find_map(|tag| tag.strip_prefix("application-id/"))
    });
    let sdk = || said(HeaderName::from_static("x-launchdarkly-user-agent")).or(said(header::USER_AGENT));
    let name = application.or_else(sdk).unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn an_application_goes_before_its_sdk() {
        let said = |headers: &[(&'static str, &'static str)]| {
            let pairs = headers
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            asker(&pairs.collect())
        };
        let (node, browser) =
            (("user-agent", "NodeJSClient/9.10.2"), ("x-launchdarkly-user-agent", "JSClient/4.0"));
        let tags = ("x-launchdarkly-tags", "application-id/shop application-version/1.2");
        assert_eq!(said(&[node]), "NodeJSClient/9.10.2");
        assert_eq!(said(&[("user-agent", "Mozilla/5.0"), browser]), "JSClient/4.0");
        assert_eq!(said(&[node, tags]), "shop");
        assert_eq!(said(&[node, ("x-launchdarkly-tags", "application-version/1.2")]), "NodeJSClient/9.10.2");
        assert_eq!(said(&[]), "");
    }
}
