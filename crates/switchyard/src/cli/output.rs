//! How answers are written.
#![allow(clippy::print_stdout, reason = "this is where the command line speaks")]

use std::io::{IsTerminal, Write};

use serde_json::Value;
use switchyard_snapshot::sentences::{Sentence, Style};

use super::Output;
use super::client::Failure;

/// Prints the API's JSON, or what `text` makes of it.
pub(crate) fn answer(output: Output, json: &Value, text: impl FnOnce(&Value) -> String) {
    match output {
        Output::Json => line(&serde_json::to_string_pretty(json).unwrap_or_default()),
        Output::Text => line(text(json).trim_end()),
    }
}

/// Prints a line; a reader that went away is no error.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
}

/// Says why a command failed, on standard error: all mistakes, each with its place and what to do.
pub(crate) fn failure(failure: &Failure, output: Output) {
    let mut err = std::io::stderr().lock();
    let _ = match failure {
        Failure::Said(_) => Ok(()),
        Failure::Unreachable(why) => writeln!(err, "error: {why}"),
        Failure::Refused { body: Some(body), .. } if output == Output::Json => {
            writeln!(err, "{}", serde_json::to_string_pretty(body).unwrap_or_default())
        }
        Failure::Refused { summary, problems, .. } => {
            let _ = writeln!(err, "error: {summary}");
            problems.iter().try_for_each(|problem| writeln!(err, "  {problem}"))
        }
    };
}

/// A sentence from the API's JSON, with bold where a terminal shows it.
pub(crate) fn sentence(json: &Value) -> String {
    let Ok(sentence) = serde_json::from_value::<Sentence>(json.clone()) else { return String::new() };
    if !std::io::stdout().is_terminal() {
        return sentence.to_string();
    }
    sentence.0.iter().fold(String::new(), |out, part| match part.style {
        Style::Text => out + &part.text,
        Style::From => out + "\x1b[9m" + &part.text + "\x1b[0m",
        Style::Strong | Style::Code | Style::To => out + "\x1b[1m" + &part.text + "\x1b[0m",
    })
}

/// A table with columns as wide as they need to be; the last one is left as it is.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |i: usize| rows.iter().filter_map(|r| r.get(i)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns.saturating_sub(1)).map(width).collect();
    let mut out = String::new();
    for row in rows {
        for (i, cell) in row.iter().enumerate() {
            match widths.get(i) {
                Some(&width) => out.push_str(&format!("{cell:<width$}  ")),
                None => out.push_str(cell),
            }
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out
}
