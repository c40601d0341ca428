//! The decision about one request.

use switchyard_flags::{Context, Detail, ErrorKind, Recorder};
use switchyard_model::ids::Key;

use crate::Snapshot;
use crate::listener::CompiledListener;
use crate::request::RequestView;
use crate::route::{CompiledArm, CompiledRoute};
use crate::split::{self, CompiledSplit};

/// What is to be done with a request.
#[derive(Debug)]
pub struct Decision<'s> {
    /// The route that takes it; without one nobody does (404).
    pub route: Option<&'s CompiledRoute>,
    /// The index of the arm that has it in the route's arms. A route without one serves nobody (503): its flag
    /// has no answer and no off variation.
    pub arm: Option<usize>,
    /// Who it is from; `None` where the request supplies no key, or where the route asks nobody's name: one
    /// arm only.
    pub context: Option<Context>,
    /// The flag that divided it.
    pub flag: Option<FlagDecision<'s>>,
    /// Its bucket in a split by weight, 0 to 99,999; `None` where the route has one arm only.
    pub bucket: Option<u32>,
    /// Whether the same context gets the same arm again. A split by weight isn't sticky where the context lacks
    /// the attribute.
    pub sticky: bool,
}

/// What a split says of a request.
pub(crate) struct Divided<'s> {
    pub(crate) arm: Option<usize>,
    flag: Option<FlagDecision<'s>>,
    bucket: Option<u32>,
    sticky: bool,
}

/// What a flag said about a request.
#[derive(Debug)]
pub struct FlagDecision<'s> {
    /// The flag's key.
    pub key: &'s Key,
    /// The id of the variation that was served: the answer's, or the off variation's where there is none.
    pub variation: Option<&'s Key>,
    /// The answer.
    pub detail: Detail<'s>,
}

impl<'s> Decision<'s> {
    /// The arm that has the request.
    pub fn arm(&self) -> Option<&'s CompiledArm> {
        self.route?.arms.get(self.arm?)
    }
}

impl Snapshot {
    /// Decides about a request that came in at `listener`, which must be this snapshot's. `random`, 0 to 99,999,
    /// is the bucket of a request that doesn't stick. `recorder` is told the flag's evaluation;
    /// [`NoRecorder`](switchyard_flags::NoRecorder) costs nothing.
    ///
    /// A flag that has no answer (there is no context, or the flag is malformed) serves the arm of its off
    /// variation.
    pub fn decide<'s>(
        &'s self,
        listener: &'s CompiledListener,
        request: &RequestView<'_>,
        random: u32,
        recorder: &mut impl Recorder,
    ) -> Decision<'s> {
        let visible = listener.visible(request);
        let route = listener.router.find(visible);
        let mut decision =
            Decision { route, arm: None, context: None, flag: None, bucket: None, sticky: true };
        let Some(route) = route else { return decision };
        decision.context = route.split.asks_who().then(|| listener.context(request)).flatten();
        let divided = self.divide(&route.split, decision.context.as_ref(), random, recorder);
        Decision {
            arm: divided.arm,
            flag: divided.flag,
            bucket: divided.bucket,
            sticky: divided.sticky,
            ..decision
        }
    }

    /// The arm of a split for a context.
    pub(crate) fn divide<'s>(
        &'s self,
        split: &'s CompiledSplit,
        context: Option<&Context>,
        random: u32,
        recorder: &mut impl Recorder,
    ) -> Divided<'s> {
        let mut divided = Divided { arm: None, flag: None, bucket: None, sticky: true };
        match split {
            CompiledSplit::Weight { slices, .. } if slices.len() == 1 => {
                divided.arm = Some(split::arm_of(slices, 0));
            }
            CompiledSplit::Weight { kind, attribute, prefix, slices } => {
                let bucket = context.and_then(|c| split::bucket(c, kind, attribute, prefix));
                divided.sticky = bucket.is_some();
                divided.bucket = Some(bucket.unwrap_or(random));
                divided.arm = divided.bucket.map(|bucket| split::arm_of(slices, bucket));
            }
            CompiledSplit::Flag { flag, variations } => {
                let detail = match context {
                    Some(context) => self.flags().evaluate_with(flag, context, recorder),
                    None => Detail::error(ErrorKind::UserNotSpecified),
                };
                let index = detail.variation_index.or_else(|| self.off_variation(flag));
                let served = index.and_then(|index| variations.get(index));
                divided.arm = served.map(|(_, arm)| *arm);
                let variation = served.map(|(id, _)| id);
                divided.flag = Some(FlagDecision { key: flag, variation, detail });
            }
        }
        divided
    }

    fn off_variation(&self, flag: &str) -> Option<usize> {
        self.wire().flag(flag)?.spec.off_variation.and_then(|index| usize::try_from(index).ok())
    }
}
