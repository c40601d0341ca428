//! A flag, compiled.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;
use switchyard_model::flag_spec::{FlagSpec, Target};

use super::{Clauses, index::RuleIndex, keys::KeyLists, rollout::Serve, slots::Slots};
use crate::{context::Context, hash::Kind, reference::Reference};

/// A flag in the form made for reading. What needs no preparation is read from the specification.
#[derive(Debug)]
pub(crate) struct CompiledFlag {
    pub(crate) spec: Arc<FlagSpec>,
    // As the specification says; beside what else every evaluation reads.
    pub(crate) on: bool,
    pub(crate) off_variation: Option<i64>,
    pub(crate) variations: Arc<[Value]>,
    /// Its own number among the flags.
    pub(crate) slot: u32,
    /// For each prerequisite its flag's number.
    pub(crate) prerequisites: Box<[u32]>,
    targets: Option<Box<Targets>>,
    pub(crate) clauses: Clauses,
    /// Where there are rules enough to be worth it.
    pub(crate) index: Option<Box<RuleIndex>>,
    /// For each rule what it answers.
    pub(crate) serves: Box<[Serve]>,
    pub(crate) fallthrough: Serve,
}

/// The target lists in order of precedence.
#[derive(Debug)]
struct Targets {
    keys: KeyLists,
    lists: Box<[TargetList]>,
}

/// One of `targets`, or of `contextTargets`.
#[derive(Clone, Copy, Debug)]
struct TargetList {
    of_contexts: bool,
    index: usize,
}

impl TargetList {
    #[inline]
    fn target(self, spec: &FlagSpec) -> &Target {
        if self.of_contexts { &spec.context_targets[self.index] } else { &spec.targets[self.index] }
    }
}

impl CompiledFlag {
    pub(crate) fn new(spec: Arc<FlagSpec>, slot: u32, flags: &mut Slots, segments: &mut Slots) -> Self {
        let key_and_salt = [spec.key.as_str(), spec.salt.as_str()];
        let serve = |variation, rollout| Serve::new(variation, rollout, key_and_salt);
        let clauses = Clauses::new(spec.rules.iter().map(|rule| &*rule.clauses), segments);
        Self {
            on: spec.on,
            off_variation: spec.off_variation,
            variations: Arc::clone(&spec.variations),
            slot,
            prerequisites: spec.prerequisites.iter().map(|p| flags.find_or_add(&p.key)).collect(),
            targets: Targets::new(&spec).map(Box::new),
            index: RuleIndex::new(&clauses).map(Box::new),
            clauses,
            serves: spec.rules.iter().map(|rule| serve(rule.variation, rule.rollout.as_ref())).collect(),
            fallthrough: serve(spec.fallthrough.variation, spec.fallthrough.rollout.as_ref()),
            spec,
        }
    }

    /// What its rules and rollouts look at, beside targets' keys.
    pub(crate) fn references(&self) -> impl Iterator<Item = (&Kind, Cow<'_, Reference>)> {
        let places = self.serves.iter().chain([&self.fallthrough]).filter_map(Serve::place);
        self.clauses.references().chain(places)
    }

    /// The variation of the first target list that has the context.
    #[inline]
    pub(crate) fn target_variation(&self, context: &Context) -> Option<Option<i64>> {
        let Targets { keys, lists } = &**self.targets.as_ref()?;
        let list = keys.first(context, |list| &lists[list as usize].target(&self.spec).values);
        Some(list.map(|list| lists[list as usize].target(&self.spec).variation))
    }
}

impl Targets {
    /// `None` where nobody is targeted by name.
    fn new(spec: &FlagSpec) -> Option<Self> {
        let users = |wanted: &dyn Fn(&Target) -> bool| -> Vec<TargetList> {
            let lists = spec.targets.iter().enumerate().filter(|(_, target)| wanted(target));
            lists.map(|(index, _)| TargetList { of_contexts: false, index }).collect()
        };
        let lists: Box<[TargetList]> = if spec.context_targets.is_empty() {
            users(&|_| true).into()
        } else {
            // An entry for users without values stands for that of `targets` with the same variation: so one
            // order covers both, and old SDKs still find their users.
            let lists = spec.context_targets.iter().enumerate().map(|(index, target)| {
                if kind(target) == Kind::USER && target.values.is_empty() {
                    users(&|user| user.variation == target.variation)
                } else {
                    vec![TargetList { of_contexts: true, index }]
                }
            });
            lists.flatten().collect()
        };
        let targets: Vec<&Target> = lists.iter().map(|list| list.target(spec)).collect();
        let kinds: Vec<&str> = targets.iter().map(|target| kind(target)).collect();
        let keys = KeyLists::new(&kinds, |list| &targets[list as usize].values);
        targets.iter().any(|target| !target.values.is_empty()).then_some(Self { keys, lists })
    }
}

fn kind(target: &Target) -> &str {
    target.context_kind.as_deref().unwrap_or(Kind::USER)
}
