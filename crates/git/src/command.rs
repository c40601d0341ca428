//! Running the system's git, with as little as it needs.
//!
//! It asks nobody anything, runs no hooks and no other programs that a repository names, speaks only the protocols that
//! are said, ends in time, and what it says is bounded. Where its keys and passwords are is set up for the user that
//! the server runs as, as for any other.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// The most bytes that are read of what it answers, and of what it complains of.
const ANSWER: u64 = 256 << 20;
const COMPLAINT: u64 = 16 << 10;

/// What every run is told.
const SETTINGS: [&str; 13] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.askPass=",
    "core.quotePath=false",
    "credential.interactive=false",
    "fetch.recurseSubmodules=false",
    "transfer.fsckObjects=true",
    "commit.gpgSign=false",
    "push.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
    "log.showSignature=false",
];

/// Why git did not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It can't be started.
    #[error("git can't be run on the server: {0}")]
    Missing(std::io::Error),
    /// It did not end in time.
    #[error("git {what} took longer than {} s", .after.as_secs())]
    Late { what: String, after: Duration },
    /// It says why.
    #[error("git {what}: {said}")]
    Failed { what: String, said: String },
    /// More than is read.
    #[error("git {what} answered more than {} MB", ANSWER >> 20)]
    TooMuch { what: String },
}

/// One run of git.
pub(crate) struct Run<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) private: bool,
    pub(crate) patience: Duration,
}

impl Run<'_> {
    /// Runs it, and answers what it wrote.
    ///
    /// # Errors
    /// Unless it ends well.
    pub(crate) async fn git(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Error> {
        let what = arguments.first().copied().unwrap_or_default().to_owned();
        let work = self.ran(arguments, input, &what);
        match tokio::time::timeout(self.patience, work).await {
            Ok(done) => done,
            // Dropped with the future, it is killed.
            Err(_) => Err(Error::Late { what, after: self.patience }),
        }
    }

    async fn ran(&self, arguments: &[&str], input: &[u8], what: &str) -> Result<Vec<u8>, Error> {
        let mut child = self.command(arguments).spawn().map_err(Error::Missing)?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let writes = async move {
            if let Some(mut stdin) = stdin {
                // Where it ends early it says why itself.
                let _ = stdin.write_all(input).await;
            }
        };
        let ((), answer, complaint) = tokio::join!(writes, read(stdout, ANSWER), read(stderr, COMPLAINT));
        if answer.len() as u64 > ANSWER {
            return Err(Error::TooMuch { what: what.to_owned() });
        }
        let ended = child.wait().await.map_err(Error::Missing)?;
        match ended.success() {
            true => Ok(answer),
            false => Err(Error::Failed { what: what.to_owned(), said: said(&complaint, &answer) }),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        for protocol in ["https", "ssh"] {
            command.arg("-c").arg(format!("protocol.{protocol}.allow=always"));
        }
        if self.private {
            for protocol in ["http", "file"] {
                command.arg("-c").arg(format!("protocol.{protocol}.allow=always"));
            }
        }
        command.arg("--git-dir").arg(self.folder).args(arguments);
        // A variable of the server's own, or of a hook that started it, would lead it elsewhere.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("GIT_") && text != "GIT_SSH_COMMAND" && text != "GIT_SSL_CAINFO" {
                command.env_remove(name);
            }
        }
        if std::env::var_os("GIT_SSH_COMMAND").is_none() {
            command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=20");
        }
        command
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .env("GIT_AUTHOR_NAME", NAME)
            .env("GIT_AUTHOR_EMAIL", EMAIL)
            .env("GIT_COMMITTER_NAME", NAME)
            .env("GIT_COMMITTER_EMAIL", EMAIL)
            .env_remove("SSH_ASKPASS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

/// Who commits: the authors are people.
pub(crate) const NAME: &str = "Switchyard";
pub(crate) const EMAIL: &str = "noreply@switchyard.invalid";

async fn read(from: Option<impl AsyncRead + Unpin>, most: u64) -> Vec<u8> {
    let mut into = vec![];
    if let Some(from) = from {
        let mut bounded = from.take(most + 1);
        let _ = bounded.read_to_end(&mut into).await;
        // What is not read would hold it up.
        let mut rest = bounded.into_inner();
        let _ = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await;
    }
    into
}

/// What it complains of, on one line: the part that a person needs.
fn said(complaint: &[u8], answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(if complaint.is_empty() { answer } else { complaint });
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("hint:"));
    let line = lines.map(|line| line.trim_start_matches("fatal: ").trim_start_matches("error: "));
    let joined = line.collect::<Vec<_>>().join("; ");
    joined.chars().filter(|c| !c.is_control()).take(500).collect()
}
