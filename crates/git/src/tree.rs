//! What a commit's files say.

use switchyard_control::Error as Refusal;
use switchyard_files::{Located, Source, Sources, is_resource};
use switchyard_model::{Manifest, Problem};

use crate::command::Error;
use crate::repository::Repository;

/// The most files that are read of a commit, and the most bytes of them all.
const FILES: usize = 50_000;
const BYTES: u64 = 64 << 20;

/// What a commit's files say, and where.
#[derive(Default)]
pub(crate) struct Tree {
    sources: Sources,
    pub(crate) manifests: Vec<Manifest>,
}

impl Repository {
    /// Reads the files that stand where resources do; what else there is beside them is nobody's business here.
    /// The inner error is what is wrong with them, by file and line.
    pub(crate) async fn tree(&self, commit: &str) -> Result<Result<Tree, Refusal>, Error> {
        let files: Vec<_> =
            self.files(commit).await?.into_iter().filter(|(path, ..)| is_resource(path)).collect();
        let size: u64 = files.iter().map(|(.., size)| size).sum();
        if files.len() > FILES || size > BYTES {
            let most = format!("at most {FILES} files and {} MB", BYTES >> 20);
            let problem = Problem::new("", "holds more than is read of one commit").hint(most);
            return Ok(Err(Refusal::Invalid(vec![problem])));
        }
        let ids: Vec<&str> = files.iter().map(|(_, id, _)| id.as_str()).collect();
        let contents = if ids.is_empty() { vec![] } else { self.contents(&ids).await? };
        let (mut sources, mut wrong) = (vec![], vec![]);
        for ((path, ..), content) in files.into_iter().zip(contents) {
            match String::from_utf8(content) {
                Ok(text) => sources.push(Source { name: path, text }),
                Err(_) => wrong.push(Located::whole(&path, Problem::new("", "is no text in UTF-8"))),
            }
        }
        Ok(read(sources, wrong)
            .map_err(|wrong| Refusal::Invalid(wrong.into_iter().map(Problem::from).collect())))
    }
}

fn read(sources: Vec<Source>, wrong: Vec<Located>) -> Result<Tree, Vec<Located>> {
    let read = Sources::read(sources);
    if !wrong.is_empty() {
        return Err(wrong.into_iter().chain(read.err().into_iter().flatten()).collect());
    }
    let sources = read?;
    let manifests = sources.manifests()?;
    Ok(Tree { sources, manifests })
}

impl Tree {
    /// What is wrong with a resource, at its place in these files.
    pub(crate) fn place(&self, problem: Problem) -> Problem {
        let Some(id) = problem.resource.clone() else { return problem };
        self.sources.locate_in(&id, problem.clone()).map_or(problem, Problem::from)
    }
}
