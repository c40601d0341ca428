//! A request's body on its way to the upstream.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use crate::idle::Idle;

/// What a body failed of; whoever waits for the answer asks, as hyper's error does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Fault {
    #[default]
    None,
    /// The client sent nothing for too long.
    Slow,
    /// The client went away, or sent something that is no body.
    Broken,
}

/// The client's body, or none.
pub(crate) struct Upload {
    body: Option<Incoming>,
    idle: Idle,
    fault: Rc<Cell<Fault>>,
}

#[derive(Debug, thiserror::Error)]
#[error("the client's body did not come to its end")]
pub(crate) struct Unfinished;

impl Upload {
    pub(crate) fn new(body: Option<Incoming>, idle: Duration) -> (Self, Rc<Cell<Fault>>) {
        let fault = Rc::new(Cell::new(Fault::None));
        let body = body.filter(|body| !body.is_end_stream());
        (Upload { body, idle: Idle::new(idle), fault: fault.clone() }, fault)
    }

    pub(crate) fn none() -> Self {
        Upload { body: None, idle: Idle::new(Duration::ZERO), fault: Rc::default() }
    }

    pub(crate) fn is_none(&self) -> bool {
        self.body.is_none()
    }

    pub(crate) fn into_incoming(self) -> Option<Incoming> {
        self.body
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Unfinished;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Unfinished>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let polled = Pin::new(body).poll_frame(cx);
        let fault = match std::task::ready!(self.idle.limit(polled, cx)) {
            Some(Some(Ok(frame))) => return Poll::Ready(Some(Ok(frame))),
            Some(None) => return Poll::Ready(None),
            Some(Some(Err(_))) => Fault::Broken,
            None => Fault::Slow,
        };
        self.fault.set(fault);
        Poll::Ready(Some(Err(Unfinished)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}
