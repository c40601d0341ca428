//! Flags as client-side SDKs are told of them: evaluated already, and only those that such a client may see.
//!
//! Source: `js-sdk-common`'s `LDEvaluationResult`, and `ld-relay`'s `evalx`.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use switchyard_flags::{Context, FlagRef, PrerequisiteEvent, Reason, ReasonKind, Recorder};
use switchyard_model::flag::Variation;
use switchyard_model::flag_spec::FlagSpec;

use crate::Snapshot;

/// Who asks, and so which flags there are for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Who holds a server-side key: every flag.
    Servers,
    /// Apps, with a mobile key.
    Mobile,
    /// Browsers, which know only the environment's public id.
    Browsers,
}

impl Audience {
    /// Whether the flag is for them.
    pub fn may_see(self, flag: &FlagSpec) -> bool {
        match self {
            Audience::Servers => true,
            Audience::Mobile => flag.using_mobile_key(),
            Audience::Browsers => flag.using_environment_id(),
        }
    }
}

/// A flag's answer for one context, with what an SDK needs for its events. Equal where a client could tell no
/// difference.
#[derive(Debug, PartialEq)]
pub struct Told<'s> {
    value: Option<&'s Value>,
    variation: Option<usize>,
    /// The flag's own version, which events name.
    flag_version: u64,
    track_events: bool,
    /// The context takes part in an experiment: events must say why.
    track_reason: bool,
    debug_events_until_date: Option<i64>,
    reason: Option<Reason<'s>>,
    /// The flags that it asks itself, as far as the client may see them.
    prerequisites: Vec<&'s str>,
}

impl<'s> Told<'s> {
    /// As JSON with `version`, which must grow with everything that can make the answer another one: an SDK
    /// drops a patch that is not newer.
    pub fn at(&self, version: u64) -> impl Serialize {
        At { told: self, version, key: None }
    }

    /// The same with the flag's key among its members: a `patch`.
    pub fn patch<'a>(&'a self, key: &'a str, version: u64) -> impl Serialize + use<'a, 's> {
        At { told: self, version, key: Some(key) }
    }
}

impl Snapshot {
    /// Every flag that the audience may see, by key.
    pub fn flags_for(&self, audience: Audience) -> impl Iterator<Item = FlagRef<'_>> {
        self.named_flags_for(audience).map(|(flag, _)| flag)
    }

    /// The same, each with its variations as people know them.
    pub fn named_flags_for(&self, audience: Audience) -> impl Iterator<Item = (FlagRef<'_>, &[Variation])> {
        self.wire()
            .flags
            .iter()
            .filter_map(|item| Some((self.flags().flag(&item.wire.key)?, &*item.flag().variations)))
            .filter(move |(flag, _)| audience.may_see(flag.spec()))
    }

    /// A flag, where there is one that the audience may see.
    pub fn flag_for(&self, audience: Audience, key: &str) -> Option<FlagRef<'_>> {
        self.flags().flag(key).filter(|flag| audience.may_see(flag.spec()))
    }

    /// What a client-side SDK is told of a flag for a context; `reasons` where it asked to know why.
    pub fn told<'s>(
        &'s self,
        audience: Audience,
        flag: FlagRef<'s>,
        context: &Context,
        reasons: bool,
    ) -> Told<'s> {
        let spec: &'s FlagSpec = flag.spec();
        let mut asked = Asked { flag: &spec.key, keys: vec![] };
        let detail = flag.evaluate_with(context, &mut asked);
        let visible = |key: &String| Some(&*self.flag_for(audience, key)?.spec().key);
        let prerequisites = asked.keys.iter().filter_map(visible).collect();
        let track_reason = is_experiment(spec, &detail.reason.kind);
        Told {
            value: detail.value,
            variation: detail.variation_index,
            flag_version: spec.version,
            track_events: spec.track_events || track_reason,
            track_reason,
            debug_events_until_date: spec.debug_events_until_date,
            reason: (reasons || track_reason).then_some(detail.reason),
            prerequisites,
        }
    }
}

/// Whether the answer is part of an experiment, whose events are wanted in full.
fn is_experiment(flag: &FlagSpec, reason: &ReasonKind<'_>) -> bool {
    reason.is_in_experiment()
        || match *reason {
            ReasonKind::Fallthrough { .. } => flag.track_events_fallthrough,
            ReasonKind::RuleMatch { rule_index, .. } => {
                flag.rules.get(rule_index).is_some_and(|rule| rule.track_events)
            }
            _ => false,
        }
}

/// Notes which flags a flag asks itself, in its order; not those that they ask in turn.
struct Asked<'f> {
    flag: &'f str,
    keys: Vec<String>,
}

impl Recorder for Asked<'_> {
    const STEPS: bool = false;

    fn prerequisite(&mut self, event: PrerequisiteEvent<'_>) {
        if event.flag.key == self.flag {
            self.keys.push(event.prerequisite.key.clone());
        }
    }
}

struct At<'a, 's> {
    told: &'a Told<'s>,
    version: u64,
    key: Option<&'a str>,
}

impl Serialize for At<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Told { value, variation, flag_version, debug_events_until_date, reason, .. } = self.told;
        let mut map = serializer.serialize_map(None)?;
        if let Some(key) = self.key {
            map.serialize_entry("key", key)?;
        }
        map.serialize_entry("value", value)?;
        if let Some(variation) = variation {
            map.serialize_entry("variation", variation)?;
        }
        map.serialize_entry("version", &self.version)?;
        map.serialize_entry("flagVersion", flag_version)?;
        // Browsers' SDKs read this one without looking first.
        map.serialize_entry("trackEvents", &self.told.track_events)?;
        if self.told.track_reason {
            map.serialize_entry("trackReason", &true)?;
        }
        if let Some(until) = debug_events_until_date {
            map.serialize_entry("debugEventsUntilDate", until)?;
        }
        if let Some(reason) = reason {
            map.serialize_entry("reason", reason)?;
        }
        if !self.told.prerequisites.is_empty() {
            map.serialize_entry("prerequisites", &self.told.prerequisites)?;
        }
        map.end()
    }
}
