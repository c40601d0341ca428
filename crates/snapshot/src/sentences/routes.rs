//! Routes in words.

use switchyard_model::Route;
use switchyard_model::route::{Action, ArmRef, Match, NamedMatch, PathMatch, Split, ValueMatch};

use super::flags::capitalised;
use super::{Sentence, percent, reordered};

/// What a route does, in one sentence: "GET and POST on /checkout/… go where flag checkout-v2 says: new to
/// checkout v2, old to checkout v1."
pub fn route_sentence(route: &Route) -> Sentence {
    capitalised(does(route)).text(".")
}

/// The same without its end, to go on from.
pub(super) fn does(route: &Route) -> Sentence {
    takes(&route.matches).text(" ").then(split_sentence(&route.split))
}

/// Which requests a match takes: "GET and POST on shop.example/checkout/…".
pub fn match_sentence(matches: &Match) -> Sentence {
    capitalised(takes(matches))
}

fn takes(matches: &Match) -> Sentence {
    let methods = match matches.methods.as_slice() {
        [] => Sentence::new().text("all requests"),
        some => Sentence::joined(some.iter().map(|m| Sentence::new().strong(m)), ", ", " and "),
    };
    let path = match &matches.path {
        None => "/…".to_owned(),
        Some(PathMatch::Exact(path)) => path.clone(),
        Some(PathMatch::Prefix(path)) if path.ends_with('/') => format!("{path}…"),
        Some(PathMatch::Prefix(path)) => format!("{path}/…"),
        Some(PathMatch::Template(path)) => path.clone(),
    };
    let places = match matches.hosts.as_slice() {
        [] if matches.path.is_none() => Sentence::new(),
        [] => Sentence::new().text(" on ").code(path),
        hosts => Sentence::new().text(" on ").then(Sentence::joined(
            hosts.iter().map(|host| Sentence::new().code(format!("{host}{path}"))),
            ", ",
            " or ",
        )),
    };
    let conditions = matches
        .headers
        .iter()
        .map(|h| condition("header", h))
        .chain(matches.query.iter().map(|q| condition("query parameter", q)));
    let conditions = Sentence::joined(conditions, ", ", " and ");
    let sentence = methods.then(places);
    if conditions.is_empty() { sentence } else { sentence.text(" with ").then(conditions) }
}

fn condition(what: &str, named: &NamedMatch) -> Sentence {
    let sentence = Sentence::new().text(format!("{what} ")).code(&named.name);
    match &named.value {
        ValueMatch::Present => sentence,
        ValueMatch::Exact(value) => sentence.text(" = ").code(value),
        ValueMatch::Prefix(value) => sentence.text(" beginning with ").code(value),
        ValueMatch::Regex(value) => sentence.text(" matching ").code(value),
    }
}

fn split_sentence(split: &Split) -> Sentence {
    match split {
        Split::Flag { flag, arms } => {
            Sentence::new().text("go where flag ").code(&**flag).text(" says: ").then(Sentence::joined(
                arms.iter().map(|arm| {
                    Sentence::new().strong(&*arm.variation).text(" ").then(action_sentence(&arm.action))
                }),
                ", ",
                ", ",
            ))
        }
        Split::Weight { arms, .. } => match arms.as_slice() {
            [only] => Sentence::new().text("go ").then(action_sentence(&only.action)),
            many => Sentence::new().text("are divided: ").then(Sentence::joined(
                many.iter().map(|arm| {
                    Sentence::new()
                        .strong(percent(i64::from(arm.weight)))
                        .text(" ")
                        .then(action_sentence(&arm.action))
                }),
                ", ",
                ", ",
            )),
        },
    }
}

/// Where an action leads: "to checkout v2", "are redirected to /new", "are answered 404".
pub fn action_sentence(action: &Action) -> Sentence {
    match action {
        Action::Service { service, subset } => {
            Sentence::new().text("to ").strong(format!("{service} {subset}"))
        }
        Action::Redirect { location, status } => {
            Sentence::new().text("by redirect to ").code(location).text(format!(" ({status})"))
        }
        Action::Fixed { status, .. } => Sentence::new().text("to a fixed answer ").strong(status.to_string()),
    }
}

pub(super) fn changes(before: &Route, after: &Route) -> Vec<Sentence> {
    let mut said = vec![];
    if before.listener != after.listener {
        said.push(
            Sentence::new()
                .text("now listens on ")
                .to(&*after.listener)
                .text("; it was ")
                .from(&*before.listener),
        );
    }
    if before.matches != after.matches {
        said.push(
            Sentence::new()
                .text("now takes ")
                .then(takes(&after.matches))
                .text("; it took ")
                .then(takes(&before.matches)),
        );
    }
    split_changes(&before.split, &after.split, &mut said);
    if before.timeout_ms != after.timeout_ms {
        said.push(
            Sentence::new()
                .text("timeout from ")
                .from(duration(before.timeout_ms))
                .text(" to ")
                .to(duration(after.timeout_ms)),
        );
    }
    if before.priority != after.priority {
        said.push(
            Sentence::new()
                .text("priority from ")
                .from(before.priority.to_string())
                .text(" to ")
                .to(after.priority.to_string()),
        );
    }
    if before.rewrite_path != after.rewrite_path {
        said.push(match &after.rewrite_path {
            Some(path) => Sentence::new().text("the matched path now becomes ").to(path),
            None => Sentence::new().text("the path is no longer rewritten"),
        });
    }
    said
}

