//! Segments in words.

use switchyard_flags::BigList;
use switchyard_model::segment::KeyList;
use switchyard_model::segment_spec::SegmentRule;
use switchyard_model::{Segment, State};

use super::conditions::those;
use super::details::described;
use super::{Sentence, count, percent, reordered};

pub(super) fn created(segment: &Segment) -> Sentence {
    let listed = segment.list.as_ref().map_or(0, |list| list.included as usize);
    let keys = listed
        + segment.included.len()
        + segment.included_contexts.iter().map(|t| t.values.len()).sum::<usize>();
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
            Some(was) => rule_changes(was, rule, environment, names, &mut said),
        }
    }
    for was in before.rules.iter().filter(|r| !after.rules.iter().any(|now| now.id == r.id)) {
        said.push(Sentence::new().text("no longer takes ").then(those(&was.clauses, environment, names)));
    }
    if reordered(before.rules.iter().map(|r| &r.id), after.rules.iter().map(|r| &r.id)) {
        said.push(Sentence::new().text("its rules are tried in another order"));
    }
    if before.salt != after.salt {
        said.push(Sentence::new().text("its salt changes, so that percentages pick other people"));
    }
    if before.list != after.list {
        said.push(big_list(before.list.as_ref(), after.list.as_ref()));
    }
    let list = |s: &Segment| (s.unbounded, s.unbounded_context_kind.clone(), s.generation);
    if list(before) != list(after) {
        said.push(Sentence::new().text("the settings of its big list change"));
    }
    said
}

/// By what it adds and takes away where both lists are at hand, else by how many keys it has.
fn big_list(before: Option<&KeyList>, after: Option<&KeyList>) -> Sentence {
    let has = |list: &KeyList| {
        let out = if list.excluded > 0 {
            format!(", {} out", grouped(list.excluded as usize))
        } else {
            String::new()
        };
        format!("{} in{out}", grouped(list.included as usize))
    };
    match (before, after) {
        (_, None) => Sentence::new().text("its big list is taken away"),
        (None, Some(after)) => Sentence::new().text("has a big list, ").strong(has(after)),
        (Some(before), Some(after)) => {
            let said = Sentence::new().text("its big list becomes another: ");
            let both = BigList::find(&before.hash).zip(BigList::find(&after.hash));
            let told = match both {
                Some((was, now)) => {
                    let (more, less) = now.differs(&was);
                    format!("+{} −{} keys", grouped(more), grouped(less))
                }
                None => format!("{}; it was {}", has(after), has(before)),
            };
            said.strong(told)
        }
    }
}

fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn rule_changes(
    was: &SegmentRule,
    now: &SegmentRule,
    environment: &str,
    names: &State,
    said: &mut Vec<Sentence>,
) {
    let who = |rule: &SegmentRule| those(&rule.clauses, environment, names);
    if was.clauses != now.clauses {
        said.push(Sentence::new().text("takes ").then(who(now)).text(", instead of ").then(who(was)));
    }
    let share = |rule: &SegmentRule| rule.weight.map_or("all".to_owned(), percent);
    if share(was) != share(now) {
        let of = Sentence::new().text("of ").then(who(now)).text(" takes ");
        said.push(of.to(share(now)).text(" instead of ").from(share(was)));
    }
    let by = |rule: &SegmentRule| {
        let kind = rule.rollout_context_kind.as_deref().unwrap_or("user");
        format!("{kind} {}", rule.bucket_by.as_deref().unwrap_or("key"))
    };
    if by(was) != by(now) {
        let of = Sentence::new().text("divides ").then(who(now)).text(" by ");
        said.push(of.to(by(now)).text(" instead of ").from(by(was)));
    }
    if was.description != now.description {
        let rule = Sentence::new().text("the rule for ").then(who(now));
        said.push(described(rule, now.description.as_deref()));
    }
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
