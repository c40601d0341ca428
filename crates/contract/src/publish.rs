//! One writer, many readers: the newest value, read without a lock and watched without polling.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;

/// Publishes `value` as the first one.
pub fn publish<T>(value: T) -> (Publisher<T>, Subscriber<T>) {
    let current = Arc::new(ArcSwap::from_pointee(value));
    let (changed, watching) = watch::channel(0);
    (Publisher { current: current.clone(), changed }, Subscriber { current, watching })
}

/// The writing side. Dropping it ends every [`Subscriber::changed`].
#[derive(Debug)]
pub struct Publisher<T> {
    current: Arc<ArcSwap<T>>,
    changed: watch::Sender<u64>,
}

impl<T> Publisher<T> {
    /// Swaps the value in one step, then wakes the watchers. A reader sees the old one or the new one,
    /// never a mixture.
    pub fn send(&self, value: Arc<T>) {
        self.current.store(value);
        self.changed.send_modify(|n| *n += 1);
    }

    /// The newest value.
    pub fn current(&self) -> Arc<T> {
        self.current.load_full()
    }

    /// One more reader.
    pub fn subscribe(&self) -> Subscriber<T> {
        Subscriber { current: self.current.clone(), watching: self.changed.subscribe() }
    }
}

/// A reading side; clones watch on their own.
#[derive(Debug)]
pub struct Subscriber<T> {
    current: Arc<ArcSwap<T>>,
    watching: watch::Receiver<u64>,
}

impl<T> Clone for Subscriber<T> {
    fn clone(&self) -> Self {
        Subscriber { current: self.current.clone(), watching: self.watching.clone() }
    }
}

impl<T> Subscriber<T> {
    /// The newest value, without a lock and without counting references: for the request's path. Hold it
    /// for one decision only.
    pub fn load(&self) -> Guard<Arc<T>> {
        self.current.load()
    }

    /// The newest value, to keep.
    pub fn current(&self) -> Arc<T> {
        self.current.load_full()
    }

    /// Waits until a value came that this subscriber was not told of; several at once count as one.
    /// `false` when the publisher is gone.
    pub async fn changed(&mut self) -> bool {
        self.watching.changed().await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn readers_see_the_newest_and_are_woken_once_for_many() {
        let (publisher, mut reader) = publish(1);
        publisher.send(Arc::new(2));
        publisher.send(Arc::new(3));
        assert!(reader.changed().await);
        assert_eq!(**reader.load(), 3);
        drop(publisher);
        assert!(!reader.changed().await);
        assert_eq!(*reader.current(), 3);
    }
}
