//! Hosts and paths as routes name them.

use std::cmp::Reverse;

use switchyard_model::Problem;
use switchyard_model::route::PathMatch;

/// A host as a route names it, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum HostPattern {
    /// Just this host.
    Exact(Box<str>),
    /// One or more labels before this: `*.example.com` is `example.com` here.
    Below(Box<str>),
    /// Every host.
    Any,
}

/// How specific a host is; the less, the earlier it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HostRank {
    Exact,
    Below(Reverse<usize>),
    Any,
}

impl HostPattern {
    pub(crate) fn new(host: &str) -> Self {
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        match host.strip_prefix("*.") {
            Some(domain) => HostPattern::Below(domain.into()),
            None if host == "*" => HostPattern::Any,
            None => HostPattern::Exact(host.into()),
        }
    }

    pub(crate) fn rank(&self) -> HostRank {
        match self {
            HostPattern::Exact(_) => HostRank::Exact,
            HostPattern::Below(domain) => HostRank::Below(Reverse(domain.len())),
            HostPattern::Any => HostRank::Any,
        }
    }

    /// Whether this plain host (lower case, no port) fits.
    pub(crate) fn fits(&self, host: &str) -> bool {
        match self {
            HostPattern::Exact(exact) => **exact == *host,
            HostPattern::Below(domain) => domains_above(host).any(|above| *above == **domain),
            HostPattern::Any => true,
        }
    }
}

/// The domains a host is below, the longest first: `b.c` and `c` for `a.b.c`.
pub(crate) fn domains_above(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |rest| rest.split_once('.').map(|(_, above)| above)).skip(1)
}

/// One segment of a path pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    /// Just this text.
    Literal(Box<str>),
    /// Any text that is not empty.
    Any,
}

/// What may follow a pattern's segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing.
    Here,
    /// At least one more segment, which may be empty (`/a/` has one after `/a`).
    Rest,
    /// Nothing, or more segments.
    Open,
}

/// A path as a route names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathPattern {
    pub(crate) segments: Box<[Segment]>,
    pub(crate) end: End,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Exact,
    Template,
    Prefix,
}

/// How specific a path is; the less, the earlier it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PathRank {
    Exact,
    Template { literals: Reverse<usize>, rest: bool, segments: Reverse<usize> },
    Prefix(Reverse<usize>),
    Any,
}

impl PathPattern {
    /// Reads a pattern. A slash at a prefix's end doesn't count: `/a/` is `/a`.
    pub(crate) fn new(path: &PathMatch) -> Result<Self, Problem> {
        let (field, text, kind) = match path {
            PathMatch::Exact(text) => ("exact", text, Kind::Exact),
            PathMatch::Prefix(text) => ("prefix", text, Kind::Prefix),
            PathMatch::Template(text) => ("template", text, Kind::Template),
        };
        let problem = |reason: &str| Problem::new(format!("match.path.{field}"), reason).value(text.as_str());
        let inner = text.strip_prefix('/').ok_or_else(|| problem("must begin with `/`"))?;
        let literals = |inner: &str| inner.split('/').map(|s| Segment::Literal(s.into())).collect();
        let (segments, end) = match kind {
            Kind::Exact => (literals(inner), End::Here),
            Kind::Prefix => match inner.strip_suffix('/').unwrap_or(inner) {
                "" => (Box::default(), End::Open),
                inner => (literals(inner), End::Open),
            },
            Kind::Template => template(inner).map_err(problem)?,
        };
        Ok(PathPattern { segments, end, kind })
    }

    pub(crate) fn rank(&self) -> PathRank {
        let segments = Reverse(self.segments.len());
        match self.kind {
            Kind::Exact => PathRank::Exact,
            Kind::Prefix => PathRank::Prefix(segments),
            Kind::Template => {
                let literals = self.segments.iter().filter(|s| **s != Segment::Any).count();
                PathRank::Template { literals: Reverse(literals), rest: self.end == End::Rest, segments }
            }
        }
    }

    /// Whether this path fits.
    pub(crate) fn fits(&self, path: &str) -> bool {
        self.matched(path).is_some()
    }

    /// How many bytes of this path the pattern's own segments take, where it fits: all but what follows a
    /// prefix.
    pub(crate) fn matched(&self, path: &str) -> Option<usize> {
        let mut left = Some(path.strip_prefix('/')?);
        for segment in &self.segments {
            let (first, later) = cut(left?);
            match segment {
                Segment::Literal(literal) if **literal != *first => return None,
                Segment::Any if first.is_empty() => return None,
                _ => left = later,
            }
        }
        match (self.end, left) {
            (End::Here, None) | (End::Rest, Some(_)) => Some(path.len()),
            (End::Open, left) => Some(left.map_or(path.len(), |left| path.len() - left.len() - 1)),
            _ => None,
        }
    }
}

/// The first segment, and what follows the slash behind it.
pub(crate) fn cut(path: &str) -> (&str, Option<&str>) {
    match path.split_once('/') {
        Some((first, later)) => (first, Some(later)),
        None => (path, None),
    }
}

fn template(inner: &str) -> Result<(Box<[Segment]>, End), &'static str> {
    let mut segments = Vec::new();
    let mut end = End::Here;
    for part in inner.split('/') {
        if end == End::Rest {
            return Err("has segments behind `{name...}`, which takes all the rest");
        }
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) if name.ends_with("...") => end = End::Rest,
            Some(_) => segments.push(Segment::Any),
            None if part.contains(['{', '}']) => return Err("has a `{name}` that is not a whole segment"),
            None => segments.push(Segment::Literal(part.into())),
        }
    }
    Ok((segments.into(), end))
}
