//! What can be so here of what an upstream says: a pure function of both.
//!
//! Everything is tried together first, as it is consistent where it comes from. What does not fit is taken out, and what
//! needed that with it, until the rest fits; so that one flag that can't be said here does not hold up the others.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use switchyard_model::exported::followed::{Item, as_said, keep_flag, keep_segment};
use switchyard_model::ids::Key;
use switchyard_model::{Flag, Kind, Problem, Resource, ResourceId, Scope, State, Targeting, Writer};

use super::LeftOut;
use super::is_followed;
use super::said::{Name, Said};
use crate::plan::{Ground, Plan, Planner};

/// So many reasons are told of one thing.
const REASONS: usize = 5;

/// What is asked.
pub(super) struct Ask {
    pub(super) environment: Key,
    pub(super) said: Arc<Said>,
    /// What is said to the other environments that follow.
    pub(super) others: Vec<(Key, Arc<Said>)>,
    /// What is looked at.
    pub(super) names: BTreeSet<Name>,
}

/// What one thing is to become.
#[derive(Clone)]
struct Wish {
    name: Name,
    sets: Vec<(ResourceId, Option<Resource>)>,
}

/// Why a thing does not become so.
struct Refusal {
    taken: bool,
    reasons: Vec<String>,
}

/// The plan of all that fits, which may do nothing, and what is left out of it.
pub(super) fn fit(ground: &Ground, ask: &Ask) -> (Plan, Vec<LeftOut>) {
    let (mut wishes, mut refused) = (vec![], BTreeMap::new());
    for name in &ask.names {
        match ask.wish(&ground.state, name) {
            Ok(sets) if sets.is_empty() => {}
            Ok(sets) => wishes.push(Wish { name: name.clone(), sets }),
            Err(refusal) => drop(refused.insert(name.clone(), refusal)),
        }
    }
    let plan = loop {
        let plan = attempt(ground, &wishes);
        if plan.problems.is_empty() {
            break plan;
        }
        let blamed = blame(&wishes, &plan.problems);
        if blamed.is_empty() {
            break by_halves(ground, wishes, &mut refused);
        }
        wishes.retain(|wish| !blamed.contains_key(&wish.name));
        refused.extend(blamed.into_iter().map(|(name, reasons)| (name, Refusal { taken: false, reasons })));
    };
    let left_out = refused.into_iter().map(|(name, refusal)| ask.left_out(&ground.state, name, refusal));
    (plan, left_out.collect())
}

fn attempt(ground: &Ground, wishes: &[Wish]) -> Plan {
    let mut planner = Planner::new(&ground.state);
    for (id, resource) in wishes.iter().flat_map(|wish| &wish.sets) {
        planner.set(id.clone(), resource.clone());
    }
    planner.finish(ground).without_idle()
}

/// What the problems say of the wishes that they are in.
fn blame(wishes: &[Wish], problems: &[Problem]) -> BTreeMap<Name, Vec<String>> {
    let of: HashMap<&ResourceId, &Name> =
        wishes.iter().flat_map(|wish| wish.sets.iter().map(|(id, _)| (id, &wish.name))).collect();
    let mut blamed: BTreeMap<Name, Vec<String>> = BTreeMap::new();
    for problem in problems {
        if let Some(name) = problem.resource.as_ref().and_then(|id| of.get(id)) {
            let bare = Problem { resource: None, hint: None, ..problem.clone() };
            blamed.entry((*name).clone()).or_default().push(bare.to_string());
        }
    }
    blamed
}

