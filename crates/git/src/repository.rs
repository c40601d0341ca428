//! A copy of a project's repository, and what is asked of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::command::{Error, Run};

/// How long what asks the other side may take, and what only looks here.
const FAR: Duration = Duration::from_secs(300);
const NEAR: Duration = Duration::from_secs(60);

/// Where the other side's branches are kept, and the commits that are yet to be sent.
const BRANCHES: &str = "refs/remotes/origin/";
pub(crate) const MADE: &str = "refs/switchyard/made";
pub(crate) const NOTES: &str = "refs/notes/switchyard";

/// A bare copy of a repository.
pub(crate) struct Repository {
    folder: PathBuf,
    url: String,
    private: bool,
}

/// A commit, as it says.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) author: String,
    pub(crate) email: String,
    pub(crate) title: String,
    pub(crate) body: String,
}

impl Repository {
    /// Opens the copy, and makes it where there is none that can be used.
    pub(crate) async fn open(folder: PathBuf, url: String, private: bool) -> Result<Self, Error> {
        let repository = Repository { folder, url, private };
        if repository.near(&["rev-parse", "--git-dir"]).await.is_err() {
            let _ = std::fs::remove_dir_all(&repository.folder);
            std::fs::create_dir_all(&repository.folder).map_err(Error::Missing)?;
            repository.near(&["init", "--quiet", "--bare"]).await?;
        }
        // Whoever held these was killed: nobody else works in here.
        unlock(&repository.folder);
        Ok(repository)
    }

