//! Routes of one listener that take the same requests with the same priority: nobody could tell which wins.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use crate::ids::{Key, Kind, ResourceId, Scope};
use crate::route::{Match, NamedMatch, PathMatch};
use crate::{Problem, Resource, Route, State};

pub(super) fn check(state: &State, ids: &[ResourceId], problems: &mut Vec<Problem>) {
    let mut judged: BTreeMap<&Key, HashSet<&Key>> = BTreeMap::new();
    for id in ids.iter().filter(|id| id.kind == Kind::Route) {
        if let Scope::Environment(environment) = &id.scope {
            judged.entry(environment).or_default().insert(&id.key);
        }
    }
    for (environment, judged) in judged {
        let scope = Scope::Environment(environment.clone());
        let mut taken: HashMap<String, &Key> = HashMap::new();
        let mut told = BTreeSet::new();
        for (id, versioned) in state.of(&scope, Kind::Route) {
            let Resource::Route(route) = &*versioned.resource else { continue };
            for form in forms(route) {
                let Some(other) = taken.insert(form, &id.key).filter(|other| **other != id.key) else {
                    continue;
                };
                let news = judged.contains(&id.key) || judged.contains(other);
                if news && told.insert((other, &id.key)) {
                    problems.push(ambiguous(&scope, other, id, route, !judged.contains(&id.key)));
                }
            }
        }
    }
}

fn ambiguous(scope: &Scope, other: &Key, id: &ResourceId, route: &Route, other_is_new: bool) -> Problem {
    let other = ResourceId { scope: scope.clone(), kind: Kind::Route, key: other.clone() };
    // Said of the one that was changed, where only one was.
    let (of, than) = if other_is_new { (&other, id) } else { (id, &other) };
    let reason = format!("takes the same requests as {than}, with the same priority {}", route.priority);
    let hint = "give one of them another priority, or make one match more narrow";
    Problem::new("match", reason).of(of).hint(hint)
}

/// The route's match for each of its hosts and methods, in a form in which equal ones are equal.
fn forms(route: &Route) -> Vec<String> {
    let Match { hosts, path, methods, headers, query } = &route.matches;
    let path = match path {
        None => Value::Null,
        Some(PathMatch::Exact(path)) => json!({ "exact": path }),
        Some(PathMatch::Prefix(path)) => json!({ "prefix": path }),
        Some(PathMatch::Template(path)) => json!({ "template": unnamed(path) }),
    };
    let headers = sorted(headers, str::to_ascii_lowercase);
    let query = sorted(query, str::to_owned);
    let hosts: BTreeSet<_> =
        any(hosts).map(|h| h.to_ascii_lowercase().trim_end_matches('.').to_owned()).collect();
    let methods: BTreeSet<_> = any(methods).collect();
    let mut forms = vec![];
    for host in &hosts {
        for method in &methods {
            let form = json!([route.listener, route.priority, host, path, method, headers, query]);
            forms.push(form.to_string());
        }
    }
    forms
}

/// The texts, or one empty one that stands for any.
fn any(texts: &[String]) -> impl Iterator<Item = &str> {
    let none = texts.is_empty().then_some("");
    texts.iter().map(String::as_str).chain(none)
}

/// A template's variables have no names for what it takes.
fn unnamed(template: &str) -> String {
    let segment = |s: &str| match (s.starts_with('{'), s.ends_with("...}")) {
        (true, true) => "{...}".to_owned(),
        (true, false) => "{}".to_owned(),
        _ => s.to_owned(),
    };
    template.split('/').map(segment).collect::<Vec<_>>().join("/")
}

fn sorted(conditions: &[NamedMatch], name: fn(&str) -> String) -> Vec<String> {
    let mut forms: Vec<_> = conditions.iter().map(|c| json!([name(&c.name), c.value]).to_string()).collect();
    forms.sort_unstable();
    forms.dedup();
    forms
}
