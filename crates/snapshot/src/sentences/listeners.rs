//! Listeners in words.

use switchyard_model::Listener;
use switchyard_model::listener::{MappedContext, Reading, Source};

use super::{Sentence, listed, reordered};

pub(super) fn created(listener: &Listener) -> Sentence {
    if listener.mapping.contexts.is_empty() {
        return Sentence::new().text("is new; it knows nobody");
    }
    Sentence::new().text("is new; it knows ").then(Sentence::joined(
        listener
            .mapping
            .contexts
            .iter()
            .map(|c| Sentence::new().strong(&*c.kind).text(" from ").then(source(&c.key))),
        ", ",
        " and ",
    ))
}

pub(super) fn changes(before: &Listener, after: &Listener) -> Vec<Sentence> {
    let mut said = vec![];
    for now in &after.mapping.contexts {
        match before.mapping.contexts.iter().find(|c| c.kind == now.kind) {
            None => said.push(
                Sentence::new().text("now knows ").to(&*now.kind).text(" from ").then(source(&now.key)),
            ),
            Some(was) => context_changes(was, now, &mut said),
        }
    }
    for was in &before.mapping.contexts {
        if !after.mapping.contexts.iter().any(|c| c.kind == was.kind) {
            said.push(Sentence::new().text("no longer knows ").from(&*was.kind));
        }
    }
    let kinds = |l: &'_ Listener| l.mapping.contexts.iter().map(|c| c.kind.clone()).collect::<Vec<_>>();
    if reordered(kinds(before).iter(), kinds(after).iter()) {
        said.push(Sentence::new().text("has its kinds of contexts in another order"));
    }
    let names = |l: &Listener| l.mapping.untrusted_headers.clone();
    let (was, now) = (names(before), names(after));
    let only = |a: &[String], b: &[String]| a.iter().filter(|h| !b.contains(h)).cloned().collect::<Vec<_>>();
    let (distrusted, trusted) = (only(&now, &was), only(&was, &now));
    if !distrusted.is_empty() {
        said.push(Sentence::new().text("no longer believes ").then(listed(distrusted, "header", "headers")));
    }
    if !trusted.is_empty() {
        said.push(Sentence::new().text("now believes ").then(listed(trusted, "header", "headers")));
    }
    said
}

fn context_changes(was: &MappedContext, now: &MappedContext, said: &mut Vec<Sentence>) {
    if was.key != now.key {
        said.push(
            Sentence::new()
                .strong(&*now.kind)
                .text(" comes from ")
                .then(source(&now.key))
                .text(" instead of ")
                .then(source(&was.key)),
        );
    }
    for attribute in &now.attributes {
        match was.attributes.iter().find(|a| a.name == attribute.name) {
            None => said.push(
                Sentence::new()
                    .text("now knows a ")
                    .text(format!("{}'s ", now.kind))
                    .to(&*attribute.name)
                    .text(" from ")
                    .then(source(&attribute.from))
                    .text(reading(attribute.reading)),
            ),
            Some(old) if old != attribute => said.push(
                Sentence::new()
                    .text(format!("a {}'s ", now.kind))
                    .to(&*attribute.name)
                    .text(" comes from ")
                    .then(source(&attribute.from))
                    .text(reading(attribute.reading)),
            ),
            Some(_) => {}
        }
    }
    for old in was.attributes.iter().filter(|a| !now.attributes.iter().any(|n| n.name == a.name)) {
        said.push(Sentence::new().text(format!("no longer knows a {}'s ", now.kind)).from(&*old.name));
    }
    if reordered(was.attributes.iter().map(|a| &a.name), now.attributes.iter().map(|a| &a.name)) {
        said.push(Sentence::new().text(format!("has a {}'s attributes in another order", now.kind)));
    }
}

fn reading(reading: Reading) -> &'static str {
    match reading {
        Reading::String => ", as a text",
        Reading::Number => ", as a number",
        Reading::Boolean => ", as yes or no",
        Reading::List => ", as a list",
    }
}

fn source(source: &Source) -> Sentence {
    match source {
        Source::Header(name) => Sentence::new().text("header ").code(name),
        Source::Cookie(name) => Sentence::new().text("cookie ").code(name),
        Source::Query(name) => Sentence::new().text("query parameter ").code(name),
        Source::Address => Sentence::new().text("the address"),
    }
}
