//! What is in a list, and how it is written down.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use sha2::{Digest, Sha256};
use switchyard_model::Problem;

use super::{KEYS_MAX, ListMode, ListSide};

/// The most bytes of a key.
const KEY_MAX: usize = 1_024;

/// So many mistakes are told of one upload.
const TOLD: usize = 20;

/// The most bytes that a list is written in, so that what was tampered with does not fill the memory.
const WRITTEN_MAX: u64 = (KEYS_MAX * (KEY_MAX + 3)) as u64;

/// The keys of a list, sorted, each once on a side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) included: Vec<String>,
    pub(crate) excluded: Vec<String>,
}

impl Content {
    /// With what was said of one side.
    pub(crate) fn with(mut self, side: ListSide, mode: ListMode, mut keys: Vec<String>) -> Content {
        let own = match side {
            ListSide::Included => &mut self.included,
            ListSide::Excluded => &mut self.excluded,
        };
        match mode {
            ListMode::Replace => *own = keys,
            ListMode::Add => own.append(&mut keys),
            ListMode::Remove => {
                let gone: HashSet<String> = keys.into_iter().collect();
                own.retain(|key| !gone.contains(key));
            }
        }
        own.sort_unstable();
        own.dedup();
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.included.len() + self.excluded.len()
    }

    /// Its name: SHA-256 of it as it is written whole, in hexadecimal.
    pub(crate) fn hash(&self) -> String {
        self.hashed(Sha256::new(), |_| true)
    }

    /// Its name where others of its names are taken, so many.
    pub(crate) fn other_name(&self, taken: u32) -> String {
        self.hashed(Sha256::new().chain_update(format!("again {taken}\n")), |_| true)
    }

    /// What its name would be without a key; nothing where that is not in it.
    pub(crate) fn hash_without(&self, key: &str) -> Option<String> {
        let has = |keys: &[String]| keys.binary_search_by(|known| known.as_str().cmp(key)).is_ok();
        let there = has(&self.included) || has(&self.excluded);
        there.then(|| self.hashed(Sha256::new(), |known| known != key))
    }

    fn hashed(&self, mut hash: Sha256, counts: impl Fn(&str) -> bool) -> String {
        for (sign, keys) in [("+", &self.included), ("-", &self.excluded)] {
            for key in keys.iter().filter(|key| counts(key)) {
                hash.update(sign);
                hash.update(key);
                hash.update("\n");
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Written whole: a line for each key, after `+` where it is in and `-` where it is out.
    pub(crate) fn whole(&self) -> std::io::Result<Vec<u8>> {
        let lines = self.included.iter().map(|key| ("+", key.as_str()));
        pressed(lines.chain(self.excluded.iter().map(|key| ("-", key.as_str()))))
    }

    pub(crate) fn from_whole(bytes: &[u8]) -> Option<Content> {
        let mut content = Content::default();
        for line in unpressed(bytes)?.lines() {
            let (sign, key) = line.split_at_checked(1)?;
            match sign {
                "+" => content.included.push(key.to_owned()),
                "-" => content.excluded.push(key.to_owned()),
                _ => return None,
            }
        }
        Some(content)
    }

    /// Written as what differs from another: `+` or `-` for the side, `+` or `-` for what became of the key.
    pub(crate) fn since(&self, base: &Content) -> std::io::Result<Vec<u8>> {
        let mut lines = vec![];
        for (more, less, was, now) in
            [("++", "+-", &base.included, &self.included), ("-+", "--", &base.excluded, &self.excluded)]
        {
            differing(was, now, |key, is_new| lines.push((if is_new { more } else { less }, key.as_str())));
        }
        pressed(lines.into_iter())
    }

    /// What [`Content::since`] wrote, on what it wrote it of.
    pub(crate) fn after(self, bytes: &[u8]) -> Option<Content> {
        let text = unpressed(bytes)?;
        let mut content = self;
        let of = |sign: &str| -> Vec<String> {
            text.lines().filter_map(|line| line.strip_prefix(sign)).map(str::to_owned).collect()
        };
        if text.lines().any(|line| !["++", "+-", "-+", "--"].iter().any(|sign| line.starts_with(sign))) {
            return None;
        }
        for (side, more, less) in [(ListSide::Included, "++", "+-"), (ListSide::Excluded, "-+", "--")] {
            content = content.with(side, ListMode::Remove, of(less)).with(side, ListMode::Add, of(more));
        }
        Some(content)
    }

    /// How many keys are in or out that were not in `base`, and how many are not any more.
    pub(crate) fn differs(&self, base: &Content) -> (usize, usize) {
        let (mut added, mut removed) = (0, 0);
        for (was, now) in [(&base.included, &self.included), (&base.excluded, &self.excluded)] {
            differing(was, now, |_, is_new| if is_new { added += 1 } else { removed += 1 });
        }
        (added, removed)
    }
}

/// Walks both, which are sorted, and tells of what is in one alone, and whether that is the newer one.
fn differing<'k>(was: &'k [String], now: &'k [String], mut tell: impl FnMut(&'k String, bool)) {
    let (mut was, mut now) = (was.iter().peekable(), now.iter().peekable());
    loop {
        let order = match (was.peek(), now.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(was), Some(now)) => was.cmp(now),
        };
        match order {
            Ordering::Less => was.next().into_iter().for_each(|key| tell(key, false)),
            Ordering::Greater => now.next().into_iter().for_each(|key| tell(key, true)),
            Ordering::Equal => drop((was.next(), now.next())),
        }
    }
}

