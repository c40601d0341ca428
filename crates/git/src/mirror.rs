//! Every revision as a commit.

use std::collections::BTreeMap;
use std::io::Write;

use jiff::Timestamp;
use switchyard_control::{MirrorSeen, Principal, Told};
use switchyard_files::{is_resource, path, yaml};
use switchyard_model::{Manifest, Origin, Resource, ResourceId, State};

use crate::command::{EMAIL, NAME};
use crate::project::{Error, Round};
use crate::repository::MADE;
use crate::written::{PROJECT, REVISION, Written, says};

/// So many revisions are written and sent at a time.
const BATCH: u32 = 250;

/// The most characters of a message's first line, and of the rest of it.
const TITLE: usize = 200;
const BODY: usize = 20_000;

/// What is on a mirror that is to be gone on with.
pub(crate) struct Begin {
    /// The commit that the next one is put on.
    pub(crate) tip: Option<String>,
    /// The newest commit there that was written here.
    pub(crate) written: Option<Written>,
    /// Whether others have altered resources since, or without us.
    pub(crate) altered: bool,
}

impl Round<'_> {
    /// What is on the mirror.
    pub(crate) async fn begin(&mut self, branch: &str) -> Result<Begin, Error> {
        let tip = self.branches.iter().find(|(name, _)| name == branch).map(|(_, commit)| commit.clone());
        let Some(commit) = &tip else {
            return Ok(Begin { tip, written: None, altered: false });
        };
        let written = self.known.newest(self.repository, self.control, self.project, commit).await?;
        let altered = match &written {
            Some(written) if written.commit == *commit => false,
            Some(written) => self.files(&written.commit).await? != self.files(commit).await?,
            None => !self.files(commit).await?.is_empty(),
        };
        Ok(Begin { tip, written, altered })
    }

    /// The files of a commit that stand where resources do, by path.
    async fn files(&self, commit: &str) -> Result<BTreeMap<String, String>, Error> {
        let all = self.repository.files(commit).await?;
        Ok(all.into_iter().filter(|(path, ..)| is_resource(path)).map(|(path, id, _)| (path, id)).collect())
    }

    /// Writes the revisions that a branch has not, each as one commit. What others put there meanwhile and what has come
    /// of it (their change is decided by now) is left as a part of its history; the last commit has what is so.
    pub(crate) async fn mirror(&mut self, branch: &str, begin: Begin) -> Result<MirrorSeen, Error> {
        let inside = Principal::switchyard();
        let head = self.control.project(&inside, self.project)?.head;
        let mut cursor = match &begin.written {
            Some(written) => written.revision,
            // What others began is not written over with all that ever was.
            None if begin.altered => head,
            None => 0,
        };
        let mut seen = MirrorSeen {
            branch: branch.to_owned(),
            commit: begin.tip.clone(),
            revision: cursor,
            stopped: None,
        };
        let mut state = self.control.state_at(&inside, self.project, cursor).await?;
        loop {
            let told = self.control.git_history(self.project, &mut state, BATCH).await?;
            let Some(last) = told.last() else { break };
            cursor = last.number;
            let mut stream = Stream::on(seen.commit.as_deref());
            told.iter().for_each(|told| stream.revision(self.project, told));
            self.send(branch, stream, &mut seen, cursor).await?;
        }
        if begin.altered
            && cursor > 0
            && let Some(tip) = &seen.commit
        {
            let tree = self.repository.tree(tip).await?;
            if !tree.is_ok_and(|tree| says(&state, &tree.manifests)) {
                let mut stream = Stream::on(Some(tip));
                let at = self.control.revision(&inside, self.project, cursor).await?.at;
                stream.as_it_is((self.project, at), &state, self.files(tip).await?.into_keys());
                self.send(branch, stream, &mut seen, cursor).await?;
            }
        }
        Ok(seen)
    }

    async fn send(
        &mut self,
        branch: &str,
        stream: Stream,
        seen: &mut MirrorSeen,
        revision: u64,
    ) -> Result<(), Error> {
        let commit = self.repository.import(&stream.end()).await?;
        self.repository.push(&commit, branch).await?;
        self.known.add(&commit, revision);
        (seen.commit, seen.revision) = (Some(commit), revision);
        Ok(())
    }
}

