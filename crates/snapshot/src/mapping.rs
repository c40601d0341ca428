//! How a request becomes a context.

use std::borrow::Cow;

use std::hash::{Hash, Hasher};

use http::HeaderName;
use switchyard_flags::{AttributeValue, Attributes, Context};
use switchyard_model::Problem;
use switchyard_model::ids::Key;
use switchyard_model::listener::{ContextMapping, Reading, Source};

use crate::request::Visible;

/// A listener's mapping, made ready.
#[derive(Debug)]
pub(crate) struct Mapping(Box<[Kind]>);

#[derive(Debug)]
struct Kind {
    kind: Key,
    key: From,
    attributes: Box<[(Key, From, Reading)]>,
}

#[derive(Debug)]
pub(crate) enum From {
    Header(HeaderName),
    Cookie(Box<str>),
    Query(Box<str>),
    Address,
}

impl Mapping {
    /// Reads a mapping; what can't be compiled goes to `problems`.
    pub(crate) fn new(mapping: &ContextMapping, problems: &mut Vec<Problem>) -> Self {
        let mut from = |source: &Source, path: String| match From::new(source) {
            Ok(from) => Some(from),
            Err(reason) => {
                problems.push(Problem { path: format!("{path}.header"), ..reason });
                None
            }
        };
        let mut kinds = Vec::with_capacity(mapping.contexts.len());
        for (i, mapped) in mapping.contexts.iter().enumerate() {
            let path = format!("mapping.contexts[{i}]");
            let attributes = mapped.attributes.iter().enumerate().filter_map(|(j, attribute)| {
                let source = from(&attribute.from, format!("{path}.attributes[{j}].from"))?;
                Some((attribute.name.clone(), source, attribute.reading))
            });
            let attributes = attributes.collect();
            if let Some(key) = from(&mapped.key, format!("{path}.key")) {
                kinds.push(Kind { kind: mapped.kind.clone(), key, attributes });
            }
        }
        // In a context's own order, so that both hash alike.
        kinds.sort_by(|a, b| a.kind.cmp(&b.kind));
        Mapping(kinds.into())
    }

    /// The request's context; `None` where the request supplies the key of no kind. An empty key is none.
    pub(crate) fn context(&self, request: Visible<'_>) -> Option<Context> {
        let mut built = self.0.iter().filter_map(|kind| kind.context(request));
        let first = built.next()?;
        match built.next() {
            None => Some(first),
            Some(second) => Context::multi([first, second].into_iter().chain(built)).ok(),
        }
    }

    /// Hashes the kinds and keys of the request's context, as the context itself would; `false` where there is
    /// none. Builds nothing.
    pub(crate) fn hash_identity(&self, request: Visible<'_>, hasher: &mut impl Hasher) -> bool {
        let mut any = false;
        for kind in &self.0 {
            if let Some(key) = kind.key.read(request).filter(|key| !key.is_empty()) {
                any = true;
                (*kind.kind).hash(hasher);
                key.hash(hasher);
            }
        }
        any
    }

    /// Where the keys and these attributes come from.
    pub(crate) fn sources<'a>(&'a self, kept: &'a Attributes) -> impl Iterator<Item = &'a From> {
        self.0.iter().flat_map(|kind| {
            let attributes = kind.attributes.iter();
            let wanted = attributes.filter(|(name, ..)| kept.has_part_of(&kind.kind, name));
            std::iter::once(&kind.key).chain(wanted.map(|(_, from, _)| from))
        })
    }
}

impl Kind {
    fn context(&self, request: Visible<'_>) -> Option<Context> {
        let key = self.key.read(request).filter(|key| !key.is_empty())?;
        let mut context = Context::builder(&*self.kind, key);
        for (name, from, reading) in &self.attributes {
            if let Some(value) = from.read(request).and_then(|text| read_as(*reading, text)) {
                context = context.set(&**name, value);
            }
        }
        context.build().ok()
    }
}

impl From {
    fn new(source: &Source) -> Result<Self, Problem> {
        Ok(match source {
            Source::Header(name) => From::Header(
                HeaderName::from_bytes(name.as_bytes())
                    .map_err(|_| Problem::new("", "is no header name").value(name.as_str()))?,
            ),
            Source::Cookie(name) => From::Cookie(name.as_str().into()),
            Source::Query(name) => From::Query(name.as_str().into()),
            Source::Address => From::Address,
        })
    }

    fn read<'a>(&self, request: Visible<'a>) -> Option<Cow<'a, str>> {
        match self {
            From::Header(name) => request.header(name).next().map(Cow::Borrowed),
            From::Cookie(name) => request.cookie(name).map(Cow::Borrowed),
            From::Query(name) => request.query(name).next(),
            From::Address => Some(Cow::Owned(request.request.peer.to_canonical().to_string())),
        }
    }
}

fn read_as(reading: Reading, text: Cow<'_, str>) -> Option<AttributeValue> {
    match reading {
        Reading::String => Some(text.into_owned().into()),
        Reading::Number => text.trim().parse().ok().filter(|n: &f64| n.is_finite()).map(Into::into),
        Reading::Boolean => text.trim().parse::<bool>().ok().map(Into::into),
        Reading::List => Some(text.split(',').map(str::trim).collect::<Vec<_>>().into()),
    }
}
