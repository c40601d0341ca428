//! Which commits were written here.

use std::collections::HashMap;

use switchyard_control::{Control, Principal};
use switchyard_model::{Manifest, State};

use crate::command::Error;
use crate::repository::Repository;

pub(crate) const PROJECT: &str = "Switchyard-Project";
pub(crate) const REVISION: &str = "Switchyard-Revision";

/// So many commits that say they were written here are looked at to find one that was.
const LOOK_BACK: u32 = 20;

/// A commit that was written here, and its revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) commit: String,
    pub(crate) revision: u64,
}

/// So many commits are remembered.
const REMEMBERED: usize = 10_000;

/// What was found out about commits, which never are others.
#[derive(Default)]
pub(crate) struct Known {
    /// Whether a commit was written here.
    written: HashMap<String, bool>,
    /// The newest at or before a commit that was: to find it Git reads the whole history of a branch that has none.
    newest: HashMap<String, Option<Written>>,
}

impl Known {
    /// The newest commit at or before one that was written here: it says so, and it has what was so at its revision.
    /// What somebody altered under the same words was not.
    pub(crate) async fn newest(
        &mut self,
        repository: &Repository,
        control: &Control,
        project: &str,
        from: &str,
    ) -> Result<Option<Written>, Error> {
        if let Some(newest) = self.newest.get(from) {
            return Ok(newest.clone());
        }
        if self.newest.len() + self.written.len() > REMEMBERED {
            *self = Known::default();
        }
        let newest = self.look(repository, control, project, from).await?;
        self.newest.insert(from.to_owned(), newest.clone());
        Ok(newest)
    }

    async fn look(
        &mut self,
        repository: &Repository,
        control: &Control,
        project: &str,
        from: &str,
    ) -> Result<Option<Written>, Error> {
        let begin = format!("{REVISION}: ");
        let found = repository.with_trailers(from, &begin, [PROJECT, REVISION], LOOK_BACK).await?;
        for (commit, of, revision) in found {
            let Some(revision) = revision.parse::<u64>().ok().filter(|_| of == project) else { continue };
            let is = match self.written.get(&commit) {
                Some(is) => *is,
                None => {
                    let is = is_so(repository, control, project, &commit, revision).await?;
                    self.written.insert(commit.clone(), is);
                    is
                }
            };
            if is {
                return Ok(Some(Written { commit, revision }));
            }
        }
        Ok(None)
    }

    /// A commit that was just written.
    pub(crate) fn add(&mut self, commit: &str, revision: u64) {
        self.written.insert(commit.to_owned(), true);
        self.newest.insert(commit.to_owned(), Some(Written { commit: commit.to_owned(), revision }));
    }
}

async fn is_so(
    repository: &Repository,
    control: &Control,
    project: &str,
    commit: &str,
    revision: u64,
) -> Result<bool, Error> {
    let Ok(state) = control.state_at(&Principal::switchyard(), project, revision).await else {
        return Ok(false);
    };
    let tree = repository.tree(commit).await?;
    Ok(tree.is_ok_and(|tree| says(&state, &tree.manifests)))
}

/// True where files say just what a state has.
pub(crate) fn says(state: &State, files: &[Manifest]) -> bool {
    files.len() == state.len()
        && files
            .iter()
            .all(|file| state.get(&file.id()).is_some_and(|found| *found.resource == file.resource))
}
