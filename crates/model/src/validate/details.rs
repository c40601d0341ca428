//! What people read about a resource.

use super::reports::Report;
use crate::{Problem, Resource};

/// The most characters of a name or an owner.
const NAME_MAX: usize = 256;
/// The most characters of a description.
pub(super) const DESCRIPTION_MAX: usize = 4_096;
/// The most tags.
const TAGS_MAX: usize = 50;
/// The most characters of a tag.
const TAG_MAX: usize = 64;

pub(super) fn check(report: &mut Report<'_>, resource: &Resource) {
    macro_rules! details {
        ($r:expr) => {
            (&$r.name, &$r.description, &$r.owner, &$r.tags)
        };
    }
    let (name, description, owner, tags) = match resource {
        Resource::Flag(r) => details!(r),
        Resource::Segment(r) => details!(r),
        Resource::Service(r) => details!(r),
        Resource::Listener(r) => details!(r),
        Resource::Route(r) => details!(r),
        Resource::Guardrail(r) => details!(r),
        Resource::Targeting(_) => return,
    };
    line(report, "name", name, NAME_MAX);
    report.text("description", description, DESCRIPTION_MAX);
    if let Some(owner) = owner {
        if owner.is_empty() {
            report.add(Problem::new("owner", "is empty").hint("leave it out where nobody owns it"));
        }
        line(report, "owner", owner, NAME_MAX);
    }
    report.count("tags", tags.len(), 0, TAGS_MAX);
    for (at, tag) in tags.iter().enumerate() {
        let path = format!("tags[{at}]");
        if tag.trim().is_empty() {
            report.add(Problem::new(&path, "is empty"));
        }
        line(report, &path, tag, TAG_MAX);
    }
}

/// A text that stands on one line.
fn line(report: &mut Report<'_>, path: &str, text: &str, most: usize) {
    report.text(path, text, most);
    if text.chars().any(char::is_control) {
        report.add(Problem::new(path, "holds control characters").value(text));
    }
}
