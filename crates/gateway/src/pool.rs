//! A thread's connections to upstream endpoints. Nothing here is shared between threads: counting and keeping
//! costs no lock and no atomic.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use hyper::client::conn::http1::SendRequest;
use rustc_hash::FxHashMap;
use tokio::time::Instant;

use crate::config::Limits;
use crate::upload::Upload;

/// Where an endpoint is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Address(SocketAddr),
    /// `host:port`, resolved with each new connection.
    Name(Arc<str>),
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Address(address) => address.fmt(f),
            Target::Name(name) => f.write_str(name),
        }
    }
}

pub(crate) struct Pool {
    limits: Limits,
    endpoints: RefCell<FxHashMap<Target, Rc<Endpoint>>>,
}

/// One endpoint as this thread knows it.
pub(crate) struct Endpoint {
    pub(crate) target: Target,
    /// Requests under way.
    busy: Cell<usize>,
    /// Passed over until then, after a connection could not be made.
    resting: Cell<Option<Instant>>,
    /// Newest last.
    idle: RefCell<Vec<(SendRequest<Upload>, Instant)>>,
    size: usize,
}

/// A connection while a request uses it.
pub(crate) struct Lease {
    pub(crate) sender: SendRequest<Upload>,
    pub(crate) endpoint: Rc<Endpoint>,
    /// Whether it has carried a request before: the upstream may have closed it in the meantime.
    pub(crate) used: bool,
    _busy: Busy,
}

struct Busy(Rc<Endpoint>);

impl Pool {
    pub(crate) fn new(limits: Limits) -> Self {
        Pool { limits, endpoints: RefCell::default() }
    }

    pub(crate) fn endpoint(&self, target: &Target) -> Rc<Endpoint> {
        if let Some(known) = self.endpoints.borrow().get(target) {
            return known.clone();
        }
        let endpoint = Rc::new(Endpoint {
            target: target.clone(),
            busy: Cell::new(0),
            resting: Cell::new(None),
            idle: RefCell::default(),
            size: self.limits.pool_size,
        });
        self.endpoints.borrow_mut().insert(target.clone(), endpoint.clone());
        endpoint
    }

    /// Closes what was not used for a while, and forgets endpoints without anything to remember.
    pub(crate) fn sweep(&self) {
        let now = Instant::now();
        self.endpoints.borrow_mut().retain(|_, endpoint| {
            let fresh = |since: &Instant| now.duration_since(*since) < self.limits.pool_idle;
            endpoint.idle.borrow_mut().retain(|(sender, since)| !sender.is_closed() && fresh(since));
            let quiet =
                endpoint.idle.borrow().is_empty() && endpoint.resting().is_none_or(|until| until <= now);
            !quiet || Rc::strong_count(endpoint) > 1
        });
    }
}

impl Endpoint {
    pub(crate) fn busy(&self) -> usize {
        self.busy.get()
    }

    /// Until when it is passed over; it may be past.
    pub(crate) fn resting(&self) -> Option<Instant> {
        self.resting.get()
    }

    pub(crate) fn rest(&self, until: Option<Instant>) {
        self.resting.set(until);
    }

    /// The connection that was used last and is ready; those that turn out closed are forgotten.
    pub(crate) fn take_idle(self: &Rc<Self>) -> Option<Lease> {
        let mut idle = self.idle.borrow_mut();
        let mut index = idle.len();
        while index > 0 {
            index -= 1;
            match idle[index].0.poll_ready(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(Ok(())) => {
                    let (sender, _) = idle.remove(index);
                    return Some(self.lease(sender, true));
                }
                Poll::Ready(Err(_)) => drop(idle.remove(index)),
                // Its answer came before its request was all sent.
                Poll::Pending => {}
            }
        }
        None
    }

    pub(crate) fn lease(self: &Rc<Self>, sender: SendRequest<Upload>, used: bool) -> Lease {
        self.busy.set(self.busy.get() + 1);
        Lease { sender, endpoint: self.clone(), used, _busy: Busy(self.clone()) }
    }
}

impl Lease {
    /// Keeps the connection for another request.
    pub(crate) fn give_back(self) {
        let mut idle = self.endpoint.idle.borrow_mut();
        if idle.len() < self.endpoint.size && !self.sender.is_closed() {
            idle.push((self.sender, Instant::now()));
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.set(self.0.busy.get() - 1);
    }
}
