//! From JSON to types, with every mistake of shape named by its path.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Problem;

/// Reads `T` from JSON, or says at which paths its shape does not fit. Fields that nothing reads are
/// mistakes too, also inside LaunchDarkly's types, which pass over them on the wire.
///
/// # Errors
/// The first field whose shape does not fit, or else all fields that are unknown.
pub fn shaped<T: DeserializeOwned>(json: Value) -> Result<T, Vec<Problem>> {
    let mut track = serde_path_to_error::Track::new();
    let mut unknown = vec![];
    let read = serde_ignored::deserialize(
        serde_path_to_error::Deserializer::new(json, &mut track),
        |path: serde_ignored::Path<'_>| unknown.push(field_path(&path.to_string())),
    );
    match read {
        Ok(read) if unknown.is_empty() => Ok(read),
        Ok(_) => Err(unknown
            .into_iter()
            .map(|path| Problem::new(path, "is unknown here").hint("check its spelling, or leave it out"))
            .collect()),
        Err(e) => {
            let path = track.path().to_string();
            Err(vec![explain(if path == "." { String::new() } else { path }, &e.to_string())])
        }
    }
}

/// A path below another.
pub fn join(prefix: &str, path: &str) -> String {
    match (prefix, path) {
        ("", path) => path.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, path) if path.starts_with('[') => format!("{prefix}{path}"),
        (prefix, path) => format!("{prefix}.{path}"),
    }
}

/// `rules.0.clauses.1.op` as `rules[0].clauses[1].op`.
fn field_path(dotted: &str) -> String {
    dotted.split('.').filter(|part| *part != "?").fold(String::new(), |path, part| {
        if part.parse::<usize>().is_ok() { format!("{path}[{part}]") } else { join(&path, part) }
    })
}

/// serde's words as ours: an unknown field is named by its own path, with what is known as the hint.
fn explain(path: String, message: &str) -> Problem {
    let Some(rest) = message.strip_prefix("unknown field `") else {
        return Problem::new(path, message);
    };
    let (field, known) = rest.split_once('`').unwrap_or((rest, ""));
    let known = known.trim_start_matches(", expected ").trim_start_matches("one of ");
    let path = if path.ends_with(field) { path } else { join(&path, field) };
    let problem = Problem::new(path, "is unknown here");
    match nearest(field, known) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None if known.starts_with('`') => problem.hint(format!("known here: {}", known.replace('`', ""))),
        None => problem.hint("leave it out"),
    }
}

fn nearest<'a>(field: &str, known: &'a str) -> Option<&'a str> {
    known
        .split('`')
        .filter(|word| !word.is_empty() && !word.starts_with(',') && !word.starts_with(' '))
        .map(|word| (distance(&field.to_lowercase(), &word.to_lowercase()), word))
        .min()
        .filter(|(distance, word)| *distance <= 1 + word.len() / 4)
        .map(|(_, word)| word)
}

/// Levenshtein's.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
