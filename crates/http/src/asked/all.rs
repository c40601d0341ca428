//! Evaluations of all flags at once.
//!
//! Who asks so holds all answers and evaluates at home: which flags the application really uses, nobody is told. What
//! was served counts all the same, flag by flag, as there is no other word of it; the asker's name says how it was asked.

use std::sync::Arc;

use switchyard_flags::{Detail, FlagRef, ReasonKind};
use switchyard_snapshot::{Audience, Snapshot};
use switchyard_telemetry::{Decided, WholeFlag, WholeFlags, WholeRecord};

use super::Asked;
use crate::app::App;
use crate::launchdarkly::SdkEnvironment;

/// How it was asked, after the name of who did.
const AT_ONCE: &str = "all flags at once";

/// An answer about all flags that an audience may see, as it is made.
pub(crate) struct AskedForAll<'a> {
    asked: Asked<'a>,
    decisions: Vec<u32>,
}

impl<'a> AskedForAll<'a> {
    pub(crate) fn new(asked: Asked<'a>) -> Self {
        AskedForAll { asked, decisions: vec![] }
    }

    /// Evaluates the next of [`Snapshot::flags_for`].
    pub(crate) fn next<'s>(&mut self, flag: FlagRef<'s>) -> Detail<'s> {
        let detail = flag.evaluate(self.asked.context);
        self.decisions.push(packed(&detail));
        detail
    }

    /// Counts the answer.
    pub(crate) fn count(self, app: &App, environment: &SdkEnvironment, snapshot: Arc<Snapshot>) {
        let Asked { who, by, at, .. } = self.asked;
        app.telemetry.whole(WholeRecord {
            project: (&*environment.project).into(),
            environment: (&*environment.environment).into(),
            flags: Arc::new(Flags { snapshot, audience: environment.audience() }),
            decisions: self.decisions.into(),
            by: if by.is_empty() { AT_ONCE.into() } else { format!("{by}, {AT_ONCE}").into() },
            context: who,
            at,
        });
    }
}

/// The flags of an answer.
struct Flags {
    snapshot: Arc<Snapshot>,
    audience: Audience,
}

impl WholeFlags for Flags {
    fn id(&self) -> (usize, u8) {
        (Arc::as_ptr(&self.snapshot) as usize, self.audience as u8)
    }

    fn each(&self, tell: &mut dyn FnMut(&dyn WholeFlag)) {
        self.snapshot.flags_for(self.audience).for_each(|flag| tell(&Flag(flag.flag())));
    }
}

struct Flag<'s>(FlagRef<'s>);

impl WholeFlag for Flag<'_> {
    fn key(&self) -> &str {
        &self.0.spec().key
    }

    fn version(&self) -> u64 {
        self.0.spec().version
    }

    fn decided(&self, decision: u32) -> Decided<'_> {
        let [variation, reason, rule @ ..] = decision.to_le_bytes();
        let rule = (reason == RULE_MATCH).then(|| usize::from(u16::from_le_bytes(rule)));
        Decided {
            variation: (variation != DEFAULT).then_some(variation.into()),
            reason: REASONS[usize::from(reason)],
            rule: rule.and_then(|index| Some(&*self.0.spec().rules.get(index)?.id)),
        }
    }
}

/// Stands for no variation.
const DEFAULT: u8 = u8::MAX;

/// LaunchDarkly's reason kinds, by their number in a decision.
const REASONS: [&str; 6] =
    ["OFF", "FALLTHROUGH", "TARGET_MATCH", "RULE_MATCH", "PREREQUISITE_FAILED", "ERROR"];

const RULE_MATCH: u8 = 3;

/// A decision in four bytes: the variation, the reason's number, and two for the rule's place. Variations beyond 254
/// are none here; telemetry tells still fewer apart.
fn packed(detail: &Detail<'_>) -> u32 {
    let (reason, rule) = match detail.reason.kind {
        ReasonKind::Off => (0, 0),
        ReasonKind::Fallthrough { .. } => (1, 0),
        ReasonKind::TargetMatch => (2, 0),
        ReasonKind::RuleMatch { rule_index, .. } => (RULE_MATCH, rule_index),
        ReasonKind::PrerequisiteFailed { .. } => (4, 0),
        ReasonKind::Error(_) => (5, 0),
    };
    let variation = detail.variation_index.and_then(|index| u8::try_from(index).ok()).unwrap_or(DEFAULT);
    let [low, high] = u16::try_from(rule).unwrap_or(u16::MAX).to_le_bytes();
    u32::from_le_bytes([variation, reason, low, high])
}

#[cfg(test)]
mod tests {
    use switchyard_flags::ErrorKind;

    use super::*;

    #[test]
    fn reasons_have_their_names() {
        let kinds = [
            ReasonKind::Off,
            ReasonKind::Fallthrough { in_experiment: true },
            ReasonKind::TargetMatch,
            ReasonKind::RuleMatch { rule_index: 300, rule_id: "r", in_experiment: false },
            ReasonKind::PrerequisiteFailed { prerequisite_key: "p" },
            ReasonKind::Error(ErrorKind::MalformedFlag),
        ];
        for kind in kinds {
            let detail = Detail { value: None, variation_index: Some(7), reason: kind.into() };
            let [variation, reason, rule @ ..] = packed(&detail).to_le_bytes();
            assert_eq!((variation, REASONS[usize::from(reason)]), (7, kind.as_str()));
            assert_eq!(u16::from_le_bytes(rule), if reason == RULE_MATCH { 300 } else { 0 });
        }
    }
}