/// What stands in the way is in others' resources: a route that splits on a variation that would go. Which wishes are
/// to blame is found by trying parts.
fn by_halves(ground: &Ground, wishes: Vec<Wish>, refused: &mut BTreeMap<Name, Refusal>) -> Plan {
    let (mut accepted, mut open) = (vec![], wishes);
    loop {
        let (before, mut rejected) = (accepted.len(), vec![]);
        accept(ground, &open, &mut accepted, &mut rejected);
        // What was tried too early may fit on what came after it.
        if rejected.is_empty() || accepted.len() == before {
            let told = rejected
                .into_iter()
                .map(|(wish, reasons): (Wish, Vec<String>)| (wish.name, Refusal { taken: false, reasons }));
            refused.extend(told);
            return attempt(ground, &accepted);
        }
        open = rejected.into_iter().map(|(wish, _)| wish).collect();
    }
}

fn accept(
    ground: &Ground,
    wishes: &[Wish],
    accepted: &mut Vec<Wish>,
    rejected: &mut Vec<(Wish, Vec<String>)>,
) {
    if wishes.is_empty() {
        return;
    }
    let all = [accepted.as_slice(), wishes].concat();
    let plan = attempt(ground, &all);
    if plan.problems.is_empty() {
        *accepted = all;
    } else if let [wish] = wishes {
        let bare = |problem: &Problem| Problem { hint: None, ..problem.clone() }.to_string();
        rejected.push((wish.clone(), plan.problems.iter().map(bare).collect()));
    } else {
        let (first, second) = wishes.split_at(wishes.len() / 2);
        accept(ground, first, accepted, rejected);
        accept(ground, second, accepted, rejected);
    }
}

impl Ask {
    fn here(&self, kind: Kind, key: &Key) -> ResourceId {
        ResourceId { scope: Scope::Environment(self.environment.clone()), kind, key: key.clone() }
    }

    /// What has to become what, for the thing to be as it is said; or why it may not.
    fn wish(
        &self,
        state: &State,
        (kind, key): &Name,
    ) -> Result<Vec<(ResourceId, Option<Resource>)>, Refusal> {
        match (kind, self.said.get(&(*kind, key.clone()))) {
            (_, Some(Item::Unclear(why))) => Err(Refusal { taken: false, reasons: vec![why.clone()] }),
            (_, Some(Item::Flag(said))) => self.flag(state, &said.0, &said.1),
            (_, Some(Item::Segment(said))) => {
                let id = self.here(Kind::Segment, key);
                let there = state.get(&id).map(|found| &*found.resource);
                let mut said = (**said).clone();
                if let Some(Resource::Segment(there)) = there {
                    ours(&id, there.managed_by)?;
                    keep_segment(&mut said, there);
                }
                Ok(altering(there, id, Resource::Segment(said)).into_iter().collect())
            }
            (Kind::Segment, Some(Item::Gone) | None) => {
                let id = self.here(Kind::Segment, key);
                let theirs = state.segment(&self.environment, key).is_some_and(|s| is_followed(s.managed_by));
                Ok(if theirs { vec![(id, None)] } else { vec![] })
            }
            (_, Some(Item::Gone) | None) => Ok(self.gone(state, key)),
        }
    }

    fn flag(
        &self,
        state: &State,
        said: &Flag,
        targeting: &Targeting,
    ) -> Result<Vec<(ResourceId, Option<Resource>)>, Refusal> {
        let (of_project, here) =
            (ResourceId::project(Kind::Flag, &said.key), self.here(Kind::Targeting, &said.key));
        let mut flag = said.clone();
        let mut sets = vec![];
        if let Some((there, _)) = state.flag(&said.key) {
            ours(&of_project, there.managed_by)?;
            keep_flag(&mut flag, there);
            if flag != *there {
                sets.extend(self.everywhere(state, said)?);
            }
        }
        let there = |id: &ResourceId| state.get(id).map(|found| &*found.resource);
        if let Some(Resource::Targeting(there)) = there(&here) {
            ours(&here, there.managed_by)?;
        }
        sets.extend(altering(there(&of_project), of_project.clone(), Resource::Flag(flag)));
        sets.extend(altering(there(&here), here.clone(), Resource::Targeting(targeting.clone())));
        Ok(sets)
    }

