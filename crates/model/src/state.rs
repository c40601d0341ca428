//! Every resource of a project at one revision.

use std::sync::Arc;

use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};

use crate::ids::{Kind, ResourceId, Scope};
use crate::reference::named;
use crate::{Flag, Guardrail, Listener, Resource, Revision, Route, Segment, Service, Targeting};

/// A resource and the revision that last touched it.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned {
    /// The revision that last touched it.
    pub revision: u64,
    /// The resource.
    pub resource: Arc<Resource>,
}

/// Every resource of a project at one revision. A clone shares everything with its original, and a
/// change costs what it touches.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// The revision this is the state at; 0 is the empty beginning.
    pub revision: u64,
    /// The environments' keys that resources may live in, in the order people see them.
    pub environments: Vec<crate::ids::Key>,
    resources: RedBlackTreeMapSync<ResourceId, Versioned>,
    /// Of each resource that names another: that one, and itself.
    uses: RedBlackTreeSetSync<(ResourceId, ResourceId)>,
}

impl State {
    /// The empty beginning of a project with these environments.
    pub fn empty(environments: impl IntoIterator<Item = crate::ids::Key>) -> Self {
        State { environments: environments.into_iter().collect(), ..State::default() }
    }

    /// The resource with this name.
    pub fn get(&self, id: &ResourceId) -> Option<&Versioned> {
        self.resources.get(id)
    }

    /// All resources, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&ResourceId, &Versioned)> {
        self.resources.iter()
    }

    /// All resources of one kind in one scope, by key.
    pub fn of<'a>(
        &'a self,
        scope: &'a Scope,
        kind: Kind,
    ) -> impl Iterator<Item = (&'a ResourceId, &'a Versioned)> {
        let from = ResourceId { scope: scope.clone(), kind, key: "".into() };
        self.resources
            .range((std::ops::Bound::Included(from), std::ops::Bound::Unbounded))
            .take_while(move |(id, _)| id.scope == *scope && id.kind == kind)
    }

    /// Who names this resource, whether it is there or not: what [`references`](crate::validate::references) finds,
    /// the other way round.
    pub fn users<'a>(&'a self, of: &'a ResourceId) -> impl Iterator<Item = &'a ResourceId> {
        let least = ResourceId { scope: Scope::Project, kind: Kind::ALL[0], key: "".into() };
        self.uses
            .range((std::ops::Bound::Included((of.clone(), least)), std::ops::Bound::Unbounded))
            .take_while(move |(named, _)| named == of)
            .map(|(_, user)| user)
    }

    /// How many resources there are.
    pub fn len(&self) -> usize {
        self.resources.size()
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// Puts a resource, or takes it away with `None`, as of `revision`.
    pub fn set(&mut self, id: ResourceId, resource: Option<Arc<Resource>>, revision: u64) {
        let before = self.get(&id).map(|found| named(&id, &found.resource)).unwrap_or_default();
        let now = resource.as_deref().map(|resource| named(&id, resource)).unwrap_or_default();
        for gone in before.difference(&now) {
            self.uses.remove_mut(&(gone.clone(), id.clone()));
        }
        for new in now.difference(&before) {
            self.uses.insert_mut((new.clone(), id.clone()));
        }
        match resource {
            Some(resource) => self.resources.insert_mut(id, Versioned { revision, resource }),
            None => {
                self.resources.remove_mut(&id);
            }
        }
    }

    /// The state after `revision`, which must be the next one.
    pub fn after(&self, revision: &Revision) -> State {
        let mut next = self.clone();
        next.revision = revision.number;
        for edit in &revision.edits {
            next.set(edit.target.clone(), edit.after.clone(), revision.number);
        }
        next
    }

    /// What is another resource in `other`, or was touched by another revision, or is only in one of the two.
    pub fn differing(&self, other: &State) -> Vec<ResourceId> {
        let new = self.iter().filter(|(id, here)| other.get(id) != Some(here));
        let gone = other.iter().filter(|(id, _)| self.get(id).is_none());
        new.chain(gone).map(|(id, _)| id.clone()).collect()
    }

    /// The flag with this key and the revision that last touched it.
    pub fn flag(&self, key: &str) -> Option<(&Flag, u64)> {
        let found = self.get(&ResourceId::project(Kind::Flag, key))?;
        match &*found.resource {
            Resource::Flag(flag) => Some((flag, found.revision)),
            _ => None,
        }
    }

    /// Who answers for a resource; for a targeting, its flag's owner.
    pub fn owner(&self, id: &ResourceId) -> Option<&str> {
        match id.kind {
            Kind::Targeting => self.flag(&id.key)?.0.owner.as_deref(),
            _ => self.get(id)?.resource.owner(),
        }
    }

    /// All guardrails, by key.
    pub fn guardrails(&self) -> impl Iterator<Item = &Guardrail> {
        self.of(&Scope::Project, Kind::Guardrail).filter_map(|(_, found)| match &*found.resource {
            Resource::Guardrail(guardrail) => Some(guardrail),
            _ => None,
        })
    }

    /// A flag's targeting in an environment and the revision that last touched it.
    pub fn targeting(&self, environment: &str, key: &str) -> Option<(&Targeting, u64)> {
        let found = self.get(&ResourceId::environment(environment, Kind::Targeting, key))?;
        match &*found.resource {
            Resource::Targeting(targeting) => Some((targeting, found.revision)),
            _ => None,
        }
    }

    /// A segment.
    pub fn segment(&self, environment: &str, key: &str) -> Option<&Segment> {
        match &*self.get(&ResourceId::environment(environment, Kind::Segment, key))?.resource {
            Resource::Segment(segment) => Some(segment),
            _ => None,
        }
    }

    /// A service.
    pub fn service(&self, environment: &str, key: &str) -> Option<&Service> {
        match &*self.get(&ResourceId::environment(environment, Kind::Service, key))?.resource {
            Resource::Service(service) => Some(service),
            _ => None,
        }
    }

    /// A listener.
    pub fn listener(&self, environment: &str, key: &str) -> Option<&Listener> {
        match &*self.get(&ResourceId::environment(environment, Kind::Listener, key))?.resource {
            Resource::Listener(listener) => Some(listener),
            _ => None,
        }
    }

    /// A route.
    pub fn route(&self, environment: &str, key: &str) -> Option<&Route> {
        match &*self.get(&ResourceId::environment(environment, Kind::Route, key))?.resource {
            Resource::Route(route) => Some(route),
            _ => None,
        }
    }
}