fn split_changes(before: &Split, after: &Split, said: &mut Vec<Sentence>) {
    match (before, after) {
        (
            Split::Weight { arms: was, context_kind: old_kind, bucket_by: old_by },
            Split::Weight { arms: now, context_kind, bucket_by },
        ) => {
            let weight = |arms: &[switchyard_model::route::WeightArm], id: &str| {
                arms.iter().find(|a| &*a.id == id).map_or(0, |a| i64::from(a.weight))
            };
            let mut moved: Vec<_> = now
                .iter()
                .chain(was.iter().filter(|a| !now.iter().any(|n| n.id == a.id)))
                .map(|a| (a.id.clone(), weight(was, &a.id), weight(now, &a.id)))
                .filter(|(_, was, now)| was != now)
                .collect();
            // With two arms the one that loses says nothing new.
            if was.len() == 2 && now.len() == 2 && moved.len() == 2 {
                moved.retain(|(_, was, now)| now > was);
            }
            said.push(Sentence::joined(
                moved.into_iter().map(|(id, was, now)| {
                    Sentence::new()
                        .strong(&*id)
                        .text(" goes from ")
                        .from(percent(was))
                        .text(" to ")
                        .to(percent(now))
                }),
                ", ",
                " and ",
            ));
            if (old_kind, old_by) != (context_kind, bucket_by) {
                said.push(
                    Sentence::new()
                        .text("sticks to ")
                        .to(format!("{context_kind} {bucket_by}"))
                        .text(" instead of ")
                        .from(format!("{old_kind} {old_by}")),
                );
            }
            said.extend(arm_changes(&before.arms(), &after.arms()));
        }
        (Split::Flag { flag: was, .. }, Split::Flag { flag: now, .. }) => {
            if was != now {
                said.push(
                    Sentence::new().text("is split by flag ").to(&**now).text(" instead of ").from(&**was),
                );
            }
            said.extend(arm_changes(&before.arms(), &after.arms()));
        }
        _ => said.push(Sentence::new().text("its requests now ").then(split_sentence(after))),
    }
}

fn arm_changes(before: &[ArmRef<'_>], after: &[ArmRef<'_>]) -> Vec<Sentence> {
    let mut said = vec![];
    for now in after {
        let Some(was) = before.iter().find(|a| a.id == now.id) else {
            said.push(
                Sentence::new()
                    .text("new arm ")
                    .to(&**now.id)
                    .text(" leads ")
                    .then(action_sentence(now.action)),
            );
            continue;
        };
        if answers_alike(was.action, now.action) {
            said.push(Sentence::new().strong(&**now.id).text(" gives another text in its fixed answer"));
        } else if was.action != now.action {
            said.push(
                Sentence::new()
                    .strong(&**now.id)
                    .text(" leads ")
                    .then(action_sentence(now.action))
                    .text("; it led ")
                    .then(action_sentence(was.action)),
            );
        }
        if was.fallback != now.fallback {
            let words = |arm: Option<&switchyard_model::ids::Key>| {
                arm.map_or("fails".to_owned(), |id| format!("falls back to {id}"))
            };
            said.push(
                Sentence::new()
                    .text("when ")
                    .strong(&**now.id)
                    .text(" is down it ")
                    .to(words(now.fallback))
                    .text("; it was: ")
                    .from(words(was.fallback)),
            );
        }
    }
    for was in before.iter().filter(|was| !after.iter().any(|now| now.id == was.id)) {
        said.push(Sentence::new().text("arm ").from(&**was.id).text(" is gone"));
    }
    if reordered(before.iter().map(|arm| arm.id), after.iter().map(|arm| arm.id)) {
        said.push(Sentence::new().text("has its arms in another order"));
    }
    said
}

/// True for fixed answers that differ in nothing that their sentence says.
fn answers_alike(was: &Action, now: &Action) -> bool {
    let alike =
        matches!((was, now), (Action::Fixed { status: a, .. }, Action::Fixed { status: b, .. }) if a == b);
    alike && was != now
}

fn duration(ms: Option<u32>) -> String {
    let ms = ms.unwrap_or(switchyard_model::route::DEFAULT_TIMEOUT_MS);
    if ms.is_multiple_of(1000) { format!("{} s", ms / 1000) } else { format!("{ms} ms") }
}