    /// A flag's variations are the project's. They become others in one step, with the targeting in each environment
    /// that follows, and once all of these say so.
    fn everywhere(&self, state: &State, said: &Flag) -> Result<Vec<(ResourceId, Option<Resource>)>, Refusal> {
        let mut sets = vec![];
        for (environment, other) in &self.others {
            let Some(Item::Flag(other)) = other.get(&(Kind::Flag, said.key.clone())) else { continue };
            let id = ResourceId {
                scope: Scope::Environment(environment.clone()),
                kind: Kind::Targeting,
                key: said.key.clone(),
            };
            let Some(there) = state.get(&id).filter(|found| is_followed(found.resource.managed_by())) else {
                continue;
            };
            if defined(&other.0) != defined(said) {
                let why =
                    format!("what {environment} follows says other variations; both have to say the same");
                return Err(Refusal { taken: false, reasons: vec![why] });
            }
            sets.extend(altering(Some(&*there.resource), id, Resource::Targeting(other.1.clone())));
        }
        Ok(sets)
    }

    /// What takes away what is gone there. The flag itself goes where nobody else aims it; it becomes people's where
    /// they do.
    fn gone(&self, state: &State, key: &Key) -> Vec<(ResourceId, Option<Resource>)> {
        let here = self.here(Kind::Targeting, key);
        let followed = |environment: &str| {
            state.targeting(environment, key).is_some_and(|(targeting, _)| is_followed(targeting.managed_by))
        };
        if !followed(&self.environment) {
            return vec![];
        }
        let mut sets = vec![(here, None)];
        let elsewhere: Vec<&Key> = state.environments.iter().filter(|e| **e != self.environment).collect();
        let of_project = ResourceId::project(Kind::Flag, key);
        if let Some((flag, _)) = state.flag(key).filter(|(flag, _)| is_followed(flag.managed_by))
            && !elsewhere.iter().any(|environment| followed(environment))
        {
            let aimed = elsewhere.iter().any(|environment| state.targeting(environment, key).is_some());
            let kept = Resource::Flag(Flag { managed_by: Writer::Page, ..flag.clone() });
            sets.push((of_project, aimed.then_some(kept)));
        }
        sets
    }

    fn left_out(&self, state: &State, (kind, key): Name, refusal: Refusal) -> LeftOut {
        let id = self.here(if kind == Kind::Flag { Kind::Targeting } else { kind }, &key);
        let stays = state.get(&id).is_some_and(|found| is_followed(found.resource.managed_by()));
        let Refusal { taken, mut reasons } = refusal;
        if reasons.len() > REASONS {
            let more = reasons.len() - REASONS;
            reasons.truncate(REASONS);
            reasons.push(format!("and {more} more"));
        }
        LeftOut { kind, key, stays, taken, reasons }
    }
}

/// What of a flag is the same in all environments, as the wire has it.
fn defined(flag: &Flag) -> (Vec<&serde_json::Value>, switchyard_model::flag_spec::ClientSideAvailability) {
    (flag.variations.iter().map(|variation| &variation.value).collect(), flag.client_side_availability)
}

fn altering(
    there: Option<&Resource>,
    id: ResourceId,
    wanted: Resource,
) -> Option<(ResourceId, Option<Resource>)> {
    (there != Some(&wanted)).then_some((id, Some(wanted)))
}

/// # Errors
/// Who writes it, where that is somebody else.
fn ours(id: &ResourceId, writer: Writer) -> Result<(), Refusal> {
    match is_followed(writer) {
        true => Ok(()),
        false => {
            let why = format!("{id} is there already and is managed by {writer}; it is left as it is");
            Err(Refusal { taken: true, reasons: vec![why] })
        }
    }
}

/// True where people here changed more of it than what LaunchDarkly says nothing of.
pub(crate) fn alters_what_is_said(before: &Resource, after: Option<&Resource>) -> bool {
    after.is_none_or(|after| as_said(before) != as_said(after))
}
