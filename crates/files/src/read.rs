//! Resources from files, and where each mistake of theirs stands.

use serde::Deserialize;
use serde_json::Value;
use switchyard_model::{Manifest, Problem, ResourceId, exported};

use crate::marks::{self, Mark, Node};

/// A file.
#[derive(Debug, Clone)]
pub struct Source {
    /// What people call it: its path.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// A mistake and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The file.
    pub file: String,
    /// Line and column, from 1; absent where it is about the whole file.
    pub place: Option<(usize, usize)>,
    /// The mistake, with the resource's own path.
    pub problem: Problem,
}

/// The mistake with its place as its path, as editors and terminals know it: `flag/f.yaml:3:5`.
impl From<Located> for Problem {
    fn from(located: Located) -> Self {
        let Located { file, place, problem } = located;
        let place = place.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        let reason = match problem.path.as_str() {
            "" => problem.reason,
            path => format!("{path} {}", problem.reason),
        };
        Problem { resource: None, path: format!("{file}{place}"), reason, ..problem }
    }
}

/// What was found in files.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
    found: Vec<Found>,
}

#[derive(Debug)]
struct Found {
    json: Value,
    file: usize,
    document: usize,
    /// Where it begins in its document; empty for the whole.
    path: String,
}

impl Sources {
    /// Reads files, each JSON or YAML documents: a resource, a list of them, or an export of LaunchDarkly's
    /// `{"flags":{…},"segments":{…}}`. What can't be read is told for each file.
    ///
    /// # Errors
    /// The first mistake of each file that has one.
    pub fn read(files: Vec<Source>) -> Result<Sources, Vec<Located>> {
        let (mut found, mut wrong) = (vec![], vec![]);
        for (file, source) in files.iter().enumerate() {
            let read = documents(source).and_then(|documents| resources(file, source, documents));
            match read.and_then(|found| once(source).map(|()| found)) {
                Ok(more) => found.extend(more),
                Err(mistake) => wrong.push(*mistake),
            }
        }
        if wrong.is_empty() { Ok(Sources { files, found }) } else { Err(wrong) }
    }

    /// What stands for resources, as JSON, in order.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.found.iter().map(|found| &found.json)
    }

    /// The resources.
    ///
    /// # Errors
    /// Every mistake of their shape, and every resource that is there more than once.
    pub fn manifests(&self) -> Result<Vec<Manifest>, Vec<Located>> {
        let (mut manifests, mut wrong) = (Vec::<Manifest>::with_capacity(self.found.len()), vec![]);
        let mut seen = std::collections::HashMap::new();
        for (at, found) in self.found.iter().enumerate() {
            match Manifest::from_json(found.json.clone(), None) {
                Ok(manifest) => {
                    if let Some(first) = seen.insert(manifest.id(), at) {
                        let first = self.locate(first, Problem::new("", "")).name();
                        let problem = Problem::new("", format!("is there already, in {first}"));
                        wrong.push(self.locate(at, problem.of(&manifest.id()).hint("leave one of them")));
                    }
                    manifests.push(manifest);
                }
                Err(problems) => wrong.extend(problems.into_iter().map(|problem| self.locate(at, problem))),
            }
        }
        if wrong.is_empty() { Ok(manifests) } else { Err(wrong) }
    }

    /// A mistake in what stands at this position of [`Sources::values`].
    pub fn locate(&self, at: usize, problem: Problem) -> Located {
        let Some(found) = self.found.get(at) else {
            return Located { file: String::new(), place: None, problem };
        };
        let source = &self.files[found.file];
        let documents = marks::documents(&source.text);
        let path = match (found.path.as_str(), problem.path.as_str()) {
            (path, "") | ("", path) => path.to_owned(),
            (before, path) => format!("{before}.{path}"),
        };
        let place = documents.get(found.document).map(|document| document.find(&path));
        let place = place.map(|Mark { line, column }| (line, column));
        Located { file: source.name.clone(), place, problem }
    }

    /// A mistake in a resource, where these files have it. A file that names no environment may mean any.
    pub fn locate_in(&self, id: &ResourceId, problem: Problem) -> Option<Located> {
        let is = |found: &Found| {
            let text = |name: &str| found.json[name].as_str();
            text("kind") == Some(id.kind.word())
                && text("key") == Some(&id.key)
                && text("environment")
                    .is_none_or(|said| id.scope.environment().is_some_and(|key| **key == *said))
        };
        let at = self.found.iter().position(is)?;
        Some(self.locate(at, problem))
    }
}

impl Located {
    /// The file, and the line where there is one.
    pub fn name(&self) -> String {
        match self.place {
            Some((line, _)) => format!("{}:{line}", self.file),
            None => self.file.clone(),
        }
    }

    /// A mistake that is about a whole file.
    pub fn whole(file: &str, problem: Problem) -> Self {
        Located { file: file.to_owned(), place: None, problem }
    }
}

fn documents(source: &Source) -> Result<Vec<Value>, Box<Located>> {
    let wrong = |line: usize, column: usize, reason: String| {
        let place = (line > 0).then_some((line, column.max(1)));
        Box::new(Located { file: source.name.clone(), place, problem: Problem::new("", reason) })
    };
    if source.text.trim_start().starts_with(['{', '[']) {
        return match serde_json::from_str(&source.text) {
            Ok(document) => Ok(vec![document]),
            Err(e) => {
                Err(wrong(e.line(), e.column(), format!("is no JSON: {}", without_place(&e.to_string()))))
            }
        };
    }
    let documents = serde_norway::Deserializer::from_str(&source.text).map(Value::deserialize);
    documents.collect::<Result<_, _>>().map_err(|e| {
        let (line, column) = e.location().map_or((0, 0), |at| (at.line(), at.column()));
        wrong(line, column, format!("is no YAML: {}", without_place(&e.to_string())))
    })
}