    async fn near(&self, arguments: &[&str]) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(&self.ran(arguments, b"", NEAR).await?).into_owned())
    }

    async fn ran(&self, arguments: &[&str], input: &[u8], patience: Duration) -> Result<Vec<u8>, Error> {
        Run { folder: &self.folder, private: self.private, patience }.git(arguments, input).await
    }

    /// Takes what the other side has: its branches, and the notes that were left there.
    pub(crate) async fn fetch(&self) -> Result<(), Error> {
        let (branches, notes) =
            (format!("+refs/heads/*:{BRANCHES}*"), "+refs/notes/switchyard*:refs/notes/switchyard*");
        let arguments =
            ["fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--", self.url.as_str()];
        let arguments = [&arguments[..], &[branches.as_str(), notes]].concat();
        self.ran(&arguments, b"", FAR).await.map(drop)
    }

    /// Every branch there and its newest commit.
    pub(crate) async fn branches(&self) -> Result<Vec<(String, String)>, Error> {
        let listed = self.near(&["for-each-ref", "--format=%(objectname) %(refname)", BRANCHES]).await?;
        let branch = |line: &str| {
            let (commit, name) = line.split_once(' ')?;
            Some((name.strip_prefix(BRANCHES)?.to_owned(), commit.to_owned()))
        };
        Ok(listed.lines().filter_map(branch).collect())
    }

    /// A commit, as it says.
    pub(crate) async fn commit(&self, id: &str) -> Result<Commit, Error> {
        let format = "--format=%an%x00%ae%x00%s%x00%b";
        let said = self.near(&["log", "-1", format, id]).await?;
        let mut parts = said.splitn(4, '\0').map(|part| part.trim_end().to_owned());
        let mut next = || parts.next().unwrap_or_default();
        Ok(Commit { author: next(), email: next(), title: next(), body: next() })
    }

    /// The newest commits before or at one whose message has a line that begins so, with two of their trailers.
    pub(crate) async fn with_trailers(
        &self,
        from: &str,
        begin: &str,
        trailers: [&str; 2],
        most: u32,
    ) -> Result<Vec<(String, String, String)>, Error> {
        let [first, second] = trailers.map(|key| format!("%(trailers:key={key},valueonly,separator=%x20)"));
        let format = format!("--format=%H%x1f{first}%x1f{second}");
        let (grep, most) = (format!("--grep=^{begin}"), format!("-{most}"));
        let said = self.near(&["log", &most, &format, &grep, from]).await?;
        let commit = |line: &str| {
            let mut parts = line.split('\u{1f}').map(|part| part.trim().to_owned());
            Some((parts.next()?, parts.next()?, parts.next()?))
        };
        Ok(said.lines().filter_map(commit).collect())
    }

    /// True where a commit is another one, or comes before it.
    pub(crate) async fn is_before(&self, first: &str, then: &str) -> bool {
        self.near(&["merge-base", "--is-ancestor", first, then]).await.is_ok()
    }

    /// The files of a commit: path, id and size.
    pub(crate) async fn files(&self, commit: &str) -> Result<Vec<(String, String, u64)>, Error> {
        let listed = self.ran(&["ls-tree", "-r", "-l", "-z", "--full-tree", commit], b"", NEAR).await?;
        let file = |entry: &str| {
            let (about, path) = entry.split_once('\t')?;
            let mut about = about.split_whitespace();
            let (mode, kind, id, size) = (about.next()?, about.next()?, about.next()?, about.next()?);
            // A link leads out of the tree.
            let plain = kind == "blob" && matches!(mode, "100644" | "100755");
            plain.then_some((path.to_owned(), id.to_owned(), size.parse().ok()?))
        };
        Ok(String::from_utf8_lossy(&listed).split('\0').filter_map(file).collect())
    }

    /// What is in files, by their ids.
    pub(crate) async fn contents(&self, ids: &[&str]) -> Result<Vec<Vec<u8>>, Error> {
        let answered = self.ran(&["cat-file", "--batch"], (ids.join("\n") + "\n").as_bytes(), NEAR).await?;
        let broken = || Error::Failed { what: "cat-file".into(), said: "its answer is cut off".into() };
        let (mut rest, mut contents) = (answered.as_slice(), vec![]);
        for _ in ids {
            let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(broken)?;
            let head = String::from_utf8_lossy(&rest[..end]);
            let size: usize =
                head.rsplit(' ').next().and_then(|size| size.parse().ok()).ok_or_else(broken)?;
            let content = rest.get(end + 1..end + 1 + size).ok_or_else(broken)?;
            contents.push(content.to_vec());
            rest = rest.get(end + size + 2..).ok_or_else(broken)?;
        }
        Ok(contents)
    }

    /// Makes commits as `git fast-import` reads them; they end at [`MADE`].
    pub(crate) async fn import(&self, stream: &[u8]) -> Result<String, Error> {
        let _ = self.near(&["update-ref", "-d", MADE]).await;
        self.ran(&["fast-import", "--quiet", "--force", "--date-format=raw", "--done"], stream, FAR).await?;
        Ok(self.near(&["rev-parse", "--verify", MADE]).await?.trim().to_owned())
    }

    /// Sends a commit to a branch there, on top of what it has; never over it.
    pub(crate) async fn push(&self, commit: &str, branch: &str) -> Result<(), Error> {
        let to = format!("{commit}:refs/heads/{branch}");
        self.ran(&["push", "--quiet", "--no-verify", "--", &self.url, &to], b"", FAR).await?;
        self.near(&["update-ref", &format!("{BRANCHES}{branch}"), commit]).await.map(drop)
    }

    /// The note on a commit.
    pub(crate) async fn note(&self, commit: &str) -> Option<String> {
        let notes = format!("--ref={NOTES}");
        self.near(&["notes", &notes, "show", commit]).await.ok()
    }

    /// Puts a note on a commit; it is sent by [`Repository::push_notes`].
    pub(crate) async fn put_note(&self, commit: &str, text: &str) -> Result<(), Error> {
        let notes = format!("--ref={NOTES}");
        self.ran(&["notes", &notes, "add", "--force", "--file=-", commit], text.as_bytes(), NEAR)
            .await
            .map(drop)
    }

    /// Sends the notes, on top of what is there.
    pub(crate) async fn push_notes(&self) -> Result<(), Error> {
        let to = format!("{NOTES}:{NOTES}");
        self.ran(&["push", "--quiet", "--no-verify", "--", &self.url, &to], b"", FAR).await.map(drop)
    }
}

/// Takes away the locks that a git which was killed left behind.
fn unlock(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "objects") {
            unlock(&path);
        } else if path.extension().is_some_and(|ending| ending == "lock") {
            let _ = std::fs::remove_file(path);
        }
    }
}
