//! A few short texts.

use std::iter;

use crate::hash::same;

/// Texts in one piece of memory, so that looking through them takes one way to it.
#[derive(Debug)]
pub(crate) struct Texts {
    /// Each behind its length, which is one byte below 128 and so a letter too.
    all: Box<str>,
}

impl Texts {
    /// `None` where there are too many, or one is too long, for looking through them to be the quickest.
    pub(super) fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        /// Up to here comparing with each is quicker than hashing.
        const MOST: usize = 8;
        let mut all = String::new();
        for (number, text) in texts.into_iter().enumerate() {
            let length = u8::try_from(text.len()).ok().filter(u8::is_ascii)?;
            if number == MOST {
                return None;
            }
            all.push(length.into());
            all.push_str(text);
        }
        Some(Self { all: all.into() })
    }

    #[inline]
    pub(super) fn has(&self, text: &str) -> bool {
        self.iter().any(|one| same(one.as_bytes(), text.as_bytes()))
    }

    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let mut rest = &*self.all;
        iter::from_fn(move || {
            let length = usize::from(*rest.as_bytes().first()?);
            let (text, next) = rest.get(1..)?.split_at_checked(length)?;
            rest = next;
            Some(text)
        })
    }

    /// Reads something of them, for [`crate::ahead`].
    #[inline]
    pub(super) fn touch(&self) -> u64 {
        self.all.bytes().next().map_or(0, u64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_what_it_was_made_of() {
        let long = "x".repeat(127);
        let some = ["", "a", "ä", "\u{7f}b", long.as_str(), "\0", "a b c", "1"];
        let texts = Texts::new(some).unwrap();
        assert_eq!(texts.iter().collect::<Vec<_>>(), some);
        assert!(some.into_iter().all(|text| texts.has(text)));
        for other in ["b", "aa", "\u{1}a", "\u{1}", &long[1..], "2"] {
            assert!(!texts.has(other), "{other:?}");
        }
        assert!(!Texts::new([]).unwrap().has(""));
        assert!(Texts::new(["x".repeat(128).as_str()]).is_none());
        assert!(Texts::new(["x"; 9]).is_none());
    }
}
