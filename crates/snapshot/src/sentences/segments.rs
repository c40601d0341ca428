//! Segments in words.

use switchyard_model::{Segment, State};

use super::conditions::those;
use super::{Sentence, count};

pub(super) fn created(segment: &Segment) -> Sentence {
    let keys =
        segment.included.len() + segment.included_contexts.iter().map(|t| t.values.len()).sum::<usize>();
    let parts = [
        (keys > 0).then(|| count(keys, "key", "keys")),
        (!segment.rules.is_empty()).then(|| count(segment.rules.len(), "rule", "rules")),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        return Sentence::new().text("is new and empty");
    }
    Sentence::new().text("is new, with ").strong(parts.join(" and "))
}

pub(super) fn changes(before: &Segment, after: &Segment, environment: &str, names: &State) -> Vec<Sentence> {
    let mut said = vec![];
    keys("includes", &before.included, &after.included, "user", &mut said);
    keys("excludes", &before.excluded, &after.excluded, "user", &mut said);
    for (word, was, now) in [
        ("includes", &before.included_contexts, &after.included_contexts),
        ("excludes", &before.excluded_contexts, &after.excluded_contexts),
    ] {
        let mut kinds: Vec<_> = was.iter().chain(now).map(|t| t.context_kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let of = |list: &[switchyard_model::segment_spec::SegmentTarget]| -> Vec<String> {
                list.iter().filter(|t| t.context_kind == kind).flat_map(|t| t.values.clone()).collect()
            };
            keys(word, &of(was), &of(now), kind, &mut said);
        }
    }
    for rule in &after.rules {
        match before.rules.iter().find(|r| r.id == rule.id) {
            None => {
                said.push(Sentence::new().text("also takes ").then(those(&rule.clauses, environment, names)))
            }
            Some(was) if was != rule => said.push(
                Sentence::new()
                    .text("takes ")
                    .then(those(&rule.clauses, environment, names))
                    .text(", instead of ")
                    .then(those(&was.clauses, environment, names)),
            ),
            Some(_) => {}
        }
    }
    for was in before.rules.iter().filter(|r| !after.rules.iter().any(|now| now.id == r.id)) {
        said.push(Sentence::new().text("no longer takes ").then(those(&was.clauses, environment, names)));
    }
    said
}

fn keys(verb: &str, before: &[String], after: &[String], kind: &str, said: &mut Vec<Sentence>) {
    let was: std::collections::HashSet<_> = before.iter().collect();
    let now: std::collections::HashSet<_> = after.iter().collect();
    for (only, prefix) in [(&now - &was, "now "), (&was - &now, "no longer ")] {
        if !only.is_empty() {
            let who = match only.len() {
                1 => only.iter().next().map(|k| format!("{kind} {k}")).unwrap_or_default(),
                n => count(n, kind, &format!("{kind}s")),
            };
            said.push(Sentence::new().text(format!("{prefix}{verb} ")).to(who));
        }
    }
}
