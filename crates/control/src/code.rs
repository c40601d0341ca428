//! Where source code names flags: taken in from `find-flags`, and told beside the flags.

use serde_json::json;
use switchyard_model::access::Action;
use switchyard_model::ids::check_key;
use switchyard_model::{Kind, Problem, Scope};
use switchyard_store::{CodeReference, CodeRepository};

use crate::{Control, Error, Principal, Result};

/// The most references of a repository.
pub const REFERENCES_MAX: usize = 20_000;

/// The most repositories of a project.
const REPOSITORIES_MAX: usize = 100;

/// The most bytes of a repository's name, a branch, a commit, a link or a path.
const NAME_MAX: usize = 1_024;

/// The most bytes of a line's text.
pub const TEXT_MAX: usize = 400;

/// The places of a flag that are told at most.
const TOLD: u32 = 500;

/// What was found in a repository.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CodeFound {
    /// The branch that was looked through; empty where it is not known.
    pub branch: String,
    /// Git's id of the commit; empty where it is not known.
    pub commit: String,
    /// A link to a line, with `{commit}`, `{path}` and `{line}` in it; empty where there is none.
    pub link: String,
    /// How many files were looked through.
    pub searched: u64,
    /// Where which flag is named. What they say of their repository is passed over.
    pub references: Vec<CodeReference>,
}

/// What is known of the code of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeView {
    /// By name, and how many places each has.
    pub repositories: Vec<(CodeRepository, u64)>,
    /// Where the flag that was asked for is named; at most 500 places.
    pub references: Vec<CodeReference>,
    /// The flags that no repository names, by key; none where nobody looked.
    pub unreferenced: Vec<String>,
}

impl Control {
    /// Keeps what was found in a repository, in place of what was found there before.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every mistake; [`Error::NotFound`], [`Error::Denied`].
    pub async fn put_code(
        &self,
        principal: &Principal,
        project: &str,
        name: &str,
        found: CodeFound,
    ) -> Result<()> {
        self.authorize(principal, Action::EditFlags, Some(project))?;
        self.handle(project)?;
        let known = self.inner.store.code_repositories(project).await?;
        let mut problems = check(name, &found);
        if known.len() >= REPOSITORIES_MAX && !known.iter().any(|(repository, _)| repository.name == name) {
            let problem = Problem::new("repository", format!("the project has {REPOSITORIES_MAX} already"));
            problems.push(problem.value(name).hint("remove one that is not used any more"));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let repository = CodeRepository {
            name: name.to_owned(),
            branch: found.branch,
            commit: found.commit,
            link: found.link,
            searched: found.searched,
            uploaded_at: self.now(),
            uploaded_by: principal.id.clone(),
        };
        let detail = json!({
            "repository": name, "branch": repository.branch, "commit": repository.commit,
            "references": found.references.len(),
        });
        let entry = self.noted(&principal.id, "code.put", &format!("{project}/{name}"), detail);
        self.inner.store.put_code(project, &repository, &found.references, &entry).await?;
        self.inner.usage.forget(project);
        Ok(())
    }

    /// Takes a repository away with its references.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn remove_code(&self, principal: &Principal, project: &str, name: &str) -> Result<()> {
        self.authorize(principal, Action::EditFlags, Some(project))?;
        self.handle(project)?;
        let detail = json!({ "repository": name });
        let entry = self.noted(&principal.id, "code.remove", &format!("{project}/{name}"), detail);
        self.inner.store.remove_code(project, name, &entry).await?;
        self.inner.usage.forget(project);
        Ok(())
    }

    /// What is known of the code, and where `flag` is named.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn code(&self, principal: &Principal, project: &str, flag: Option<&str>) -> Result<CodeView> {
        let state = self.state(principal, project)?;
        let store = &self.inner.store;
        let repositories = store.code_repositories(project).await?;
        let references = match flag {
            Some(flag) => store.code_of_flag(project, flag, TOLD).await?,
            None => vec![],
        };
        let mut unreferenced = vec![];
        if !repositories.is_empty() {
            let counts = store.code_counts(project).await?;
            let flags = state.of(&Scope::Project, Kind::Flag).map(|(id, _)| id.key.to_string());
            unreferenced.extend(flags.filter(|key| !counts.contains_key(key)));
        }
        Ok(CodeView { repositories, references, unreferenced })
    }
}

fn check(name: &str, found: &CodeFound) -> Vec<Problem> {
    let mut problems = vec![];
    let mut line = |path: String, text: &str, most: usize, empty: bool| {
        if text.is_empty() && !empty {
            problems.push(Problem::new(&*path, "is empty"));
        }
        if text.len() > most {
            problems.push(Problem::new(&*path, format!("has {} bytes; at most {most} are kept", text.len())));
        }
        if text.chars().any(|c| c.is_control() && c != '\t') {
            problems.push(Problem::new(path, "holds control characters"));
        }
    };
    line("repository".into(), name, 200, false);
    line("branch".into(), &found.branch, NAME_MAX, true);
    line("commit".into(), &found.commit, NAME_MAX, true);
    line("link".into(), &found.link, NAME_MAX, true);
    for (at, reference) in found.references.iter().enumerate() {
        line(format!("references[{at}].path"), &reference.path, NAME_MAX, false);
        line(format!("references[{at}].text"), &reference.text, TEXT_MAX, true);
        line(format!("references[{at}].alias"), &reference.alias, NAME_MAX, true);
    }
    for (at, reference) in found.references.iter().enumerate() {
        if let Some(reason) = check_key(&reference.flag) {
            problems.push(Problem::new(format!("references[{at}].flag"), reason).value(&*reference.flag));
        }
    }
    if found.references.len() > REFERENCES_MAX {
        let reason = format!("are {}; at most {REFERENCES_MAX} are kept", found.references.len());
        problems.push(Problem::new("references", reason).hint("leave folders out, as with .gitignore"));
    }
    let is_web = |link: &str| link.starts_with("https://") || link.starts_with("http://");
    if !found.link.is_empty() && !is_web(&found.link) {
        let problem = Problem::new("link", "must begin with https:// or http://").value(&*found.link);
        problems.push(problem.hint("as https://git.example/acme/shop/blob/{commit}/{path}#L{line}"));
    }
    problems.truncate(50);
    problems
}
