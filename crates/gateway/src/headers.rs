//! A request's headers on their way through.

use std::fmt::Write;
use std::net::IpAddr;

use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use switchyard_snapshot::{CompiledListener, Decision};

/// Tells the upstream the revision that decided, as `switchyard-revision: 412`.
pub const REVISION_HEADER: HeaderName = HeaderName::from_static("switchyard-revision");
/// Tells the upstream which variation of a flag decided, as `switchyard-flags: checkout-v2=new`: pairs of flag
/// and variation between commas, both percent-encoded but for letters, digits, `.`, `_`, `-` and `~`.
pub const FLAGS_HEADER: HeaderName = HeaderName::from_static("switchyard-flags");
/// Names the request in logs, errors and upstreams. A client's own is kept where it is 1 to 128 letters, digits
/// and `.`, `_`, `-`, `:`, `+`, `/`, `=`, `@`; else it is a new UUID.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Those that are about one connection only (RFC 9110, 7.6.1), beside what `Connection` names.
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    KEEP_ALIVE,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    PROXY_CONNECTION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
];

/// Takes away what this listener does not believe, and all `switchyard-*`.
pub(crate) fn strip_untrusted(headers: &mut HeaderMap, listener: &CompiledListener) {
    remove(headers, |name| listener.removes(name));
}

/// Takes away what is about one connection only.
pub(crate) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(CONNECTION) {
        let named: Vec<HeaderName> = headers
            .get_all(CONNECTION)
            .iter()
            .flat_map(|value| value.as_bytes().split(|b| *b == b','))
            .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
            // Without these the message would be another one.
            .filter(|name| *name != HOST && *name != CONTENT_LENGTH)
            .collect();
        for name in named {
            headers.remove(name);
        }
    }
    remove(headers, |name| HOP_BY_HOP.contains(name));
}

fn remove(headers: &mut HeaderMap, which: impl Fn(&HeaderName) -> bool) {
    let names: Vec<HeaderName> = headers.keys().filter(|name| which(name)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// What this hop tells the upstream.
pub(crate) struct Told<'a> {
    pub(crate) peer: IpAddr,
    pub(crate) id: &'a HeaderValue,
    pub(crate) revision: &'a HeaderValue,
    pub(crate) decision: &'a Decision<'a>,
}

/// Makes a client's headers the upstream's. `X-Forwarded-For` gets the peer at its end; `-Proto` and `-Host` stay
/// as a proxy in front said, unless the listener does not believe them.
pub(crate) fn for_upstream(headers: &mut HeaderMap, told: &Told<'_>) {
    strip_hop_by_hop(headers);
    // The gateway itself asks the client to go on, when it reads the body.
    headers.remove(EXPECT);
    let host = headers.entry(HOST).or_insert(HeaderValue::from_static("")).clone();
    forwarded_for(headers, told.peer);
    headers.entry(FORWARDED_PROTO).or_insert(HeaderValue::from_static("http"));
    headers.entry(FORWARDED_HOST).or_insert(host);
    headers.insert(REQUEST_ID_HEADER, told.id.clone());
    headers.insert(REVISION_HEADER, told.revision.clone());
    if let Some(flag) = &told.decision.flag
        && let Some(variation) = flag.variation
    {
        headers.insert(FLAGS_HEADER, pair(flag.key, variation));
    }
}

fn forwarded_for(headers: &mut HeaderMap, peer: IpAddr) {
    let mut list = Vec::new();
    for value in headers.get_all(FORWARDED_FOR) {
        list.extend_from_slice(value.as_bytes());
        list.extend_from_slice(b", ");
    }
    list.extend_from_slice(peer.to_canonical().to_string().as_bytes());
    if let Ok(list) = HeaderValue::from_maybe_shared(bytes::Bytes::from(list)) {
        headers.insert(FORWARDED_FOR, list);
    }
}

/// `key=variation`.
fn pair(key: &str, variation: &str) -> HeaderValue {
    let mut text = String::with_capacity(key.len() + variation.len() + 1);
    encode(&mut text, key);
    text.push('=');
    encode(&mut text, variation);
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

fn encode(into: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'~' => {
                into.push(char::from(byte))
            }
            // Writing into a String does not fail.
            _ => _ = write!(into, "%{byte:02X}"),
        }
    }
}

/// The client's own id, where it is one.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&HeaderValue> {
    let allowed = |b: &u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b':' | b'+' | b'/' | b'=' | b'@')
    };
    let fits = |id: &&HeaderValue| (1..=128).contains(&id.len()) && id.as_bytes().iter().all(allowed);
    headers.get(REQUEST_ID_HEADER).filter(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_hold_nothing_that_could_end_them() {
        assert_eq!(pair("checkout-v2", "new"), "checkout-v2=new");
        assert_eq!(pair("a,b=c\r\n", "ü"), "a%2Cb%3Dc%0D%0A=%C3%BC");
    }

    #[test]
    fn what_connection_names_goes_with_it() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-One , host"),
            ("connection", "x-two"),
            ("host", "shop"),
            ("x-one", "1"),
            ("x-two", "2"),
            ("te", "trailers"),
            ("upgrade", "websocket"),
            ("keep-alive", "timeout=5"),
            ("x-three", "3"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        strip_hop_by_hop(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["host", "x-three"]);
    }
}
