//! Where source code names flags. Walks a folder as ripgrep does (its own crates: what `.gitignore` leaves out is
//! left out, binary files too) and looks for all keys at once, line by line.

use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::sinks::Lossy;
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder};
use ignore::{WalkBuilder, WalkState};

mod aliases;
mod git;
mod needles;

pub(crate) use aliases::Convention;
pub(crate) use git::Checkout;
pub(crate) use needles::Needles;

/// The most bytes of a line that are kept.
const TEXT: usize = 200;

/// A line that names a flag.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// From the folder that was searched, with `/` between its parts.
    pub(crate) path: String,
    /// Counted from 1.
    pub(crate) line: u64,
    pub(crate) flag: String,
    /// What stands there in place of the key.
    pub(crate) alias: Option<String>,
    pub(crate) text: String,
}

/// What a search came to.
pub(crate) struct Searched {
    /// By path, line and flag.
    pub(crate) found: Vec<Found>,
    pub(crate) files: u64,
    /// What could not be read, and why.
    pub(crate) failed: Vec<String>,
}

/// Looks through a folder.
pub(crate) fn search(root: &Path, needles: &Needles, hidden: bool) -> anyhow::Result<Searched> {
    let (found, failed) = (Mutex::new(vec![]), Mutex::new(vec![]));
    let files = AtomicU64::new(0);
    let matcher = match needles.patterns() {
        [] => None,
        patterns => Some(
            RegexMatcherBuilder::new()
                .fixed_strings(true)
                .line_terminator(Some(b'\n'))
                .build_many(patterns)?,
        ),
    };
    // What Git ignores is not searched, whether Git knows the folder or not.
    let walk = WalkBuilder::new(root).hidden(!hidden).require_git(false).build_parallel();
    walk.run(|| {
        let mut searcher =
            SearcherBuilder::new().binary_detection(BinaryDetection::quit(0)).line_number(true).build();
        let (found, failed, files, matcher) = (&found, &failed, &files, &matcher);
        Box::new(move |entry| {
            let fail = |why: String| failed.lock().unwrap_or_else(PoisonError::into_inner).push(why);
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    fail(error.to_string());
                    return WalkState::Continue;
                }
            };
            // Git's own folder is hidden from ripgrep by its name alone.
            if entry.file_name() == ".git" {
                return WalkState::Skip;
            }
            if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                return WalkState::Continue;
            }
            files.fetch_add(1, Ordering::Relaxed);
            let Some(matcher) = matcher else { return WalkState::Continue };
            match in_file(&mut searcher, matcher, needles, root, entry.path()) {
                Ok(lines) if lines.is_empty() => {}
                Ok(lines) => found.lock().unwrap_or_else(PoisonError::into_inner).extend(lines),
                Err(error) => fail(format!("{}: {error}", entry.path().display())),
            }
            WalkState::Continue
        })
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_unstable();
    let mut failed: Vec<String> = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.sort_unstable();
    Ok(Searched { found, files: files.into_inner(), failed })
}

fn in_file(
    searcher: &mut Searcher,
    matcher: &RegexMatcher,
    needles: &Needles,
    root: &Path,
    path: &Path,
) -> std::io::Result<Vec<Found>> {
    let mut found = vec![];
    let mut name = None;
    let sink = Lossy(|line, text: &str| {
        for hit in needles.hits(text) {
            let path = name.get_or_insert_with(|| {
                let inside = path.strip_prefix(root).unwrap_or(path);
                let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
                parts.join("/")
            });
            found.push(Found {
                path: path.clone(),
                line,
                flag: hit.flag.to_owned(),
                alias: hit.alias.map(str::to_owned),
                text: excerpt(text, hit.at).to_owned(),
            });
        }
        Ok(true)
    });
    searcher.search_path(matcher, path, sink)?;
    Ok(found)
}