/// The readers take the last of two values for one name, which nobody means.
fn once(source: &Source) -> Result<(), Box<Located>> {
    let documents = marks::documents(&source.text);
    let Some((name, Mark { line, column })) = documents.iter().find_map(Node::twice) else { return Ok(()) };
    let problem = Problem::new(name, "is there already in the same object").hint("leave one of them");
    Err(Box::new(Located { file: source.name.clone(), place: Some((line, column)), problem }))
}

/// The parsers say the place in their words too.
fn without_place(message: &str) -> &str {
    message.split(" at line ").next().unwrap_or(message)
}

fn resources(file: usize, source: &Source, documents: Vec<Value>) -> Result<Vec<Found>, Box<Located>> {
    let mut all = vec![];
    for (document, json) in documents.into_iter().enumerate() {
        let found = |json: Value, path: String| Found { json, file, document, path };
        match json {
            Value::Null => {}
            Value::Array(list) => {
                all.extend(list.into_iter().enumerate().map(|(at, json)| found(json, format!("[{at}]"))));
            }
            Value::Object(ref fields) if fields.contains_key("kind") => all.push(found(json, String::new())),
            Value::Object(ref fields) if fields.contains_key("flags") || fields.contains_key("segments") => {
                let whole = |reason: String| Box::new(Located::whole(&source.name, Problem::new("", reason)));
                for manifest in exported::manifests(json).map_err(whole)? {
                    let list = if manifest["kind"] == "segment" { "segments" } else { "flags" };
                    let path = format!("{list}.{}", manifest["key"].as_str().unwrap_or_default());
                    all.push(found(manifest, path));
                }
            }
            _ => {
                let mark = marks::documents(&source.text).get(document).map(|node| node.find(""));
                let hint =
                    "each document needs `kind` and `key`, or is LaunchDarkly's {\"flags\":…,\"segments\":…}";
                let problem = Problem::new("", "holds something that is no resource").hint(hint);
                let place = mark.map(|Mark { line, column }| (line, column));
                return Err(Box::new(Located { file: source.name.clone(), place, problem }));
            }
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(files: &[(&str, &str)]) -> Vec<Source> {
        files.iter().map(|(name, text)| Source { name: (*name).into(), text: (*text).into() }).collect()
    }

    fn told(wrong: Vec<Located>) -> Vec<String> {
        wrong.into_iter().map(|located| Problem::from(located).to_string()).collect()
    }

    #[test]
    fn texts_that_cannot_be_read_are_told_for_each_file() {
        let files = sources(&[
            ("a.yaml", "kind: flag\nkey: [1, 2\n"),
            ("b.json", "{\"kind\": \"flag\",\n  \"key\": }"),
            ("c.yaml", "kind: flag\n---\njust words\n"),
            ("d.yaml", "kind: flag\nvariations: [{id: a, id: b}]\n"),
        ]);
        let told = told(Sources::read(files).unwrap_err());
        assert!(told[0].starts_with("a.yaml:3:1: is no YAML: "), "{told:?}");
        assert!(told[1].starts_with("b.json:2:10: is no JSON: expected value"), "{told:?}");
        assert!(told[2].starts_with("c.yaml:3:1: holds something that is no resource"), "{told:?}");
        assert!(told[3].starts_with("d.yaml:2:22: id is there already in the same object"), "{told:?}");
    }

    #[test]
    fn every_mistake_of_every_file_has_its_line() {
        let files = sources(&[
            ("flag/a.yaml", "kind: flag\nkey: a\nvariations:\n- id: on\n  value: true\n  valu: 1\n"),
            (
                "many.yaml",
                "kind: service\nkey: s\nsubsets: []\n---\n- kind: sevice\n- kind: flag\n  key: a\n  variations: [{id: on, value: 1}]\n- kind: flag\n  key: b\n  variations: 7\n",
            ),
            ("again.yaml", "kind: flag\nkey: c\nvariations: []\n---\nkind: flag\nkey: c\nvariations: []\n"),
        ]);
        let sources = Sources::read(files).unwrap();
        assert_eq!(
            told(sources.manifests().unwrap_err()),
            [
                "flag/a.yaml:6:3: variations[0].valu is unknown here; did you mean `value`?",
                "many.yaml:1:1: environment is missing: a service belongs to an environment; say which, as `environment: production`",
                "many.yaml:5:3: kind \"sevice\" is no kind of resource; known are flag, segment, targeting, service, listener, route, guardrail",
                "many.yaml:11:3: variations invalid type: integer `7`, expected a sequence",
                "again.yaml:5:1: is there already, in again.yaml:1; leave one of them",
            ]
        );
        let problem = sources
            .locate_in(&ResourceId::project(switchyard_model::Kind::Flag, "b"), Problem::new("key", "x"));
        assert_eq!(problem.map(|p| p.place), Some(Some((10, 3))));
    }

    #[test]
    fn an_export_of_launchdarklys_is_located_by_key() {
        let text = "{\"flags\": {\n  \"f\": {\"key\": \"f\", \"version\": 1, \"variations\": [true]}}}";
        let sources = Sources::read(sources(&[("ld.json", text)])).unwrap();
        assert_eq!(sources.values().count(), 2);
        assert_eq!(sources.locate(1, Problem::new("environment", "is missing")).place, Some((2, 3)));
    }
}
