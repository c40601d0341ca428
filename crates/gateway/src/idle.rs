//! A limit on the time between two pieces of a body.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

/// Makes its timer when it first has to wait: a body that is there already costs none.
pub(crate) struct Idle {
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    waiting: bool,
}

impl Idle {
    pub(crate) fn new(limit: Duration) -> Self {
        Idle { limit, timer: None, waiting: false }
    }

    /// Takes what polling the body gave; `None` where it gave nothing for too long.
    pub(crate) fn limit<T>(&mut self, polled: Poll<T>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        if let Poll::Ready(ready) = polled {
            self.waiting = false;
            return Poll::Ready(Some(ready));
        }
        let timer = self.timer.get_or_insert_with(|| {
            self.waiting = true;
            Box::pin(sleep(self.limit))
        });
        if !std::mem::replace(&mut self.waiting, true) {
            timer.as_mut().reset(Instant::now() + self.limit);
        }
        timer.as_mut().poll(cx).map(|()| None)
    }
}
