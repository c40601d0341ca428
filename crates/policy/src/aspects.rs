//! What of a resource an edit changes, by what it was and what it becomes: never by how the edit is put, so that
//! whoever may change percentages only can't bring a rule along.

use serde::{Deserialize, Serialize};
use switchyard_model::{Kind, Resource, Writer};

mod flag;
mod others;
mod route;
mod segment;
mod targeting;

/// One part of a resource that may be allowed to change apart from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Aspect {
    /// It was not there.
    Created,
    /// It is not there any more.
    Deleted,
    /// Name, description, a flag's type and when it is to go.
    Details,
    /// Who answers for it.
    Owner,
    /// Its tags.
    Tags,
    /// Who writes it: the page, Git…
    ManagedBy,
    /// Flag: the values that it can have, and what they mean.
    Variations,
    /// Flag: which client-side SDKs may see it.
    Clients,
    /// Flag: put away, or taken out again.
    Archived,
    /// Targeting: on or off.
    On,
    /// Targeting: how many get which variation, by rule or of everyone else.
    Percentage,
    /// Targeting, segment: which rules there are, their conditions and their order.
    Rules,
    /// Targeting: single contexts that get a variation by key.
    Targets,
    /// Targeting: flags that must have a variation first.
    Prerequisites,
    /// Targeting: what everyone gets while it is off.
    OffVariation,
    /// By which attribute, of which kind of context and with which salt contexts are divided.
    Bucketing,
    /// Targeting: which events SDKs send.
    Events,
    /// Segment: contexts that are in it, or out of it, by key.
    Members,
    /// Route by weight: the arms' weights.
    Weights,
    /// Route: which arms there are, where they lead and what they fall back to.
    Arms,
    /// Route: which requests it takes, and when.
    Match,
    /// Route: timeout and rewritten path.
    Forwarding,
    /// Service: its subsets and their endpoints.
    Endpoints,
    /// Listener: how a request becomes a context, and which headers are not believed.
    Mapping,
    /// Guardrail: its rule, and all that says how it judges.
    Rule,
}

impl Aspect {
    /// All aspects.
    pub const ALL: [Aspect; 25] = [
        Aspect::Created,
        Aspect::Deleted,
        Aspect::Details,
        Aspect::Owner,
        Aspect::Tags,
        Aspect::ManagedBy,
        Aspect::Variations,
        Aspect::Clients,
        Aspect::Archived,
        Aspect::On,
        Aspect::Percentage,
        Aspect::Rules,
        Aspect::Targets,
        Aspect::Prerequisites,
        Aspect::OffVariation,
        Aspect::Bucketing,
        Aspect::Events,
        Aspect::Members,
        Aspect::Weights,
        Aspect::Arms,
        Aspect::Match,
        Aspect::Forwarding,
        Aspect::Endpoints,
        Aspect::Mapping,
        Aspect::Rule,
    ];

    /// Its word in policies and in the API.
    pub fn word(self) -> &'static str {
        match self {
            Aspect::Created => "created",
            Aspect::Deleted => "deleted",
            Aspect::Details => "details",
            Aspect::Owner => "owner",
            Aspect::Tags => "tags",
            Aspect::ManagedBy => "managedBy",
            Aspect::Variations => "variations",
            Aspect::Clients => "clients",
            Aspect::Archived => "archived",
            Aspect::On => "on",
            Aspect::Percentage => "percentage",
            Aspect::Rules => "rules",
            Aspect::Targets => "targets",
            Aspect::Prerequisites => "prerequisites",
            Aspect::OffVariation => "offVariation",
            Aspect::Bucketing => "bucketing",
            Aspect::Events => "events",
            Aspect::Members => "members",
            Aspect::Weights => "weights",
            Aspect::Arms => "arms",
            Aspect::Match => "match",
            Aspect::Forwarding => "forwarding",
            Aspect::Endpoints => "endpoints",
            Aspect::Mapping => "mapping",
            Aspect::Rule => "rule",
        }
    }

    /// The aspect with this word.
    pub fn of(word: &str) -> Option<Aspect> {
        Aspect::ALL.into_iter().find(|aspect| aspect.word() == word)
    }

    /// The aspects that a resource of a kind has.
    pub fn all_of(kind: Kind) -> Aspects {
        use Aspect::*;
        let common = [Created, Deleted, Details, Owner, Tags, ManagedBy];
        let own: &[Aspect] = match kind {
            Kind::Flag => &[Variations, Clients, Archived],
            Kind::Targeting => {
                let own = [On, Percentage, Rules, Targets, Prerequisites, OffVariation, Bucketing, Events];
                return Aspects::from_iter(own).with(Deleted).with(ManagedBy);
            }
            Kind::Segment => &[Members, Rules, Bucketing],
            Kind::Service => &[Endpoints],
            Kind::Listener => &[Mapping],
            Kind::Route => &[Weights, Arms, Match, Forwarding, Bucketing],
            Kind::Guardrail => &[Rule],
        };
        common.into_iter().chain(own.iter().copied()).collect()
    }
}

