//! The merge itself, over JSON and its shape.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};

use super::shape::{self, Shape, below};
use super::{Conflict, Side};

/// A value on the three sides of a merge. `None` is "not there".
#[derive(Clone)]
pub(super) struct Sides<T = Value> {
    pub(super) base: Option<T>,
    pub(super) ours: Option<T>,
    pub(super) theirs: Option<T>,
}

/// Merges a whole resource that is there on both sides.
///
/// # Errors
/// All conflicts that nobody has chosen a side for.
pub(super) fn merge(
    shape: &Shape,
    sides: Sides,
    choices: &BTreeMap<String, Side>,
) -> Result<Value, Vec<Conflict>> {
    let mut merging = Merging { choices, conflicts: vec![] };
    let refs = Sides { base: sides.base.as_ref(), ours: sides.ours.as_ref(), theirs: sides.theirs.as_ref() };
    let merged = merging.value(String::new(), shape, refs);
    match merged {
        Some(merged) if merging.conflicts.is_empty() => Ok(merged),
        _ => Err(merging.conflicts),
    }
}

struct Merging<'a> {
    choices: &'a BTreeMap<String, Side>,
    conflicts: Vec<Conflict>,
}

impl Merging<'_> {
    /// The merged value. After a conflict its value does not matter.
    fn value(&mut self, path: String, shape: &Shape, sides: Sides<&Value>) -> Option<Value> {
        let Sides { base, ours, theirs } = sides;
        if ours == theirs || base == theirs {
            return ours.cloned();
        }
        if base == ours {
            return theirs.cloned();
        }
        match (shape, ours, theirs) {
            (Shape::Fields(_), Some(Value::Object(o)), Some(Value::Object(t)))
                if o.get("by") == t.get("by") =>
            {
                let nothing = Map::new();
                let base = base.and_then(Value::as_object).unwrap_or(&nothing);
                let mut merged = Map::new();
                // In one order, whichever way the two were written.
                for name in o.keys().chain(t.keys()).collect::<BTreeSet<_>>() {
                    let field = Sides { base: base.get(name), ours: o.get(name), theirs: t.get(name) };
                    if let Some(value) = self.value(below(&path, name), shape.field(name), field) {
                        merged.insert(name.clone(), value);
                    }
                }
                Some(Value::Object(merged))
            }
            (Shape::Keyed { .. } | Shape::Set, _, _) => {
                let lists =
                    Sides { base: Some(list(base)), ours: Some(list(ours)), theirs: Some(list(theirs)) };
                let merged = match shape {
                    Shape::Keyed { by, element, positional } => {
                        match List::of(base, by).zip(List::of(ours, by)).zip(List::of(theirs, by)) {
                            Some(((base, ours), theirs)) => {
                                self.keyed(&path, element, *positional, [&base, &ours, &theirs])
                            }
                            None => return self.conflict(path, sides),
                        }
                    }
                    _ => set(&lists),
                };
                // An empty list is written as none, as the resources' own form has it.
                (!merged.is_empty()).then_some(Value::Array(merged))
            }
            _ => self.conflict(path, sides),
        }
    }

    fn conflict(&mut self, path: String, sides: Sides<&Value>) -> Option<Value> {
        let Sides { base, ours, theirs } = sides;
        match self.choices.get(&path) {
            Some(Side::Ours) => return ours.cloned(),
            Some(Side::Theirs) => return theirs.cloned(),
            None => {}
        }
        let conflict = Conflict { path, base: base.cloned(), ours: ours.cloned(), theirs: theirs.cloned() };
        self.conflicts.push(conflict);
        None
    }

    /// Merges element by element, then puts what is left in order.
    fn keyed(&mut self, path: &str, element: &Shape, positional: bool, lists: [&List<'_>; 3]) -> Vec<Value> {
        let [base, ours, theirs] = lists;
        let mut merged = HashMap::new();
        let others = theirs.names.iter().filter(|name| !ours.has(name));
        for name in ours.names.iter().chain(others) {
            let sides = Sides { base: base.get(name), ours: ours.get(name), theirs: theirs.get(name) };
            if let Some(value) = self.value(format!("{path}[{name}]"), element, sides) {
                merged.insert(name.as_str(), value);
            }
        }
        let chosen = self.choices.get(path).map(|side| match side {
            Side::Ours => (ours, theirs),
            Side::Theirs => (theirs, ours),
        });
        let order = match chosen {
            // Others name these by position: with the order goes what is in it.
            Some((lead, _)) if positional => Some(lead.names.iter().map(String::as_str).collect()),
            Some((lead, other)) => Some(led(lead, other)),
            None if positional => in_place(merged.keys().copied().collect(), [ours, theirs]),
            None => order(lists),
        };
        let Some(order) = order else {
            self.order_conflict(path, lists);
            return vec![];
        };
        order.into_iter().filter_map(|name| merged.remove(name)).collect()
    }

    fn order_conflict(&mut self, path: &str, [base, ours, theirs]: [&List<'_>; 3]) {
        let names = |list: &List<'_>| Some(Value::from(list.names.clone()));
        let conflict =
            Conflict { path: path.to_owned(), base: names(base), ours: names(ours), theirs: names(theirs) };
        self.conflicts.push(conflict);
    }
}

/// A list whose elements have names.
struct List<'a> {
    names: Vec<String>,
    values: &'a [Value],
    index: HashMap<String, usize>,
}

