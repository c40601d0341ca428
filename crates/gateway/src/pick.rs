//! Which endpoint of a service answers.

use std::net::SocketAddr;
use std::rc::Rc;

use switchyard_contract::EndpointKey;
use switchyard_model::ids::Key;
use switchyard_snapshot::Endpoint as Fixed;
use tokio::time::Instant;

use crate::acting::Acting;
use crate::connect::connect;
use crate::pool::{Endpoint, Lease, Target};
use crate::worker::Worker;

/// At most so many endpoints are tried for one request.
const TRIES: usize = 5;

/// A subset's endpoints: those that are discovered, and the fixed ones.
pub(crate) struct Targets<'a> {
    live: &'a [SocketAddr],
    fixed: &'a [Fixed],
}

impl<'a> Targets<'a> {
    pub(crate) fn new(acting: &'a Acting, service: &Key, subset: &Key, fixed: &'a [Fixed]) -> Self {
        let key = EndpointKey { service: service.clone(), subset: subset.clone() };
        Targets { live: acting.live.endpoints(&key), fixed }
    }

    fn len(&self) -> usize {
        self.live.len() + self.fixed.len()
    }

    fn get(&self, index: usize) -> Target {
        match self.live.get(index) {
            Some(address) => Target::Address(*address),
            None => {
                let fixed = &self.fixed[index - self.live.len()];
                let named = || Target::Name(fixed.authority.clone());
                fixed.address.map_or_else(named, Target::Address)
            }
        }
    }
}

/// How an endpoint is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    /// Take no connection that was used before.
    pub(crate) fresh: bool,
    /// Where every endpoint failed a moment ago, try one all the same: there is nothing to lose.
    pub(crate) insist: bool,
}

/// A connection to one of the targets; `None` where none can be reached. An endpoint that failed a moment ago is
/// passed over.
pub(crate) async fn lease(worker: &Worker, targets: &Targets<'_>, wish: Wish) -> Option<Lease> {
    let mut tried = Vec::new();
    while tried.len() < TRIES {
        let rested =
            choose(worker, targets, |endpoint| !tried.contains(&endpoint.target) && !rests(endpoint));
        let desperate = || choose(worker, targets, |_| wish.insist && tried.is_empty());
        let endpoint = rested.or_else(desperate)?;
        if !wish.fresh
            && let Some(lease) = endpoint.take_idle()
        {
            return Some(lease);
        }
        match connect(&endpoint, &worker.config.limits).await {
            Ok(lease) => return Some(lease),
            Err(error) => tracing::warn!(endpoint = %endpoint.target, %error, "can't connect"),
        }
        tried.push(endpoint.target.clone());
    }
    None
}

fn rests(endpoint: &Endpoint) -> bool {
    // The clock is asked only about endpoints that failed before.
    endpoint.resting().is_some_and(|until| Instant::now() < until)
}

/// Of two taken by chance, the one with fewer requests under way; any other one where neither will do. Source:
/// Mitzenmacher, "The power of two choices in randomized load balancing", 2001.
fn choose(
    worker: &Worker,
    targets: &Targets<'_>,
    wanted: impl Fn(&Endpoint) -> bool,
) -> Option<Rc<Endpoint>> {
    let len = targets.len();
    let endpoint = |index: usize| Some(worker.pool.endpoint(&targets.get(index))).filter(|e| wanted(e));
    match len {
        0 => None,
        1 => endpoint(0),
        _ => {
            let first = worker.random.below(len as u32) as usize;
            let second = (first + 1 + worker.random.below(len as u32 - 1) as usize) % len;
            let two = [endpoint(first), endpoint(second)].into_iter().flatten();
            two.min_by_key(|endpoint| endpoint.busy())
                .or_else(|| (0..len).map(|n| (first + n) % len).find_map(endpoint))
        }
    }
}
