//! Flags as client-side SDKs are told of them: evaluated already, and only those that such a client may see.
//!
//! Source: `js-sdk-common`'s `LDEvaluationResult`, and `ld-relay`'s `evalx`.

use std::sync::Arc;

use serde_json::Value;
use switchyard_flags::{Context, Detail, FlagRef, PrerequisiteEvent, Reason, ReasonKind, Recorder};
use switchyard_model::flag_spec::FlagSpec;
use switchyard_model::ids::Key;

use crate::Snapshot;
use crate::object::ObjectWriter;
use crate::wire::{FlagItem, Words};

mod near;

use near::Near;

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

/// A flag that an audience may see.
#[derive(Clone, Copy, Debug)]
pub struct SeenFlag<'s> {
    snapshot: &'s Snapshot,
    audience: Audience,
    flag: FlagRef<'s>,
    item: &'s FlagItem,
}

/// A flag's answer for one context, with what an SDK needs for its events. Equal where a client could tell no
/// difference.
#[derive(Debug)]
pub struct Told<'s> {
    value: Option<&'s Value>,
    variation: Option<usize>,
    /// The value written already.
    words: &'s Words,
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

impl PartialEq for Told<'_> {
    fn eq(&self, other: &Self) -> bool {
        let Told { value, variation, words: _, flag_version, .. } = self;
        let Told { track_events, track_reason, debug_events_until_date, reason, prerequisites, .. } = self;
        *value == other.value
            && *variation == other.variation
            && *flag_version == other.flag_version
            && *track_events == other.track_events
            && *track_reason == other.track_reason
            && *debug_events_until_date == other.debug_events_until_date
            && *reason == other.reason
            && *prerequisites == other.prerequisites
    }
}

impl Told<'_> {
    /// Writes it as JSON with `version`, which must grow with everything that can make the answer another one: an SDK
    /// drops a patch that is not newer.
    pub fn write(&self, version: u64, out: &mut Vec<u8>) {
        self.members(version, ObjectWriter::new(out));
    }

    /// The same with the flag's key among its members: a `patch`.
    pub fn write_patch(&self, key: &Key, version: u64, out: &mut Vec<u8>) {
        let mut object = ObjectWriter::new(out);
        object.text("key", key);
        self.members(version, object);
    }

    #[inline]
    fn members(&self, version: u64, mut object: ObjectWriter<'_>) {
        write_value(self.words, self.variation, self.value, object.member("value"));
        if let Some(variation) = self.variation {
            object.serialized("variation", &variation);
        }
        object.serialized("version", &version);
        object.serialized("flagVersion", &self.flag_version);
        // Browsers' SDKs read this one without looking first.
        object.bool("trackEvents", self.track_events);
        if self.track_reason {
            object.bool("trackReason", true);
        }
        if let Some(until) = self.debug_events_until_date {
            object.serialized("debugEventsUntilDate", &until);
        }
        if let Some(reason) = self.reason {
            object.serialized("reason", &reason);
        }
        if !self.prerequisites.is_empty() {
            object.serialized("prerequisites", &self.prerequisites);
        }
        object.end();
    }
}

impl Snapshot {
    /// Every flag that the audience may see, by key.
    pub fn flags_for(&self, audience: Audience) -> impl Iterator<Item = SeenFlag<'_>> {
        Near::new(self, audience, self.wire().flags.iter())
    }

    /// A flag, where there is one that the audience may see.
    pub fn flag_for(&self, audience: Audience, key: &str) -> Option<SeenFlag<'_>> {
        self.found(audience, self.wire().flag(key)?).filter(|flag| flag.is_seen())
    }

    /// A flag, whether or not the audience may see it.
    #[inline]
    fn found<'s>(&'s self, audience: Audience, item: &'s FlagItem) -> Option<SeenFlag<'s>> {
        let flag = item.compiled(self.flags())?;
        Some(SeenFlag { snapshot: self, audience, flag, item })
    }
}

impl<'s> SeenFlag<'s> {
    #[inline]
    fn is_seen(&self) -> bool {
        let [mobile, browsers] = self.item.for_clients;
        match self.audience {
            Audience::Servers => true,
            Audience::Mobile => mobile,
            Audience::Browsers => browsers,
        }
    }

    /// Its key.
    #[inline]
    pub fn key(self) -> &'s Key {
        &self.item.wire.key
    }

    /// The same text, from where the rest of an answer is.
    #[inline]
    pub fn name(self) -> &'s str {
        self.item.words.key().unwrap_or(self.key())
    }

    /// What is evaluated.
    #[inline]
    pub fn flag(self) -> FlagRef<'s> {
        self.flag
    }

    /// What it was compiled from.
    #[inline]
    pub fn spec(self) -> &'s Arc<FlagSpec> {
        self.flag.spec()
    }

    /// The newest revision that touched it.
    #[inline]
    pub fn version(self) -> u64 {
        self.item.wire.version
    }

    /// A variation as people know it.
    pub fn variation_id(self, index: usize) -> Option<&'s str> {
        self.item.flag().variations.get(index).map(|variation| &*variation.id)
    }

    /// The same as JSON.
    #[inline]
    pub fn variation_json(self, index: usize) -> Option<&'s [u8]> {
        self.item.words.id(index)
    }

    /// Writes the value that the flag answered as JSON; `null` for none.
    #[inline]
    pub fn write_value(self, detail: &Detail<'_>, out: &mut Vec<u8>) {
        write_value(&self.item.words, detail.variation_index, detail.value, out);
    }

    /// What a client-side SDK is told of it for a context; `reasons` where it asked to know why.
    pub fn told(self, context: &Context, reasons: bool) -> Told<'s> {
        let mut asked = Asked { flag: self.key(), keys: vec![] };
        let detail = self.flag.evaluate_with(context, &mut asked);
        let visible = |key: &String| Some(&**self.snapshot.flag_for(self.audience, key)?.key());
        let prerequisites = asked.keys.iter().filter_map(visible).collect();
        // What says so lies apart, and hardly any flag has it.
        let tracked = self.item.is_tracked.then(|| &**self.spec());
        let kind = &detail.reason.kind;
        let track_reason = kind.is_in_experiment() || tracked.is_some_and(|spec| is_wanted(spec, kind));
        Told {
            value: detail.value,
            variation: detail.variation_index,
            words: &self.item.words,
            flag_version: self.version(),
            track_events: track_reason || tracked.is_some_and(|spec| spec.track_events),
            track_reason,
            debug_events_until_date: tracked.and_then(|spec| spec.debug_events_until_date),
            reason: (reasons || track_reason).then_some(detail.reason),
            prerequisites,
        }
    }
}

/// A flag's value as JSON, where it is written already as it stands there.
#[inline]
fn write_value(words: &Words, variation: Option<usize>, value: Option<&Value>, out: &mut Vec<u8>) {
    match variation.and_then(|index| words.value(index)) {
        Some(written) => out.extend_from_slice(written),
        None => serde_json::to_writer(out, &value).expect("a value is JSON, and memory takes all"),
    }
}

/// Whether events of such an answer are wanted in full.
fn is_wanted(flag: &FlagSpec, reason: &ReasonKind<'_>) -> bool {
    match *reason {
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
