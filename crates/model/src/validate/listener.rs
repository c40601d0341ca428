//! A listener by itself.

use super::paths::is_token;
use super::reports::Report;
use crate::Problem;
use crate::listener::{Listener, MappedAttribute, MappedContext, Reading, Source};

/// The most context kinds of a mapping.
const CONTEXTS_MAX: usize = 10;
/// The most attributes of a mapped context.
const ATTRIBUTES_MAX: usize = 100;
/// The most characters of a name.
const NAME_MAX: usize = 256;

pub(super) fn check(report: &mut Report<'_>, listener: &Listener) {
    let mapping = &listener.mapping;
    report.count("mapping.contexts", mapping.contexts.len(), 0, CONTEXTS_MAX);
    let at_kind = |at| format!("mapping.contexts[{at}].kind");
    report.unique("kind", mapping.contexts.iter().map(|c| &*c.kind), at_kind);
    for (at, header) in mapping.untrusted_headers.iter().enumerate() {
        let path = format!("mapping.untrustedHeaders[{at}]");
        if !is_token(header) {
            report.add(Problem::new(path, "is no name of a header").value(header.as_str()));
        }
    }
    for (at, context) in mapping.contexts.iter().enumerate() {
        report.context_kind(at_kind(at), &context.kind);
        check_context(report, listener, &format!("mapping.contexts[{at}]"), context);
    }
}

fn check_context(report: &mut Report<'_>, listener: &Listener, path: &str, context: &MappedContext) {
    check_source(report, listener, &format!("{path}.key"), &context.key);
    report.count(&format!("{path}.attributes"), context.attributes.len(), 0, ATTRIBUTES_MAX);
    let at_name = |n| format!("{path}.attributes[{n}].name");
    report.unique("name", context.attributes.iter().map(|a| &*a.name), at_name);
    for (n, attribute) in context.attributes.iter().enumerate() {
        check_name(report, at_name(n), attribute);
        check_source(report, listener, &format!("{path}.attributes[{n}].from"), &attribute.from);
    }
}

fn check_name(report: &mut Report<'_>, path: String, attribute: &MappedAttribute) {
    let name = &*attribute.name;
    let reason = match name {
        "" => "is empty",
        "key" | "kind" | "_meta" => "is there by itself and can't be mapped",
        "anonymous" if attribute.reading != Reading::Boolean => "must be read as a boolean",
        _ if name.starts_with('/') => "must not start with '/': a mapping fills plain attributes",
        _ if name.chars().any(char::is_control) => "holds control characters",
        _ => return report.text(path, name, NAME_MAX),
    };
    report.add(Problem::new(path, reason).value(name));
}

fn check_source(report: &mut Report<'_>, listener: &Listener, path: &str, source: &Source) {
    match source {
        Source::Header(name) => {
            let path = format!("{path}.header");
            let removed = |h: &String| h.eq_ignore_ascii_case(name);
            if !is_token(name) {
                report.add(Problem::new(path, "is no name of a header").value(name.as_str()));
            } else if name.to_ascii_lowercase().starts_with("switchyard-") {
                let reason = "is a header that only the gateway sets; incoming ones are removed";
                report.add(Problem::new(path, reason).value(name.as_str()));
            } else if listener.mapping.untrusted_headers.iter().any(removed) {
                let reason = "is removed by `untrustedHeaders` before it can be read";
                report
                    .add(Problem::new(path, reason).value(name.as_str()).hint("take it out of one of them"));
            }
        }
        Source::Cookie(name) if !is_token(name) => {
            report.add(Problem::new(format!("{path}.cookie"), "is no name of a cookie").value(name.as_str()));
        }
        Source::Query(name) if name.is_empty() => {
            report.add(Problem::new(format!("{path}.query"), "is empty"));
        }
        Source::Query(name) => report.text(format!("{path}.query"), name, NAME_MAX),
        Source::Cookie(_) | Source::Address => {}
    }
}
