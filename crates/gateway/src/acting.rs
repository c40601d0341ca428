//! What a request acts on.

use std::rc::Rc;
use std::sync::Arc;

use http::HeaderValue;
use switchyard_contract::Live;
use switchyard_snapshot::Snapshot;

/// One snapshot and one state of what is live. Counted within the thread, so that a request can keep it without
/// touching a counter that other threads touch.
pub(crate) struct Acting {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) live: Arc<Live>,
    /// The snapshot's revision as a header.
    pub(crate) revision: HeaderValue,
}

impl Acting {
    pub(crate) fn new(snapshot: Arc<Snapshot>, live: Arc<Live>) -> Rc<Self> {
        let revision = HeaderValue::from(snapshot.revision);
        Rc::new(Acting { snapshot, live, revision })
    }
}