impl<'a> List<'a> {
    fn of(value: Option<&'a Value>, by: &[&str]) -> Option<Self> {
        let values = list(value);
        let names = shape::names(values, by)?;
        let index = names.iter().cloned().enumerate().map(|(at, name)| (name, at)).collect();
        Some(List { names, values, index })
    }

    fn has(&self, name: &str) -> bool {
        self.index.contains_key(name)
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.index.get(name).map(|at| &self.values[*at])
    }
}

/// These names, each at the place it has on each side that has it; `None` where no list has them all so.
fn in_place<'a>(mut names: Vec<&'a str>, sides: [&List<'_>; 2]) -> Option<Vec<&'a str>> {
    let places = |name: &str| sides.map(|side| side.index.get(name).copied());
    names.sort_by_key(|name| places(name).into_iter().flatten().next());
    let stays = |(at, name): (usize, &&str)| places(name).into_iter().flatten().all(|place| place == at);
    names.iter().enumerate().all(stays).then_some(names)
}

/// All names of both sides in one order: that of the side which changed it, with the other side's own
/// elements after their predecessors there. `None` where both changed it differently.
fn order<'a>([base, ours, theirs]: [&'a List<'_>; 3]) -> Option<Vec<&'a str>> {
    let common = |list: &'a List<'_>| -> Vec<&'a str> {
        let everywhere = |name: &&str| base.has(name) && ours.has(name) && theirs.has(name);
        list.names.iter().map(String::as_str).filter(everywhere).collect()
    };
    let shared = |list: &'a List<'_>, other: &List<'_>| -> Vec<&'a str> {
        list.names.iter().map(String::as_str).filter(|name| other.has(name)).collect()
    };
    let (lead, other) = if common(theirs) == common(base) {
        (ours, theirs)
    } else if common(ours) == common(base) || shared(ours, theirs) == shared(theirs, ours) {
        (theirs, ours)
    } else {
        return None;
    };
    Some(led(lead, other))
}

/// The names of `lead` in its order, with those that only `other` has after their predecessors there.
fn led<'a>(lead: &'a List<'_>, other: &'a List<'_>) -> Vec<&'a str> {
    let mut order: Vec<&str> = lead.names.iter().map(String::as_str).collect();
    let mut previous: Option<&str> = None;
    for name in &other.names {
        if !lead.has(name) {
            let at = previous.and_then(|p| order.iter().position(|n| *n == p)).map_or(0, |at| at + 1);
            order.insert(at, name);
        }
        previous = Some(name);
    }
    order
}

/// What is in `ours`, without what `theirs` took away, with what it added; sorted where both sides are.
fn set(sides: &Sides<&[Value]>) -> Vec<Value> {
    let [base, ours, theirs] = [sides.base, sides.ours, sides.theirs].map(Option::unwrap_or_default);
    let (was, is): (HashSet<_>, HashSet<_>) = (base.iter().collect(), theirs.iter().collect());
    let mut seen: HashSet<&Value> = ours.iter().collect();
    let kept = ours.iter().filter(|v| is.contains(v) || !was.contains(v));
    let mut merged: Vec<&Value> = kept.collect();
    merged.extend(theirs.iter().filter(|v| !was.contains(v) && seen.insert(v)));
    if ours.is_sorted_by_key(|v| v.as_str()) && theirs.is_sorted_by_key(|v| v.as_str()) {
        merged.sort_by_key(|v| v.as_str());
    }
    merged.into_iter().cloned().collect()
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
