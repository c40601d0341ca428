//! What one thread has.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use switchyard_contract::{Live, Subscriber};
use switchyard_snapshot::{Sampled, Snapshot};
use switchyard_telemetry::Telemetry;

use crate::acting::Acting;
use crate::config::GatewayConfig;
use crate::drain::Drain;
use crate::pool::Pool;
use crate::random::Random;

/// What the threads share.
pub(crate) struct Shared {
    pub(crate) config: Arc<GatewayConfig>,
    pub(crate) snapshot: Subscriber<Snapshot>,
    pub(crate) live: Subscriber<Live>,
    pub(crate) telemetry: Telemetry,
    pub(crate) sampled: Option<Arc<Sampled>>,
}

pub(crate) struct Worker {
    pub(crate) config: Arc<GatewayConfig>,
    pub(crate) telemetry: Telemetry,
    /// Where is noted who asks and for what; nowhere where there are too many environments.
    pub(crate) sampled: Option<Arc<Sampled>>,
    pub(crate) pool: Pool,
    pub(crate) random: Random,
    pub(crate) drain: Drain,
    snapshot: Subscriber<Snapshot>,
    live: Subscriber<Live>,
    acting: RefCell<Rc<Acting>>,
}

impl Worker {
    pub(crate) fn new(shared: Shared) -> Rc<Self> {
        let Shared { config, snapshot, live, telemetry, sampled } = shared;
        let acting = RefCell::new(Acting::new(snapshot.current(), live.current()));
        let pool = Pool::new(config.limits.clone());
        let (random, drain) = (Random::new(), Drain::default());
        Rc::new(Worker { config, telemetry, sampled, pool, random, drain, snapshot, live, acting })
    }

    /// The newest there is, for one whole request.
    pub(crate) fn acting(&self) -> Rc<Acting> {
        let mut acting = self.acting.borrow_mut();
        let (snapshot, live) = (self.snapshot.load(), self.live.load());
        if !Arc::ptr_eq(&snapshot, &acting.snapshot) || !Arc::ptr_eq(&live, &acting.live) {
            *acting = Acting::new(Arc::clone(&snapshot), Arc::clone(&live));
        }
        Rc::clone(&acting)
    }
}
