//! What a route asks beside host and path.

use http::HeaderName;
use regex::Regex;
use switchyard_model::Problem;
use switchyard_model::route::{Match, NamedMatch, ValueMatch};

use crate::request::Visible;

/// Method, headers and query of a match; all must fit.
#[derive(Debug)]
pub(crate) struct Conditions {
    methods: Box<[Box<str>]>,
    headers: Box<[(HeaderName, Value)]>,
    query: Box<[(Box<str>, Value)]>,
}

/// A condition that a request doesn't fulfil.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Miss<'a> {
    /// None of the methods.
    Method(&'a [Box<str>]),
    /// The header is not there, or no value of it fits.
    Header(&'a str),
    /// The query parameter is not there, or no value of it fits.
    Query(&'a str),
}

#[derive(Debug)]
enum Value {
    Present,
    Exact(Box<str>),
    Prefix(Box<str>),
    Regex(Regex),
}

impl Conditions {
    /// Reads a match's conditions; what can't be compiled goes to `problems`.
    pub(crate) fn new(matches: &Match, problems: &mut Vec<Problem>) -> Self {
        let mut values = |list: &[NamedMatch], field: &str| -> Vec<(String, Value)> {
            let read = |(i, named): (usize, &NamedMatch)| match Value::new(&named.value) {
                Ok(value) => Some((named.name.clone(), value)),
                Err(problem) => {
                    problems.push(Problem { path: format!("match.{field}[{i}].value.regex"), ..problem });
                    None
                }
            };
            list.iter().enumerate().filter_map(read).collect()
        };
        let headers = values(&matches.headers, "headers");
        let query = values(&matches.query, "query").into_iter().map(|(n, v)| (n.into(), v)).collect();
        let mut named = Vec::with_capacity(headers.len());
        for (i, (name, value)) in headers.into_iter().enumerate() {
            match HeaderName::from_bytes(name.as_bytes()) {
                Ok(name) => named.push((name, value)),
                Err(_) => problems
                    .push(Problem::new(format!("match.headers[{i}].name"), "is no header name").value(name)),
            }
        }
        let methods = matches.methods.iter().map(|m| m.as_str().into()).collect();
        Conditions { methods, headers: named.into(), query }
    }

    /// The headers it looks at; `true` where only that they are there counts.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&HeaderName, bool)> {
        self.headers.iter().map(|(name, value)| (name, matches!(value, Value::Present)))
    }

    /// The query parameters it looks at.
    pub(crate) fn query(&self) -> impl Iterator<Item = &str> {
        self.query.iter().map(|(name, _)| &**name)
    }

    /// How many there are; all methods together are one.
    pub(crate) fn count(&self) -> usize {
        usize::from(!self.methods.is_empty()) + self.headers.len() + self.query.len()
    }

    /// The first condition that the request doesn't fulfil. Of a header or parameter with several values, any
    /// one may fit.
    #[inline]
    pub(crate) fn miss(&self, request: Visible<'_>) -> Option<Miss<'_>> {
        if !self.methods.is_empty() && !self.methods.iter().any(|m| **m == *request.request.method) {
            return Some(Miss::Method(&self.methods));
        }
        for (name, value) in &self.headers {
            if !request.header(name).any(|found| value.fits(found)) {
                return Some(Miss::Header(name.as_str()));
            }
        }
        for (name, value) in &self.query {
            if !request.query(name).any(|found| value.fits(&found)) {
                return Some(Miss::Query(name));
            }
        }
        None
    }
}

impl Value {
    fn new(value: &ValueMatch) -> Result<Self, Problem> {
        Ok(match value {
            ValueMatch::Present => Value::Present,
            ValueMatch::Exact(text) => Value::Exact(text.as_str().into()),
            ValueMatch::Prefix(text) => Value::Prefix(text.as_str().into()),
            ValueMatch::Regex(source) => {
                let whole = Regex::new(&format!("^(?:{source})$"));
                Value::Regex(whole.map_err(|e| Problem::new("", e.to_string()).value(source.as_str()))?)
            }
        })
    }

    fn fits(&self, found: &str) -> bool {
        match self {
            Value::Present => true,
            Value::Exact(text) => **text == *found,
            Value::Prefix(text) => found.starts_with(&**text),
            Value::Regex(regex) => regex.is_match(found),
        }
    }
}
