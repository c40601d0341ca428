//! Who depends on what, and names that lead nowhere.

use std::collections::{BTreeSet, HashMap};

use super::reports::{Report, list, words};
use crate::flag_spec::{Clause, Op};
use crate::ids::{Key, Kind, ResourceId, Scope};
use crate::reference::Reference;
use crate::{Problem, State};

/// The segments that these clauses ask for.
pub(super) fn segments(clauses: &[Clause]) -> impl Iterator<Item = &str> {
    let asking = clauses.iter().filter(|c| c.op == Op::SegmentMatch);
    asking.flat_map(|c| c.values.iter().filter_map(|v| v.as_str()))
}

/// Says that a name leads nowhere, and what there is instead.
pub(super) fn missing(state: &State, report: &mut Report<'_>, reference: &Reference) {
    let ResourceId { scope, kind, key } = &reference.to;
    if reference.path == "key" {
        let hint = format!("make {} in the same change, or take this away", reference.to);
        return report.add(Problem::new("key", "is no flag of the project").value(&**key).hint(hint));
    }
    let known: Vec<_> = state.of(scope, *kind).map(|(id, _)| &id.key).collect();
    let place = scope.environment().map_or("the project", |e| &**e);
    let hint = match known.as_slice() {
        [] => format!("{place} has no {kind} yet"),
        known => format!("{place} has {}", list(&words(known.iter().copied()))),
    };
    let reason = format!("names a {kind} that is not there");
    report.add(Problem::new(&*reference.path, reason).value(&**key).hint(hint));
}

/// Who depends on some resources.
pub(super) struct Index {
    direct: HashMap<(Kind, Key), Vec<ResourceId>>,
    all: BTreeSet<ResourceId>,
}

impl Index {
    /// Looks for everything that depends on `touched`, directly or by way of others. What a flag does in an
    /// environment is its targeting there, so who names the flag depends on its targeting too.
    pub(super) fn around<'a>(
        state: &State,
        touched: impl IntoIterator<Item = &'a ResourceId> + Clone,
    ) -> Self {
        let mut index = Index { direct: HashMap::new(), all: BTreeSet::new() };
        for environment in &state.environments {
            let scope = Scope::Environment(environment.clone());
            let here =
                touched.clone().into_iter().filter(|id| id.scope == Scope::Project || id.scope == scope);
            let mut wanted = names(here);
            let mut first = true;
            while !wanted.is_empty() {
                let found = index.users(state, &scope, &wanted, first);
                wanted = names(found.iter().filter(|id| index.all.insert((*id).clone())));
                first = false;
            }
        }
        index
    }

    /// Everything in this environment that names one of `wanted`.
    fn users(&mut self, state: &State, scope: &Scope, wanted: &Names, first: bool) -> BTreeSet<ResourceId> {
        let mut found = BTreeSet::new();
        for (kind, key) in wanted {
            let of = if kind.is_project_scoped() { Scope::Project } else { scope.clone() };
            let named = ResourceId { scope: of, kind: *kind, key: key.clone() };
            let here: Vec<_> = state.users(&named).filter(|user| user.scope == *scope).cloned().collect();
            if first {
                self.direct.entry((*kind, key.clone())).or_default().extend(here.iter().cloned());
            }
            found.extend(here);
        }
        found
    }

    /// Who names this resource, which must be one of those the index is around.
    pub(super) fn direct(&self, id: &ResourceId) -> Vec<&ResourceId> {
        let users = self.direct.get(&(id.kind, id.key.clone())).into_iter().flatten();
        users.filter(|user| id.scope == Scope::Project || user.scope == id.scope).collect()
    }

    /// Everything that depends on what the index is around; of that itself only what depends on others of it.
    pub(super) fn all(&self) -> &BTreeSet<ResourceId> {
        &self.all
    }
}

/// Kinds and keys, as others name them.
type Names = BTreeSet<(Kind, Key)>;

fn names<'a>(ids: impl Iterator<Item = &'a ResourceId>) -> Names {
    let named = ids.filter_map(|id| match id.kind {
        Kind::Targeting => Some((Kind::Flag, id.key.clone())),
        Kind::Route | Kind::Guardrail => None,
        kind => Some((kind, id.key.clone())),
    });
    named.collect()
}
