//! Evaluates one flag, or all.

use prost_types::Struct;
use switchyard_flags::Context;
use tonic::Status;

use super::messages::{All, AnyFlag, AnyValue, Ask, AskAll, Typed};
use super::{Call, answer, key, values};
use crate::asked::{Asked, AskedForAll, asked_in_vain};
use crate::ofrep::context;

/// Who is asked about where a provider says nobody: flagd wants no targeting key. All of these are one, in a
/// percentage too.
const NOBODY: &str = "anonymous";

/// One flag, as a value of one type.
pub(super) fn one<A: Typed>(call: &Call, ask: &Ask) -> Result<A, Status> {
    let Call { app, environment, parts } = call;
    let (key, snapshot) = (&*ask.flag_key, environment.snapshot());
    let Some(flag) = snapshot.flag_for(environment.audience(), key) else {
        asked_in_vain(app, environment, key, &parts.headers);
        return Err(answer::not_found(key));
    };
    let who = Who::of(call, ask.context.as_ref())?;
    let detail = who.asked(call).evaluate(app, environment, flag.flag());
    let said = answer::said(flag, &detail)?;
    A::of(detail.value, said).ok_or_else(|| answer::mismatch(key, detail.value, A::TYPE))
}

/// Every flag that can be evaluated. A list has no value here: flagd has no word for it.
pub(super) fn all(call: &Call, ask: &AskAll) -> Result<All, Status> {
    let Call { app, environment, .. } = call;
    let snapshot = environment.snapshot();
    let who = Who::of(call, ask.context.as_ref())?;
    let mut asked = AskedForAll::new(who.asked(call));
    let flags = snapshot.flags_for(environment.audience()).filter_map(|flag| {
        let detail = asked.next(flag.flag());
        let said = answer::said(flag, &detail).ok()?;
        let value = detail.value.and_then(AnyValue::of);
        let (reason, variant, metadata) = (said.reason, said.variant, Some(said.metadata));
        Some((flag.key().to_string(), AnyFlag { reason, variant, value, metadata }))
    });
    let all = All { flags: flags.collect() };
    asked.count(app, environment, snapshot);
    Ok(all)
}

/// Whom a call is about.
struct Who {
    context: Context,
    is_nobody: bool,
}

impl Who {
    fn of(call: &Call, said: Option<&Struct>) -> Result<Self, Status> {
        let mut said = said.map(values::object).unwrap_or_default();
        let is_absent =
            |name: &str| said.get(name).is_none_or(|key| key.is_null() || key.as_str() == Some(""));
        let is_nobody = is_absent("targetingKey")
            && is_absent("key")
            && said.get("kind").is_none_or(|kind| kind != "multi");
        if is_nobody {
            said.insert("targetingKey".into(), NOBODY.into());
            said.insert("anonymous".into(), true.into());
        }
        let context = context::convert(said)
            .map_err(|failure| Status::invalid_argument(format!("the context: {}", failure.error_details)))?;
        // A browser's id, with which nobody can vouch here.
        call.environment.vouched(&call.app, &context, None).map_err(|problem| key::status(&problem))?;
        Ok(Who { context, is_nobody })
    }

    /// Takes note of them, where they are somebody.
    fn asked(&self, Call { app, environment, parts }: &Call) -> Asked<'_> {
        if self.is_nobody {
            return Asked::anonymous(&self.context, &parts.headers);
        }
        environment.saw(app, &environment.snapshot(), &self.context);
        Asked::new(&self.context, &parts.headers)
    }
}
