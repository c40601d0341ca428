//! What all resources have in common, in words: names, owners, tags; and services.

use switchyard_model::service::Subset;
use switchyard_model::{Flag, Resource, Service};

use super::{Sentence, listed, reordered};

struct Details<'a> {
    name: &'a str,
    description: &'a str,
    owner: Option<&'a str>,
    tags: &'a [String],
}

fn details(resource: &Resource) -> Option<Details<'_>> {
    macro_rules! of {
        ($r:expr) => {
            Some(Details {
                name: &$r.name,
                description: &$r.description,
                owner: $r.owner.as_deref(),
                tags: &$r.tags,
            })
        };
    }
    match resource {
        Resource::Flag(r) => of!(r),
        Resource::Segment(r) => of!(r),
        Resource::Service(r) => of!(r),
        Resource::Listener(r) => of!(r),
        Resource::Route(r) => of!(r),
        Resource::Guardrail(r) => of!(r),
        Resource::Targeting(_) => None,
    }
}

pub(super) fn changes(before: &Resource, after: &Resource) -> Vec<Sentence> {
    let (Some(was), Some(now)) = (details(before), details(after)) else { return vec![] };
    let mut said = vec![];
    if was.name != now.name {
        said.push(match now.name {
            "" => Sentence::new().text("has no name of its own any more; it was ").from(was.name),
            name => Sentence::new().text("is now called ").to(name),
        });
    }
    if was.description != now.description {
        said.push(Sentence::new().text(match now.description {
            "" => "has no description any more",
            _ => "has a new description",
        }));
    }
    if was.owner != now.owner {
        said.push(match now.owner {
            Some(owner) => Sentence::new().text("is now owned by ").to(owner),
            None => {
                Sentence::new().text("has no owner any more; it was ").from(was.owner.unwrap_or_default())
            }
        });
    }
    if was.tags != now.tags {
        said.push(if now.tags.is_empty() {
            Sentence::new().text("has no tags any more")
        } else {
            Sentence::new().text("is now tagged ").to(now.tags.join(", "))
        });
    }
    if let (Resource::Flag(before), Resource::Flag(after)) = (before, after) {
        said.extend(lifecycle_changes(before, after));
    }
    said
}

fn lifecycle_changes(before: &Flag, after: &Flag) -> Vec<Sentence> {
    let mut said = vec![];
    if before.purpose != after.purpose {
        said.push(Sentence::new().text("is now of type ").to(after.purpose.word()));
    }
    if before.expires != after.expires {
        said.push(match (before.expires, after.expires) {
            (None, Some(day)) => Sentence::new().text("is meant to be gone after ").to(day.to_string()),
            (Some(was), Some(day)) => Sentence::new()
                .text("is meant to be gone after ")
                .to(day.to_string())
                .text("; it was ")
                .from(was.to_string()),
            (was, None) => Sentence::new()
                .text("is meant to stay; it was to be gone after ")
                .from(was.map(|day| day.to_string()).unwrap_or_default()),
        });
    }
    match (before.archived, after.archived) {
        (false, true) => said.push(
            Sentence::new().text("is ").strong("archived").text(": applications get their own defaults"),
        ),
        (true, false) => said.push(Sentence::new().text("comes back from the archive")),
        _ => {}
    }
    said
}

/// "… is now described as “…”".
pub(super) fn described(what: Sentence, description: Option<&str>) -> Sentence {
    match description.unwrap_or_default() {
        "" => what.text(" has no description any more"),
        words => what.text(" is now described as “").to(words).text("”"),
    }
}

pub(super) fn service_changes(before: &Service, after: &Service) -> Vec<Sentence> {
    let mut said = vec![];
    for now in &after.subsets {
        match before.subsets.iter().find(|s| s.id == now.id) {
            None => said.push(Sentence::new().text("has a new subset ").to(&*now.id)),
            Some(was) => endpoint_changes(was, now, &mut said),
        }
    }
    let gone: Vec<_> = before
        .subsets
        .iter()
        .filter(|was| !after.subsets.iter().any(|now| now.id == was.id))
        .map(|was| was.id.to_string())
        .collect();
    if !gone.is_empty() {
        said.push(Sentence::new().text("loses ").then(listed(gone, "subset", "subsets")));
    }
    if reordered(before.subsets.iter().map(|s| &s.id), after.subsets.iter().map(|s| &s.id)) {
        said.push(Sentence::new().text("has its subsets in another order"));
    }
    said
}

fn endpoint_changes(was: &Subset, now: &Subset, said: &mut Vec<Sentence>) {
    let only = |a: &Subset, b: &Subset| -> Vec<_> {
        a.endpoints.iter().filter(|e| !b.endpoints.contains(e)).cloned().collect()
    };
    for (verb, endpoints) in [(" gets ", only(now, was)), (" loses ", only(was, now))] {
        if !endpoints.is_empty() {
            let subset = Sentence::new().text("subset ").code(&*now.id).text(verb);
            said.push(subset.then(listed(endpoints, "fixed endpoint", "fixed endpoints")));
        }
    }
}
