//! A request as matching and mapping see it.

use std::borrow::Cow;
use std::net::IpAddr;

use http::header::{COOKIE, HeaderMap, HeaderName};

/// Headers that begin so are the product's own; incoming ones are never believed.
pub const OWN_HEADERS: &str = "switchyard-";

/// A request's head, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct RequestView<'a> {
    /// The method, as `GET`; case matters.
    pub method: &'a str,
    /// The `Host` header or authority. A port and a last dot are passed over; case doesn't matter.
    pub host: &'a str,
    /// The path as received, without query: nothing is decoded, so `%2F` is no segment boundary. Whoever
    /// receives requests refuses `.` and `..` segments first.
    pub path: &'a str,
    /// What follows the first `?`, without it.
    pub query: Option<&'a str>,
    /// All headers as received, those not to be believed among them: reading passes over them.
    pub headers: &'a HeaderMap,
    /// Who is connected.
    pub peer: IpAddr,
}

impl<'a> RequestView<'a> {
    /// The host as routes are matched by it: lower case, without port and last dot. Allocates only for a host
    /// with upper case.
    pub(crate) fn plain_host(&self) -> Cow<'a, str> {
        let host = match self.host.strip_prefix('[').and_then(|inner| inner.find(']')) {
            Some(end) => &self.host[..end + 2],
            None => self.host.split_once(':').map_or(self.host, |(host, _)| host),
        };
        let host = host.strip_suffix('.').unwrap_or(host);
        if host.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(host)
        }
    }
}

/// The headers that a listener takes away before anything reads them: those its mapping names, and all that
/// begin with [`OWN_HEADERS`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Untrusted(Box<[HeaderName]>);

impl Untrusted {
    pub(crate) fn new(names: impl IntoIterator<Item = HeaderName>) -> Self {
        Untrusted(names.into_iter().collect())
    }

    pub(crate) fn has(&self, name: &HeaderName) -> bool {
        name.as_str().starts_with(OWN_HEADERS) || self.0.contains(name)
    }
}

/// A request without the headers that are not to be believed.
#[derive(Clone, Copy)]
pub(crate) struct Visible<'a> {
    pub(crate) request: &'a RequestView<'a>,
    pub(crate) untrusted: &'a Untrusted,
}

impl<'a> Visible<'a> {
    /// A header's values that are text.
    pub(crate) fn header(self, name: &HeaderName) -> impl Iterator<Item = &'a str> + use<'a> {
        let hidden = self.untrusted.has(name);
        let values = (!hidden).then(|| self.request.headers.get_all(name).into_iter());
        values.into_iter().flatten().filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
    }

    /// A cookie's value, without the quotes it may stand in (RFC 6265, 4.1.1).
    pub(crate) fn cookie(self, name: &str) -> Option<&'a str> {
        let pairs = self.header(&COOKIE).flat_map(|line| line.split(';'));
        let (_, value) = pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(n, _)| *n == name)?;
        Some(value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value))
    }

    /// A query parameter's values, decoded as forms are: `%XX`, and `+` for a space.
    pub(crate) fn query(self, name: &str) -> impl Iterator<Item = Cow<'a, str>> {
        form_urlencoded::parse(self.request.query.unwrap_or_default().as_bytes())
            .filter(move |(n, _)| n == name)
            .map(|(_, value)| value)
    }
}