/// What was written, whole or as what differs, without the lines about a key; nothing where there are none. What another
/// list is on top of this one holds as before for all other keys.
///
/// # Errors
/// Where it can't be read or written.
pub(crate) fn without(bytes: &[u8], is_whole: bool, key: &str) -> std::io::Result<Option<Vec<u8>>> {
    let text = unpressed(bytes).ok_or(std::io::ErrorKind::InvalidData)?;
    let split = |line| str::split_at_checked(line, if is_whole { 1 } else { 2 });
    let is_about = |line| split(line).is_some_and(|(_, about)| about == key);
    if !text.lines().any(is_about) {
        return Ok(None);
    }
    pressed(text.lines().filter(|line| !is_about(line)).filter_map(split)).map(Some)
}

/// Whether a text can be a key of a list.
pub(crate) fn is_key(key: &str) -> bool {
    !key.is_empty() && key.len() <= KEY_MAX && !key.chars().any(char::is_control)
}

/// The keys of a file: the first column of each line, as spreadsheets write it.
///
/// # Errors
/// What is wrong, by line.
pub(crate) fn read(text: &str) -> Result<Vec<String>, Vec<Problem>> {
    let (mut keys, mut problems) = (vec![], vec![]);
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let key = first_column(line);
        let why = match key.as_deref() {
            None => Some("begins with a quote that does not end"),
            Some("") => Some("is an empty key"),
            Some(key) if key.len() > KEY_MAX => Some("is too long for a key"),
            Some(key) if key.chars().any(char::is_control) => Some("holds control characters"),
            Some(_) => None,
        };
        match (key, why) {
            (Some(key), None) => keys.push(key),
            (_, why) => problems.push(Problem::new(format!("line {}", at + 1), why.unwrap_or_default())),
        }
        if problems.len() == TOLD {
            break;
        }
    }
    if problems.is_empty() { Ok(keys) } else { Err(problems) }
}

fn first_column(line: &str) -> Option<String> {
    let Some(quoted) = line.strip_prefix('"') else {
        return Some(line.split([',', ';', '\t']).next().unwrap_or_default().trim().to_owned());
    };
    let (mut key, mut chars) = (String::new(), quoted.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '"' if chars.next_if_eq(&'"').is_some() => key.push('"'),
            '"' => return Some(key),
            c => key.push(c),
        }
    }
    None
}

fn pressed<'k>(lines: impl Iterator<Item = (&'k str, &'k str)>) -> std::io::Result<Vec<u8>> {
    let mut out = ZlibEncoder::new(vec![], Compression::fast());
    for (sign, key) in lines {
        out.write_all(sign.as_bytes())?;
        out.write_all(key.as_bytes())?;
        out.write_all(b"\n")?;
    }
    out.finish()
}

