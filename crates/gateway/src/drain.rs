//! The clients' connections of a thread, to tell all of them that the end has come.

use std::cell::{Cell, RefCell};
use std::task::{Context, Waker};

use rustc_hash::FxHashMap;
use tokio::sync::Notify;

/// Counts connections, and wakes them once, at the end. A waker is kept from the first poll of a connection's
/// task, so that polling it again costs nothing.
#[derive(Default)]
pub(crate) struct Drain {
    begun: Cell<bool>,
    next: Cell<u64>,
    wakers: RefCell<FxHashMap<u64, Option<Waker>>>,
    left: Notify,
}

/// A connection that is counted while it lives.
pub(crate) struct Entered<'d> {
    drain: &'d Drain,
    id: u64,
    watched: Cell<bool>,
}

impl Drain {
    pub(crate) fn enter(&self) -> Entered<'_> {
        let id = self.next.get();
        self.next.set(id + 1);
        self.wakers.borrow_mut().insert(id, None);
        Entered { drain: self, id, watched: Cell::new(false) }
    }

    pub(crate) fn connections(&self) -> usize {
        self.wakers.borrow().len()
    }

    pub(crate) fn begin(&self) {
        self.begun.set(true);
        self.wakers.borrow_mut().values_mut().filter_map(Option::take).for_each(Waker::wake);
    }

    /// Waits until a connection ends.
    pub(crate) async fn left(&self) {
        self.left.notified().await;
    }

    pub(crate) async fn empty(&self) {
        while self.connections() > 0 {
            self.left().await;
        }
    }
}

impl Entered<'_> {
    /// True once the end has come; else the task will be woken for it.
    pub(crate) fn ending(&self, cx: &mut Context<'_>) -> bool {
        if !self.watched.replace(true) {
            self.drain.wakers.borrow_mut().insert(self.id, Some(cx.waker().clone()));
        }
        self.drain.begun.get()
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.drain.wakers.borrow_mut().remove(&self.id);
        self.drain.left.notify_one();
    }
}
