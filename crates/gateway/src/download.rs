//! An answer's body on its way to the client.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use crate::client::Phase;
use crate::idle::Idle;
use crate::pool::Lease;

/// Streams from the upstream, or holds what the gateway says itself.
pub(crate) struct Download {
    source: Source,
    phase: Option<Rc<Phase>>,
}

enum Source {
    Own(Option<Bytes>),
    /// The lease goes back to the pool when the body came to its end; dropped before, it closes its connection.
    Upstream(Incoming, Idle, Option<Lease>),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Cut {
    #[error("the upstream's body broke off: {0}")]
    Broken(#[from] hyper::Error),
    #[error("the upstream's body paused for too long")]
    Slow,
}

impl Download {
    pub(crate) fn own(body: impl Into<Bytes>) -> Self {
        let body = Some(body.into()).filter(|body| !body.is_empty());
        Download { source: Source::Own(body), phase: None }
    }

    pub(crate) fn upstream(body: Incoming, idle: Duration, lease: Lease) -> Self {
        if body.is_end_stream() {
            lease.give_back();
            return Download::own(Bytes::new()).sized_as(body);
        }
        Download { source: Source::Upstream(body, Idle::new(idle), Some(lease)), phase: None }
    }

    /// Tells the client's connection when the answer is over.
    pub(crate) fn telling(mut self, phase: Rc<Phase>) -> Self {
        self.phase = Some(phase);
        self
    }

    /// An ended body still says its size, which matters for the answer to a HEAD.
    fn sized_as(mut self, body: Incoming) -> Self {
        self.source = Source::Upstream(body, Idle::new(Duration::ZERO), None);
        self
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match &mut self.source {
            Source::Own(body) => Poll::Ready(body.take().map(|body| Ok(Frame::data(body)))),
            Source::Upstream(body, idle, lease) => {
                let polled = Pin::new(&mut *body).poll_frame(cx);
                let frame = match ready!(idle.limit(polled, cx)) {
                    Some(Some(Ok(frame))) => Some(Ok(frame)),
                    Some(None) => None,
                    Some(Some(Err(error))) => Some(Err(Cut::Broken(error))),
                    None => Some(Err(Cut::Slow)),
                };
                if let Some(Err(cut)) = &frame {
                    tracing::warn!(error = %cut, "an answer was cut off");
                    *lease = None;
                } else if (frame.is_none() || body.is_end_stream())
                    && let Some(lease) = lease.take()
                {
                    lease.give_back();
                }
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Own(body) => body.is_none(),
            Source::Upstream(body, ..) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Own(body) => SizeHint::with_exact(body.as_ref().map_or(0, |body| body.len() as u64)),
            Source::Upstream(body, ..) => body.size_hint(),
        }
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        if let Some(phase) = &self.phase {
            phase.answered();
        }
    }
}
