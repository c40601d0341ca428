//! What is looked for: keys between delimiters, and aliases as whole words.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, BuildError};

use super::Convention;

/// All that is looked for at once.
pub(crate) struct Needles {
    flags: Vec<String>,
    /// A flag's place, and the alias that stands for it.
    needles: Vec<(usize, Option<String>)>,
    /// By needle.
    words: AhoCorasick,
    delimiters: Vec<char>,
    /// What a line has where it has a needle; coarser, for the search of whole files.
    patterns: Vec<String>,
}

/// A flag named in a line.
pub(crate) struct Hit<'n> {
    pub(crate) flag: &'n str,
    pub(crate) alias: Option<&'n str>,
    /// The byte of the line where it begins.
    pub(crate) at: usize,
}

impl Needles {
    /// Keys stand between two of `delimiters`, or by themselves as whole words where there are none. Aliases are
    /// those that `conventions` make of each key, and `own`.
    pub(crate) fn new(
        flags: Vec<String>,
        delimiters: &str,
        conventions: &[Convention],
        own: &BTreeMap<String, Vec<String>>,
    ) -> Result<Self, BuildError> {
        let delimiters: Vec<char> = delimiters.chars().collect();
        let (mut needles, mut words, mut patterns) = (vec![], vec![], BTreeSet::new());
        for (place, flag) in flags.iter().enumerate() {
            needles.push((place, None));
            words.push(flag.clone());
            if delimiters.is_empty() {
                patterns.insert(flag.clone());
            }
            patterns.extend(delimiters.iter().map(|left| format!("{left}{flag}")));
            let made = conventions.iter().map(|convention| convention.of(flag));
            let aliases: BTreeSet<String> =
                made.chain(own.get(flag).into_iter().flatten().cloned()).collect();
            // What is the key itself is found as the key.
            for alias in aliases.into_iter().filter(|alias| alias != flag && !alias.is_empty()) {
                patterns.insert(alias.clone());
                words.push(alias.clone());
                needles.push((place, Some(alias)));
            }
        }
        let words = AhoCorasick::new(&words)?;
        Ok(Needles { flags, needles, words, delimiters, patterns: patterns.into_iter().collect() })
    }

    /// A line that has none of these names no flag.
    pub(crate) fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// The flags that a line names, each once.
    pub(crate) fn hits<'n>(&'n self, line: &str) -> Vec<Hit<'n>> {
        let mut hits: Vec<Hit<'n>> = vec![];
        for found in self.words.find_overlapping_iter(line) {
            let (place, alias) = &self.needles[found.pattern().as_usize()];
            let before = line[..found.start()].chars().next_back();
            let after = line[found.end()..].chars().next();
            let stands = match alias {
                None if !self.delimiters.is_empty() => {
                    let delimits = |c: Option<char>| c.is_some_and(|c| self.delimiters.contains(&c));
                    delimits(before) && delimits(after)
                }
                None => !before.is_some_and(of_a_key) && !after.is_some_and(of_a_key),
                Some(_) => !before.is_some_and(of_a_word) && !after.is_some_and(of_a_word),
            };
            let (flag, alias) = (self.flags[*place].as_str(), alias.as_deref());
            if stands && !hits.iter().any(|hit| hit.flag == flag && hit.alias == alias) {
                hits.push(Hit { flag, alias, at: found.start() });
            }
        }
        hits
    }
}

/// Whether a letter could go on a key.
fn of_a_key(c: char) -> bool {
    of_a_word(c) || matches!(c, '-' | '.')
}

/// Whether a letter could go on a name.
fn of_a_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
