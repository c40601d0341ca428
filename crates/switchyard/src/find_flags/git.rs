//! What Git knows of a folder. Git itself is asked; without it nothing is known.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder that Git keeps.
#[derive(Debug, Default)]
pub(crate) struct Checkout {
    /// Its root.
    pub(crate) root: Option<PathBuf>,
    /// As `acme/shop`, from where it came from.
    pub(crate) name: Option<String>,
    pub(crate) branch: Option<String>,
    pub(crate) commit: Option<String>,
}

impl Checkout {
    pub(crate) fn of(folder: &Path) -> Self {
        let git = |args: &[&str]| {
            let answer = Command::new("git").arg("-C").arg(folder).args(args).output().ok()?;
            let text = String::from_utf8(answer.stdout).ok()?;
            Some(text.trim().to_owned()).filter(|text| answer.status.success() && !text.is_empty())
        };
        Checkout {
            root: git(&["rev-parse", "--show-toplevel"]).map(PathBuf::from),
            name: git(&["remote", "get-url", "origin"]).and_then(|url| name(&url)),
            branch: git(&["symbolic-ref", "--short", "HEAD"]),
            commit: git(&["rev-parse", "HEAD"]),
        }
    }
}

/// The last two parts of a remote's address, without `.git`.
fn name(url: &str) -> Option<String> {
    let plain = url.trim_end_matches('/');
    let plain = plain.strip_suffix(".git").unwrap_or(plain);
    let mut parts = plain.rsplit(['/', ':']).filter(|part| !part.is_empty());
    let (last, owner) = (parts.next()?, parts.next());
    Some(owner.map_or_else(|| last.to_owned(), |owner| format!("{owner}/{last}")))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_repository_is_called_as_where_it_came_from() {
        for (url, called) in [
            ("git@git.example:acme/shop.git", "acme/shop"),
            ("https://git.example/acme/shop", "acme/shop"),
            ("https://git.example/group/acme/shop.git/", "acme/shop"),
            ("shop", "shop"),
        ] {
            assert_eq!(name(url).as_deref(), Some(called), "{url}");
        }
    }
}