/// The part of a line around a byte that is not too long to be shown.
fn excerpt(text: &str, at: usize) -> &str {
    let line = text.trim();
    if line.len() <= TEXT {
        return line;
    }
    let lead = text.len() - text.trim_start().len();
    let from = line.floor_char_boundary(at.saturating_sub(lead).saturating_sub(TEXT / 2));
    let to = line.floor_char_boundary((from + TEXT).min(line.len()));
    line[from..to].trim()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::TempDir::new().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn lines(files: &[(&str, &str)], needles: &Needles) -> Vec<String> {
        let searched = search(folder(files).path(), needles, false).unwrap();
        assert_eq!(searched.failed, [""; 0]);
        let alias =
            |found: &Found| found.alias.as_ref().map(|alias| format!(" ({alias})")).unwrap_or_default();
        searched.found.iter().map(|f| format!("{}:{}:{}{}", f.path, f.line, f.flag, alias(f))).collect()
    }

    fn needles(keys: &[&str], delimiters: &str, conventions: &[Convention]) -> Needles {
        Needles::new(
            keys.iter().map(|key| key.to_string()).collect(),
            delimiters,
            conventions,
            &Default::default(),
        )
        .unwrap()
    }

    #[test]
    fn keys_stand_between_delimiters() {
        let files = [
            ("a.ts", "use('dark-mode')\nconst x = \"dark-mode\" + `dark-mode`\nuse('dark-mode-2')\n"),
            ("b.md", "dark-mode is on; 'very-dark-mode' is not\n"),
            ("c/d.py", "\n\nget(\"search\", 'dark-mode')"),
        ];
        let keys = ["dark-mode", "search", "dark-mode-2"];
        let quoted = needles(&keys, "\"'`", &[]);
        let expected = [
            "a.ts:1:dark-mode",
            "a.ts:2:dark-mode",
            "a.ts:3:dark-mode-2",
            "c/d.py:3:dark-mode",
            "c/d.py:3:search",
        ];
        assert_eq!(lines(&files, &quoted), expected);
        let bare = needles(&keys, "", &[]);
        let found = lines(&files, &bare);
        assert!(found.contains(&"b.md:1:dark-mode".to_owned()), "{found:?}");
        assert!(!found.contains(&"a.ts:3:dark-mode".to_owned()), "{found:?}");
        assert_eq!(lines(&files, &needles(&[], "'", &[])), [""; 0]);
    }

    #[test]
    fn aliases_are_whole_words() {
        let files = [("a.java", "if (DARK_MODE || darkMode) {}\nvar darkModeColor = isDarkMode;\n")];
        let made = needles(&["dark-mode"], "\"", &[Convention::UpperSnake, Convention::Camel]);
        assert_eq!(lines(&files, &made), ["a.java:1:dark-mode (DARK_MODE)", "a.java:1:dark-mode (darkMode)"]);
        let own = [("dark-mode".to_owned(), vec!["isDarkMode".to_owned()])].into();
        let own = Needles::new(vec!["dark-mode".into()], "\"", &[], &own).unwrap();
        assert_eq!(lines(&files, &own), ["a.java:2:dark-mode (isDarkMode)"]);
    }

    #[test]
    fn what_git_ignores_and_what_is_no_text_is_left_out() {
        let files = [
            (".gitignore", "dist/\n*.min.js\n"),
            (".git/config", "'f'"),
            (".env", "'f'"),
            ("dist/a.js", "'f'"),
            ("a.min.js", "'f'"),
            ("binary", "\0'f'"),
            ("src/.gitignore", "gen.ts\n"),
            ("src/gen.ts", "'f'"),
            ("src/ok.ts", "'f' and 'f'"),
        ];
        assert_eq!(lines(&files, &needles(&["f"], "'", &[])), ["src/ok.ts:1:f"]);
    }

    #[test]
    fn a_long_line_is_told_by_the_part_that_names_the_flag() {
        let long = format!("  {}'f'{}", "ä".repeat(300), "ö".repeat(300));
        let searched = search(folder(&[("a", &long)]).path(), &needles(&["f"], "'", &[]), false).unwrap();
        let text = &searched.found[0].text;
        assert!(text.len() <= TEXT && text.contains("'f'"), "{text}");
    }
}