fn unpressed(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    ZlibDecoder::new(bytes).take(WRITTEN_MAX).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn content(included: &[&str], excluded: &[&str]) -> Content {
        let owned = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        Content::default().with(ListSide::Included, ListMode::Replace, owned(included)).with(
            ListSide::Excluded,
            ListMode::Replace,
            owned(excluded),
        )
    }

    #[test]
    fn a_file_is_read_as_spreadsheets_write_it() {
        let text = "\u{feff}ann,1\r\n\n \"bob \"\"b\"\" smith\" ,x\ncid\nann\n+plus\n";
        assert_eq!(read(text).unwrap(), ["ann", "bob \"b\" smith", "cid", "ann", "+plus"]);
        let wrong = read(&format!("ok\n\"open\n,\n{}\na\u{1}b", "k".repeat(2_000))).unwrap_err();
        let lines: Vec<_> = wrong.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(lines, ["line 2", "line 3", "line 4", "line 5"]);
        assert_eq!(read(&"\"\n".repeat(100)).unwrap_err().len(), TOLD);
        assert_eq!(read("").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_it_is_called_follows_from_what_is_in_it_alone() {
        assert_eq!(content(&["b", "a", "b"], &[]).hash(), content(&["a", "b"], &[]).hash());
        let all = [
            content(&["a"], &["b"]),
            content(&["b"], &["a"]),
            content(&["a", "b"], &[]),
            content(&[], &["a", "b"]),
        ];
        let names: HashSet<_> = all.iter().map(Content::hash).collect();
        assert_eq!(names.len(), 4);
    }

    #[test]
    fn what_was_tampered_with_is_nothing() {
        let bytes = content(&["a"], &["b"]).whole().unwrap();
        assert!(Content::from_whole(&bytes[..bytes.len() - 3]).is_none());
        assert!(Content::from_whole(b"nothing").is_none());
        let odd = pressed([("?", "a")].into_iter()).unwrap();
        assert!(Content::from_whole(&odd).is_none() && Content::default().after(&odd).is_none());
    }

    proptest! {
        #[test]
        fn whole_or_as_what_differs_it_comes_back(
            was in (prop::collection::vec("[a-e+-]{1,2}", 0..12), prop::collection::vec("[a-e+-]{1,2}", 0..12)),
            now in (prop::collection::vec("[a-e+-]{1,2}", 0..12), prop::collection::vec("[a-e+-]{1,2}", 0..12)),
        ) {
            let made = |(included, excluded): (Vec<String>, Vec<String>)| Content::default()
                .with(ListSide::Included, ListMode::Replace, included)
                .with(ListSide::Excluded, ListMode::Replace, excluded);
            let (was, now) = (made(was), made(now));
            prop_assert_eq!(Content::from_whole(&now.whole().unwrap()).unwrap(), now.clone());
            prop_assert_eq!(was.clone().after(&now.since(&was).unwrap()).unwrap(), now.clone());
            let (added, removed) = now.differs(&was);
            prop_assert_eq!(now.len() + removed, was.len() + added);
            prop_assert_eq!(added + removed == 0, was == now);
        }

        #[test]
        fn who_is_taken_out_of_what_is_written_is_in_nothing_that_is_read(
            was in (prop::collection::vec("[a-c+-]{1,2}", 0..12), prop::collection::vec("[a-c+-]{1,2}", 0..12)),
            now in (prop::collection::vec("[a-c+-]{1,2}", 0..12), prop::collection::vec("[a-c+-]{1,2}", 0..12)),
            key in "[a-c+-]{1,2}",
        ) {
            let made = |(included, excluded): (Vec<String>, Vec<String>)| Content::default()
                .with(ListSide::Included, ListMode::Replace, included)
                .with(ListSide::Excluded, ListMode::Replace, excluded);
            let (mut was, mut now) = (made(was), made(now));
            let (whole, since) = (was.whole().unwrap(), now.since(&was).unwrap());
            let rid = |bytes: Vec<u8>, is_whole| without(&bytes, is_whole, &key).unwrap().unwrap_or(bytes);
            let (whole, since) = (rid(whole, true), rid(since, false));
            let out = |content: Content| [ListSide::Included, ListSide::Excluded].into_iter()
                .fold(content, |content, side| content.with(side, ListMode::Remove, vec![key.clone()]));
            let name = now.hash_without(&key);
            let had = now.included.contains(&key) || now.excluded.contains(&key);
            (was, now) = (out(was), out(now));
            prop_assert_eq!(name, had.then(|| now.hash()));
            prop_assert_eq!(Content::from_whole(&whole).unwrap(), was.clone());
            prop_assert_eq!(was.after(&since).unwrap(), now);
            prop_assert_eq!(without(&whole, true, &key).unwrap(), None);
            prop_assert_eq!(without(&since, false, &key).unwrap(), None);
        }
    }
}
