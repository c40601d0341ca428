//! What is no request for anybody. hyper has refused before what is no HTTP, and heads that are too big.

use http::header::{EXPECT, HOST};
use http::request::Parts;
use http::{HeaderMap, Method, Version};

use crate::config::Limits;
use crate::refusal::Refusal;

/// Refuses what upstreams could read in another way than routes do, and what this gateway can't do.
pub(crate) fn check(head: &Parts, limits: &Limits) -> Result<(), Refusal> {
    if head.method == Method::CONNECT || head.method == Method::TRACE {
        return Err(Refusal::Method);
    }
    if head.uri.scheme().is_some() || head.uri.authority().is_some() {
        return Err(Refusal::Bad("The request's target must be a path, not a whole URL."));
    }
    let length = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
    if length > limits.uri_bytes {
        return Err(Refusal::UriTooLong);
    }
    path(head.uri.path()).map_err(Refusal::Bad)?;
    host(&head.headers, head.version).map_err(Refusal::Bad)?;
    match head.headers.get(EXPECT) {
        Some(value) if !value.as_bytes().eq_ignore_ascii_case(b"100-continue") => Err(Refusal::Expectation),
        _ => Ok(()),
    }
}

/// A path that could name something else once it is decoded or tidied up: `.` and `..` segments, backslashes,
/// control characters; percent-encoded too.
fn path(path: &str) -> Result<(), &'static str> {
    if !path.starts_with('/') {
        return Err("The path must begin with '/'.");
    }
    // Where a segment that decodes to dots began, as far as it is all dots.
    let mut dots = Some(0);
    let mut bytes = path.bytes().skip(1);
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => match (bytes.next().and_then(hex), bytes.next().and_then(hex)) {
                (Some(high), Some(low)) => high * 16 + low,
                _ => return Err("The path holds a '%' that two hexadecimal digits don't follow."),
            },
            byte => byte,
        };
        match byte {
            0..=0x1F | 0x7F => return Err("The path holds a control character."),
            b'\\' => return Err("The path holds a backslash."),
            // An encoded slash parts no segments for routes, but may for an upstream.
            b'/' if matches!(dots, Some(1 | 2)) => return Err(DOTS),
            b'/' => dots = Some(0),
            b'.' => dots = dots.map(|n| n + 1),
            _ => dots = None,
        }
    }
    if matches!(dots, Some(1 | 2)) { Err(DOTS) } else { Ok(()) }
}

const DOTS: &str = "The path holds a '.' or '..' segment.";

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|n| n as u8)
}

/// HTTP/1.1 has exactly one `Host` (RFC 9112, 3.2).
fn host(headers: &HeaderMap, version: Version) -> Result<(), &'static str> {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if is_host(host.as_bytes()) => Ok(()),
        (Some(_), None) => Err("The Host header is no host with an optional port."),
        (None, _) if version < Version::HTTP_11 => Ok(()),
        (None, _) => Err("The Host header is missing."),
        (Some(_), Some(_)) => Err("There is more than one Host header."),
    }
}

fn is_host(text: &[u8]) -> bool {
    let (host, port) = match text.iter().position(|b| *b == b']') {
        Some(end) => text.split_at(end + 1),
        None => text.split_at(text.iter().position(|b| *b == b':').unwrap_or(text.len())),
    };
    let named = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let host_fits = match host {
        [] => false,
        [b'[', inner @ .., b']'] => {
            str::from_utf8(inner).is_ok_and(|ip| ip.parse::<std::net::Ipv6Addr>().is_ok())
        }
        name => name.iter().all(named),
    };
    let port_fits = match port {
        [] => true,
        [b':', digits @ ..] => digits.len() <= 5 && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    host_fits && port_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_could_be_read_in_two_ways_are_refused() {
        for good in [
            "/",
            "/a/b",
            "//a",
            "/a..b",
            "/...",
            "/.well-known/x",
            "/a/..b",
            "/%41",
            "/a%2Fb",
            "/ü%C3%BC",
            "/a.",
        ] {
            assert_eq!(path(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "a",
            "*",
            "/..",
            "/.",
            "/a/../b",
            "/a/./b",
            "/%2e%2E/x",
            "/.%2e",
            "/a%2f..%2fb",
            "/..%2fb",
            "/a\\b",
            "/a%5Cb",
            "/%00",
            "/a%0d%0ab",
            "/%7f",
            "/%",
            "/%4",
            "/%zz",
            "/a/%2e",
        ] {
            assert!(path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hosts_are_names_or_addresses() {
        for good in ["a", "a.b-c_d", "A:80", "127.0.0.1:7480", "[::1]", "[::1]:80", "a:"] {
            assert!(is_host(good.as_bytes()), "{good}");
        }
        for bad in [
            "", ":80", "a b", "a/b", "a@b", "a:x", "a:123456", "[a]", "[::1", "::1", "a,b", "a\u{fc}",
            "[::1]x",
        ] {
            assert!(!is_host(bad.as_bytes()), "{bad}");
        }
    }
}