/// A set of aspects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Aspects(u32);

impl Aspects {
    /// None.
    pub const NONE: Aspects = Aspects(0);

    /// With one more.
    #[must_use]
    pub fn with(self, aspect: Aspect) -> Self {
        Aspects(self.0 | 1 << aspect as u32)
    }

    /// With one more where this is so.
    #[must_use]
    fn with_if(self, so: bool, aspect: Aspect) -> Self {
        if so { self.with(aspect) } else { self }
    }

    /// With all of both.
    #[must_use]
    pub fn union(self, other: Aspects) -> Self {
        Aspects(self.0 | other.0)
    }

    /// True where the aspect is in it.
    pub fn contains(self, aspect: Aspect) -> bool {
        self.0 & 1 << aspect as u32 != 0
    }

    /// True where there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each, in order.
    pub fn iter(self) -> impl Iterator<Item = Aspect> {
        Aspect::ALL.into_iter().filter(move |aspect| self.contains(*aspect))
    }
}

impl FromIterator<Aspect> for Aspects {
    fn from_iter<I: IntoIterator<Item = Aspect>>(aspects: I) -> Self {
        aspects.into_iter().fold(Aspects::NONE, Aspects::with)
    }
}

/// What differs between two states of one resource; `None` is "not there". A targeting that is not there yet is to be
/// given as what its flag does then ([`switchyard_model::Targeting::untouched`]).
pub fn aspects(before: Option<&Resource>, after: Option<&Resource>) -> Aspects {
    let (before, after) = match (before, after) {
        (None, None) => return Aspects::NONE,
        (None, Some(_)) => return Aspects::NONE.with(Aspect::Created),
        (Some(_), None) => return Aspects::NONE.with(Aspect::Deleted),
        (Some(before), Some(after)) => (before, after),
    };
    match (before, after) {
        (Resource::Flag(before), Resource::Flag(after)) => flag::aspects(before, after),
        (Resource::Targeting(before), Resource::Targeting(after)) => targeting::aspects(before, after),
        (Resource::Segment(before), Resource::Segment(after)) => segment::aspects(before, after),
        (Resource::Route(before), Resource::Route(after)) => route::aspects(before, after),
        (Resource::Service(before), Resource::Service(after)) => others::service(before, after),
        (Resource::Listener(before), Resource::Listener(after)) => others::listener(before, after),
        (Resource::Guardrail(before), Resource::Guardrail(after)) => others::guardrail(before, after),
        // Another kind under the same name: one went, and one came.
        _ => Aspects::from_iter([Aspect::Created, Aspect::Deleted]),
    }
}

/// What people read about a resource. Each kind's function takes its resource apart without `..`: a field that is added
/// to the model does not compile until somebody says what it is an aspect of.
fn details(
    (name, description): (&str, &str),
    (name_after, description_after): (&str, &str),
    owner: (&Option<String>, &Option<String>),
    tags: (&[String], &[String]),
    writer: (&Writer, &Writer),
) -> Aspects {
    Aspects::NONE
        .with_if(name != name_after || description != description_after, Aspect::Details)
        .with_if(owner.0 != owner.1, Aspect::Owner)
        .with_if(tags.0 != tags.1, Aspect::Tags)
        .with_if(writer.0 != writer.1, Aspect::ManagedBy)
}
