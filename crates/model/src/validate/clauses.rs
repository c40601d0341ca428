//! Clauses of rules, and references to attributes.

use jiff::Timestamp;
use serde_json::Value;

use super::reports::Report;
use crate::Problem;
use crate::flag_spec::{Clause, Op};

/// The most bytes of a regular expression in a clause.
const REGEX_MAX: usize = 100 * 1024;

pub(super) fn check(report: &mut Report<'_>, path: &str, clauses: &[Clause]) {
    for (at, clause) in clauses.iter().enumerate() {
        let path = format!("{path}.clauses[{at}]");
        if let Op::Unknown(op) = &clause.op {
            let known: Vec<_> = Op::KNOWN.iter().map(|(name, _)| *name).collect();
            let problem = Problem::new(format!("{path}.op"), "is no operator").value(op.as_str());
            report.add(problem.hint(format!("known are {}", known.join(", "))));
        }
        if let Some(kind) = &clause.context_kind {
            report.context_kind(format!("{path}.contextKind"), kind);
        }
        if clause.op != Op::SegmentMatch {
            attribute(report, format!("{path}.attribute"), &clause.attribute, clause.context_kind.is_some());
        }
        for (n, value) in clause.values.iter().enumerate() {
            if let Some((reason, hint)) = operand_reason(&clause.op, value) {
                let problem = Problem::new(format!("{path}.values[{n}]"), reason).value(shown(value));
                report.add(Problem { hint: hint.map(Into::into), ..problem });
            }
        }
    }
}

/// An attribute's name, or a reference to it where `is_reference`.
pub(super) fn attribute(report: &mut Report<'_>, path: String, text: &str, is_reference: bool) {
    if let Err(reason) = components(text, is_reference) {
        let hint = "write a name such as `plan`, or a reference such as `/address/city`";
        report.add(Problem::new(path, reason).value(text).hint(hint));
    }
}

/// The names a reference leads through: the attribute, then names inside its value. Only with a context kind
/// does a leading `/` make a path (LaunchDarkly's rule); `~1` is `/` and `~0` is `~` there.
pub(super) fn components(text: &str, is_reference: bool) -> Result<Vec<String>, &'static str> {
    if text.is_empty() || (is_reference && text == "/") {
        return Err("is empty");
    }
    let Some(path) = text.strip_prefix('/').filter(|_| is_reference) else {
        return Ok(vec![text.to_owned()]);
    };
    path.split('/').map(component).collect()
}

fn component(part: &str) -> Result<String, &'static str> {
    if part.is_empty() {
        return Err("is no reference: it holds '//' or ends with '/'");
    }
    let escaped = part.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if !escaped {
        return Err("is no reference: '~' must be followed by 0 (for '~') or 1 (for '/')");
    }
    Ok(part.replace("~1", "/").replace("~0", "~"))
}

/// Why this value can never do what the operator is for.
fn operand_reason(op: &Op, value: &Value) -> Option<(String, Option<&'static str>)> {
    let text = value.as_str();
    match op {
        Op::Matches => regex_reason(text?, REGEX_MAX).map(|reason| (reason, None)),
        Op::LessThan | Op::LessThanOrEqual | Op::GreaterThan | Op::GreaterThanOrEqual => {
            (!value.is_number()).then(|| ("must be a number".into(), None))
        }
        Op::Before | Op::After => {
            let fits = value.is_number() || text.is_some_and(|t| t.parse::<Timestamp>().is_ok());
            let hint = "write it as 2026-01-31T12:00:00Z, or as milliseconds since 1970";
            (!fits).then(|| ("is no time".into(), Some(hint)))
        }
        Op::SemVerEqual | Op::SemVerLessThan | Op::SemVerGreaterThan => {
            let fits = text.is_some_and(is_version);
            (!fits).then(|| {
                ("is no semantic version".into(), Some("write it as text, such as \"2.1.0\" or \"2.1\""))
            })
        }
        Op::SegmentMatch => text.is_none().then(|| ("must be the key of a segment".into(), None)),
        _ => None,
    }
}

/// Why this is no regular expression of at most `most` bytes.
pub(super) fn regex_reason(expression: &str, most: usize) -> Option<String> {
    if expression.len() > most {
        return Some(format!("has {} bytes; a regular expression may have {most}", expression.len()));
    }
    let why = match regex::Regex::new(expression).err()? {
        regex::Error::Syntax(text) => text.lines().last().unwrap_or_default().replace("error: ", ""),
        regex::Error::CompiledTooBig(most) => format!("compiled it is larger than {most} bytes"),
        other => other.to_string(),
    };
    Some(format!("is no regular expression: {why}"))
}

/// A semantic version; minor and patch may be missing, as LaunchDarkly has it.
fn is_version(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let missing = 3_usize.saturating_sub(numbers.split('.').count());
    semver::Version::parse(&format!("{numbers}{}{rest}", ".0".repeat(missing))).is_ok()
}

/// A value as a problem shows it: long texts are cut.
fn shown(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if text.chars().count() > 80 => {
            format!("{}…", text.chars().take(80).collect::<String>()).into()
        }
        _ => value.clone(),
    }
}
