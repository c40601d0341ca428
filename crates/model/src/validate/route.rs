//! A route: what it takes and how it answers, by itself and among others.

use super::attributes::{self, AttributeUse, attributes_used};
use super::clauses::regex_reason;
use super::paths::{host_reason, is_token, path_reason};
use super::reports::Report;
use super::split;
use crate::ids::{Kind, ResourceId};
use crate::route::{Match, NamedMatch, PathMatch, Split, ValueMatch};
use crate::{Problem, Route, State};

/// The most hosts, methods, headers and query parameters that a match may name, each.
const CONDITIONS_MAX: usize = 100;
/// The most characters of a regular expression in a match.
const REGEX_MAX: usize = 1_000;
/// The longest timeout, in milliseconds.
const TIMEOUT_MAX: u32 = 3_600_000;
/// How far a priority may be from 0.
const PRIORITY_MAX: i32 = 1_000;

pub(super) fn check(report: &mut Report<'_>, route: &Route) {
    if !(-PRIORITY_MAX..=PRIORITY_MAX).contains(&route.priority) {
        let reason = format!("must be between -{PRIORITY_MAX} and {PRIORITY_MAX}");
        report.add(Problem::new("priority", reason).value(route.priority));
    }
    if let Some(timeout) = route.timeout_ms.filter(|t| !(1..=TIMEOUT_MAX).contains(t)) {
        let reason = format!("must be between 1 and {TIMEOUT_MAX} milliseconds");
        report.add(Problem::new("timeoutMs", reason).value(timeout));
    }
    if let Some(rewrite) = &route.rewrite_path
        && let Some(reason) = path_reason(rewrite)
    {
        report.add(Problem::new("rewritePath", reason).value(rewrite.as_str()));
    }
    check_match(report, &route.matches);
    split::check(report, &route.split);
}

fn check_match(report: &mut Report<'_>, matches: &Match) {
    report.count("match.hosts", matches.hosts.len(), 0, CONDITIONS_MAX);
    for (at, host) in matches.hosts.iter().enumerate() {
        let problem =
            |reason: String| Problem::new(format!("match.hosts[{at}]"), reason).value(host.as_str());
        let name = host.strip_prefix("*.").unwrap_or(host);
        if host == "*" {
            report.add(problem("is no host".into()).hint("leave `hosts` out to take any host"));
        } else if !host.starts_with('[') && host.contains(':') {
            report.add(problem("must be a host without a port".into()));
        } else if let Some(reason) = host_reason(name) {
            report.add(problem(reason).hint("write it as shop.example.com or *.example.com"));
        }
    }
    if let Some(path) = &matches.path {
        check_path(report, path);
    }
    report.count("match.methods", matches.methods.len(), 0, CONDITIONS_MAX);
    for (at, method) in matches.methods.iter().enumerate() {
        let problem =
            |reason: &str| Problem::new(format!("match.methods[{at}]"), reason).value(method.as_str());
        if !is_token(method) {
            report.add(problem("is no method of HTTP"));
        } else if *method != method.to_ascii_uppercase() {
            let hint = format!("write {}", method.to_ascii_uppercase());
            report.add(problem("must be in capitals").hint(hint));
        }
    }
    report.count("match.headers", matches.headers.len(), 0, CONDITIONS_MAX);
    for (at, header) in matches.headers.iter().enumerate() {
        let path = format!("match.headers[{at}]");
        if !is_token(&header.name) {
            let problem = Problem::new(format!("{path}.name"), "is no name of a header");
            report.add(problem.value(header.name.as_str()));
        }
        check_value(report, &path, header);
    }
    report.count("match.query", matches.query.len(), 0, CONDITIONS_MAX);
    for (at, parameter) in matches.query.iter().enumerate() {
        let path = format!("match.query[{at}]");
        if parameter.name.is_empty() {
            report.add(Problem::new(format!("{path}.name"), "is empty"));
        }
        check_value(report, &path, parameter);
    }
}

fn check_value(report: &mut Report<'_>, path: &str, named: &NamedMatch) {
    let ValueMatch::Regex(regex) = &named.value else { return };
    let path = format!("{path}.value.regex");
    report.text(&path, regex, REGEX_MAX);
    if let Some(reason) = regex_reason(regex, REGEX_MAX * 4) {
        report.add(Problem::new(path, reason).value(regex.as_str()));
    }
}

fn check_path(report: &mut Report<'_>, matches: &PathMatch) {
    let (path, text) = match matches {
        PathMatch::Exact(path) => ("match.path.exact", path),
        PathMatch::Prefix(path) => ("match.path.prefix", path),
        PathMatch::Template(path) => ("match.path.template", path),
    };
    let problem = |reason: String| Problem::new(path, reason).value(text.as_str());
    if let Some(reason) = path_reason(text) {
        return report.add(problem(reason));
    }
    match matches {
        PathMatch::Template(_) => {
            if let Some(reason) = template_reason(text) {
                report.add(problem(reason).hint("write it as /orders/{id} or /files/{rest...}"));
            }
        }
        PathMatch::Prefix(prefix) if prefix.len() > 1 && prefix.ends_with('/') => {
            let hint = format!("write {}, which takes all below it", prefix.trim_end_matches('/'));
            report.add(problem("must not end with '/'".into()).hint(hint));
        }
        _ if text.contains(['{', '}']) => {
            report.add(problem("holds a brace".into()).hint("variables need `template` in place of this"));
        }
        _ => {}
    }
}

/// Why this path is no template.
fn template_reason(path: &str) -> Option<String> {
    let segments: Vec<_> = path.split('/').skip(1).collect();
    let mut names = vec![];
    for (at, segment) in segments.iter().enumerate() {
        if !segment.contains(['{', '}']) {
            continue;
        }
        let Some(inner) = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) else {
            return Some(format!("holds {segment:?}; a variable must be a whole segment"));
        };
        let (name, takes_rest) = inner.strip_suffix("...").map_or((inner, false), |name| (name, true));
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(fits) || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Some(format!("holds {segment:?}, whose name must be of letters, digits and '_'"));
        }
        if takes_rest && at + 1 < segments.len() {
            return Some(format!("holds {segment:?} before its end, but it takes all the rest"));
        }
        if names.contains(&name) {
            return Some(format!("has two variables called {name:?}"));
        }
        names.push(name);
    }
    None
}

/// What can only be judged with the flag, the services and the listener at hand.
pub(super) fn check_among_others(state: &State, environment: &str, report: &mut Report<'_>, route: &Route) {
    split::check_among_others(state, environment, report, &route.split);
    let Some(listener) = state.listener(environment, &route.listener) else { return };
    let id = ResourceId::environment(environment, Kind::Listener, &route.listener);
    match &route.split {
        Split::Flag { flag, .. } => {
            let uses = attributes_used(state, environment, flag);
            attributes::check_supplied(report, "split.flag", &uses, &id, listener);
        }
        // A single arm takes everyone, whoever it is.
        Split::Weight { arms, .. } if arms.len() < 2 => {}
        Split::Weight { context_kind, bucket_by, .. } => {
            let sticky = AttributeUse {
                kind: context_kind.to_string(),
                attribute: bucket_by.to_string(),
                nested: false,
                by: report.id.clone(),
            };
            attributes::check_supplied(report, "split.bucketBy", [&sticky], &id, listener);
        }
    }
}