/// Where a revision's change is read.
fn trailers(project: &str, told: &Told) -> String {
    let mut lines = format!("{PROJECT}: {project}\n{REVISION}: {}\n", told.number);
    if let Some(change) = told.change {
        lines.push_str(&format!("Switchyard-Change: C-{change}\n"));
    }
    match &told.origin {
        Origin::Revert { of } => lines.push_str(&format!("Reverts: r{of}\n")),
        Origin::Restore { to, .. } => lines.push_str(&format!("Restores: r{to}\n")),
        Origin::Git { commit, .. } => lines.push_str(&format!("Switchyard-From: {commit}\n")),
        _ => {}
    }
    lines
}

/// Commits as `git fast-import` reads them, each on top of the one before.
struct Stream {
    bytes: Vec<u8>,
    on: Option<String>,
}

impl Stream {
    fn on(commit: Option<&str>) -> Self {
        Stream { bytes: vec![], on: commit.map(str::to_owned) }
    }

    fn revision(&mut self, project: &str, told: &Told) {
        let mut message = format!("{}\n\n", first_line(told));
        let mut body = String::new();
        if !told.reason.trim().is_empty() {
            body.push_str(&format!("{}\n\n", told.reason.trim()));
        }
        let said = told.sentences.iter().filter(|sentence| **sentence != told.title);
        body.extend(said.map(|sentence| format!("- {sentence}\n")));
        if !body.trim().is_empty() {
            let cut: String = body.trim_end().chars().take(BODY).collect();
            message.push_str(&format!("{cut}\n\n"));
        }
        message.push_str(&trailers(project, told));
        let email = match &told.author_email {
            Some(email) => plain(email),
            None => format!("{}@noreply.switchyard.invalid", plain(&told.author)),
        };
        self.commit((&plain(&told.author_name), &email), told.at.as_second(), &message);
        for (id, resource) in &told.resources {
            self.file(id, resource.as_deref());
        }
    }

    /// A commit that has just what is so.
    fn as_it_is(
        &mut self,
        (project, at): (&str, Timestamp),
        state: &State,
        there: impl Iterator<Item = String>,
    ) {
        let message = format!(
            "As r{0} is\n\nWhat others put here has been decided on since; this is what is so.\n\n\
             {PROJECT}: {project}\n{REVISION}: {0}\n",
            state.revision
        );
        self.commit((NAME, EMAIL), at.as_second(), &message);
        for path in there {
            self.line(&format!("D {}", quoted(&path)));
        }
        for (id, found) in state.iter() {
            self.file(id, Some(&found.resource));
        }
    }

    fn commit(&mut self, (name, email): (&str, &str), second: i64, message: &str) {
        self.line(&format!("commit {MADE}"));
        self.line(&format!("author {name} <{email}> {second} +0000"));
        self.line(&format!("committer {NAME} <{EMAIL}> {second} +0000"));
        self.data(message);
        if let Some(on) = self.on.take() {
            self.line(&format!("from {on}"));
        }
    }

    fn file(&mut self, id: &ResourceId, resource: Option<&Resource>) {
        let path = quoted(&path(id));
        match resource {
            None => self.line(&format!("D {path}")),
            Some(resource) => {
                self.line(&format!("M 100644 inline {path}"));
                self.data(&yaml(&Manifest { scope: id.scope.clone(), resource: resource.clone() }));
            }
        }
    }

    fn data(&mut self, text: &str) {
        self.line(&format!("data {}", text.len()));
        self.line(text);
    }

    fn line(&mut self, text: &str) {
        // Nothing fails that writes to memory.
        let _ = writeln!(self.bytes, "{text}");
    }

    fn end(mut self) -> Vec<u8> {
        self.line("done");
        self.bytes
    }
}

fn first_line(told: &Told) -> String {
    let title = told.title.split_whitespace().collect::<Vec<_>>().join(" ");
    match title.chars().count() {
        0 => format!("r{}", told.number),
        1..=TITLE => title,
        _ => title.chars().take(TITLE - 1).chain(['…']).collect(),
    }
}

/// Without what ends a name in a commit.
fn plain(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect();
    let kept = kept.trim();
    if kept.is_empty() { "nobody".to_owned() } else { kept.to_owned() }
}

fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '~');
    match path.chars().all(plain) {
        true => path.to_owned(),
        false => {
            let escaped: String = path
                .bytes()
                .map(|byte| match byte {
                    b'"' | b'\\' => format!("\\{}", char::from(byte)),
                    0x20..0x7f => char::from(byte).to_string(),
                    byte => format!("\\{byte:03o}"),
                })
                .collect();
            format!("\"{escaped}\"")
        }
    }
}
