//! Evaluations that are made here for an application, and counted.

use http::HeaderMap;
use jiff::Timestamp;
use switchyard_flags::{Context, Detail, FlagRef, ReasonKind};
use switchyard_telemetry::{AskedRecord, ContextHash, EvaluationRecord};

use crate::app::App;
use crate::asker::asker;
use crate::launchdarkly::SdkEnvironment;

mod all;

pub(crate) use all::AskedForAll;

/// For whom, and who wants to know.
pub(crate) struct Asked<'a> {
    context: &'a Context,
    /// Absent for those who can't be told apart.
    who: Option<ContextHash>,
    by: String,
    at: Timestamp,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(context: &'a Context, headers: &HeaderMap) -> Self {
        let who = Some(ContextHash::of(&context.canonical_key()));
        Asked { who, ..Asked::anonymous(context, headers) }
    }

    /// The same, about nobody in particular.
    pub(crate) fn anonymous(context: &'a Context, headers: &HeaderMap) -> Self {
        Asked { context, who: None, by: asker(headers), at: Timestamp::now() }
    }

    /// Evaluates one flag.
    pub(crate) fn evaluate<'s>(
        &self,
        app: &App,
        environment: &SdkEnvironment,
        flag: FlagRef<'s>,
    ) -> Detail<'s> {
        let detail = flag.evaluate(self.context);
        let spec = flag.spec();
        app.telemetry.evaluation(EvaluationRecord {
            place: environment.place(),
            flag: &spec.key,
            variation: detail.variation_index,
            reason: detail.reason.kind.as_str(),
            rule: match detail.reason.kind {
                ReasonKind::RuleMatch { rule_id, .. } => Some(rule_id),
                _ => None,
            },
            version: spec.version,
            by: &self.by,
            contexts: self.who.as_slice(),
            count: 1,
            at: self.at,
        });
        detail
    }
}

/// Takes note that somebody asked for a flag that is not there.
pub(crate) fn asked_in_vain(app: &App, environment: &SdkEnvironment, flag: &str, headers: &HeaderMap) {
    let (place, by, at) = (environment.place(), &*asker(headers), Timestamp::now());
    app.telemetry.asked(AskedRecord { place, flag, by, count: 1, at });
}
