//! References to a context's attributes.

use crate::hash::Label;

/// Where in a context a value is: a name, or a path such as `/address/city`.
///
/// A reference that begins with `/` is a path whose parts are separated by `/`; in a part `~0` stands for `~` and
/// `~1` for `/`. Any other is the name of an attribute as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    pub(crate) root: Root,
    pub(crate) rest: Box<[Box<str>]>,
}

/// The attribute a reference begins with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Root {
    Key,
    Kind,
    Name,
    Anonymous,
    Attribute(Label),
}

/// What is wrong with a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Neither a name nor a path.
    #[error("an attribute reference must not be empty")]
    Empty,
    /// A part of the path is empty.
    #[error("an attribute reference must not have a double or a trailing slash")]
    EmptyPart,
    /// `~` is followed by something else than `0` or `1`.
    #[error("in an attribute reference `~` must be followed by `0` or `1`")]
    Escape,
}

impl Reference {
    /// Reads a reference.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(source: &str) -> Result<Self, ReferenceError> {
        let Some(path) = source.strip_prefix('/') else { return Self::literal(source) };
        if path.is_empty() {
            return Err(ReferenceError::Empty);
        }
        let mut parts = path.split('/').map(unescape);
        let root = Root::new(&parts.next().unwrap_or(Err(ReferenceError::Empty))?);
        Ok(Self { root, rest: parts.collect::<Result<_, _>>()? })
    }

    /// The attribute of exactly that name, slashes and all.
    ///
    /// # Errors
    /// [`ReferenceError::Empty`] for an empty name.
    pub fn literal(name: &str) -> Result<Self, ReferenceError> {
        if name.is_empty() {
            return Err(ReferenceError::Empty);
        }
        Ok(Self { root: Root::new(name), rest: Box::default() })
    }

    /// The attribute `key`.
    pub(crate) fn key() -> Self {
        Self { root: Root::Key, rest: Box::default() }
    }

    /// Reads what LaunchDarkly's model holds: beside a context kind it is a reference, without one it is from
    /// the time when there were only users, and a plain name.
    pub(crate) fn of_model(source: &str, beside_a_kind: bool) -> Result<Self, ReferenceError> {
        if beside_a_kind { Self::parse(source) } else { Self::literal(source) }
    }

    /// Whether this is the attribute `kind`, which asks for the kinds of the whole context.
    pub(crate) fn is_kind(&self) -> bool {
        matches!(self.root, Root::Kind) && self.rest.is_empty()
    }
}

impl From<Label> for Reference {
    fn from(name: Label) -> Self {
        Self { root: Root::Attribute(name), rest: Box::default() }
    }
}

/// The shortest text that reads as the same reference: a name, or a path where it takes one.
impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.root.name();
        if self.rest.is_empty() && !name.starts_with('/') {
            return f.write_str(name);
        }
        let escape = |part: &str| part.replace('~', "~0").replace('/', "~1");
        write!(f, "/{}", escape(name))?;
        self.rest.iter().try_for_each(|part| write!(f, "/{}", escape(part)))
    }
}

impl Root {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Key => "key",
            Self::Kind => "kind",
            Self::Name => "name",
            Self::Anonymous => "anonymous",
            Self::Attribute(name) => &name.text,
        }
    }

    fn new(name: &str) -> Self {
        match name {
            "key" => Self::Key,
            "kind" => Self::Kind,
            "name" => Self::Name,
            "anonymous" => Self::Anonymous,
            _ => Self::Attribute(Label::new(name)),
        }
    }
}

fn unescape(part: &str) -> Result<Box<str>, ReferenceError> {
    if part.is_empty() {
        return Err(ReferenceError::EmptyPart);
    }
    let mut plain = String::with_capacity(part.len());
    let mut chars = part.chars();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '~' => match chars.next() {
                Some('0') => '~',
                Some('1') => '/',
                _ => return Err(ReferenceError::Escape),
            },
            _ => c,
        });
    }
    Ok(plain.into())
}
