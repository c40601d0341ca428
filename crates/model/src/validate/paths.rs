//! Hosts, paths and the tokens of HTTP.

use std::net::Ipv6Addr;

/// The most bytes of a path.
const PATH_MAX: usize = 2_048;

/// Why this is no host: a name, an IPv4 address, or an IPv6 address in brackets.
pub(super) fn host_reason(host: &str) -> Option<String> {
    if let Some(inner) = host.strip_prefix('[') {
        let address = inner.strip_suffix(']').and_then(|a| a.parse::<Ipv6Addr>().ok());
        return address.is_none().then(|| "holds no IPv6 address between the brackets".into());
    }
    let bare = host.strip_suffix('.').unwrap_or(host);
    if bare.is_empty() {
        return Some("has no host".into());
    }
    if bare.len() > 253 {
        return Some("has more than 253 characters in its host".into());
    }
    for label in bare.split('.') {
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if label.is_empty() || label.len() > 63 || !label.bytes().all(fits) {
            let known = "letters, digits, '-' and '_', 1 to 63 of them between dots";
            return Some(format!("has {label:?} in its host; {known}, are allowed"));
        }
    }
    None
}

/// Why this can't be a path as it stands in requests, template variables aside.
pub(super) fn path_reason(path: &str) -> Option<String> {
    if !path.starts_with('/') {
        return Some("must start with '/'".into());
    }
    if path.len() > PATH_MAX {
        return Some(format!("has {} bytes; at most {PATH_MAX} are allowed", path.len()));
    }
    if let Some(c) =
        path.chars().find(|c| c.is_control() || c.is_whitespace() || matches!(c, '?' | '#' | '\\'))
    {
        return Some(format!("holds {c:?}, which no path can"));
    }
    for (at, _) in path.match_indices('%') {
        let code = path.get(at + 1..at + 3).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(byte) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) else {
            return Some("holds a '%' that is not followed by two hex digits".into());
        };
        if matches!(byte, b'/' | b'\\' | b'.' | 0..=31 | 127) {
            let code = &path[at..at + 3];
            return Some(format!(
                "holds {code}; slashes, dots and control characters must not be percent-encoded"
            ));
        }
    }
    let last = path.matches('/').count();
    for (at, segment) in path.split('/').enumerate().skip(1) {
        match segment {
            "." | ".." => return Some(format!("holds the segment {segment:?}, which leads elsewhere")),
            "" if at != last => return Some("holds an empty segment ('//')".into()),
            _ => {}
        }
    }
    None
}

/// True for a token of HTTP (RFC 9110, 5.6.2): a method, a header's name, a cookie's name.
pub(super) fn is_token(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(fits)
}
