//! What a listener's routes look at of a request, and what is therefore kept of one that is sampled.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use form_urlencoded::Serializer;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderName, HeaderValue};
use switchyard_flags::Attributes;

use crate::CompiledListener;
use crate::mapping::From;
use crate::request::Visible;
use crate::route::CompiledRoute;

/// Credentials: never kept, but for whether they are there.
const SECRETS: [HeaderName; 2] = [AUTHORIZATION, PROXY_AUTHORIZATION];

/// The headers and query parameters that routes' conditions name.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    /// Each with whether only its presence counts.
    headers: Box<[(HeaderName, bool)]>,
    query: BTreeSet<Box<str>>,
}

/// What is kept of a request's head, beside method, host and path.
pub(crate) struct Head {
    pub(crate) headers: HeaderMap,
    pub(crate) query: Option<Box<str>>,
    /// The unspecified address where nothing asks for it.
    pub(crate) peer: IpAddr,
}

impl Reads {
    pub(crate) fn new(routes: &[Arc<CompiledRoute>]) -> Self {
        let mut headers: BTreeMap<&str, (&HeaderName, bool)> = BTreeMap::new();
        let mut query = BTreeSet::new();
        for route in routes {
            for (name, presence) in route.conditions.headers() {
                headers.entry(name.as_str()).or_insert((name, presence)).1 &= presence;
            }
            query.extend(route.conditions.query().map(Box::from));
        }
        let headers = headers.into_values().map(|(name, presence)| (name.clone(), presence));
        Reads { headers: headers.collect(), query }
    }
}

impl CompiledListener {
    /// The parts of a request that are kept, in words.
    pub(crate) fn parts(&self, kept: &Attributes) -> BTreeSet<String> {
        let named = |what: &str, name: &str| format!("{what} {name}");
        let headers = self.reads.headers.iter().map(|(name, presence)| match presence {
            true => named("that there is a header", name.as_str()),
            false => named("header", name.as_str()),
        });
        let query = self.reads.query.iter().map(|name| named("query parameter", name));
        let mapped = self.mapping.sources(kept).map(|source| match source {
            From::Header(name) => named("header", name.as_str()),
            From::Cookie(name) => named("cookie", name),
            From::Query(name) => named("query parameter", name),
            From::Address => "address".to_owned(),
        });
        headers.chain(query).chain(mapped).collect()
    }

    /// What some route's conditions or the mapping look at. Of the mapping that is the keys and those attributes
    /// that are kept.
    pub(crate) fn kept_head(&self, request: Visible<'_>, kept: &Attributes) -> Head {
        let mut head = Head { headers: HeaderMap::new(), query: None, peer: Ipv4Addr::UNSPECIFIED.into() };
        for (name, presence) in &self.reads.headers {
            for value in request.header(name) {
                let shown = if *presence || SECRETS.contains(name) { "" } else { value };
                append(&mut head.headers, name, shown);
            }
        }
        let mut query = self.reads.query.iter().map(|name| &**name).collect::<BTreeSet<&str>>();
        let mut cookies = vec![];
        for source in self.mapping.sources(kept) {
            match source {
                From::Header(name) if !head.headers.contains_key(name) => {
                    let value = request.header(name).next();
                    value.into_iter().for_each(|value| append(&mut head.headers, name, value));
                }
                From::Header(_) => {}
                From::Cookie(name) => {
                    cookies.extend(request.cookie(name).map(|value| format!("{name}={value}")));
                }
                From::Query(name) => {
                    query.insert(name);
                }
                From::Address => head.peer = request.request.peer,
            }
        }
        if !cookies.is_empty() && !head.headers.contains_key(COOKIE) {
            append(&mut head.headers, &COOKIE, &cookies.join("; "));
        }
        if !query.is_empty() {
            let mut pairs = Serializer::new(String::new());
            for name in query {
                for value in request.query(name) {
                    pairs.append_pair(name, &value);
                }
            }
            head.query = Some(pairs.finish()).filter(|text| !text.is_empty()).map(Into::into);
        }
        head
    }
}

fn append(headers: &mut HeaderMap, name: &HeaderName, value: &str) {
    // What came in as a header's text is one.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.append(name, value);
    }
}
