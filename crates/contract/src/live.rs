//! What changes by itself and is never reverted: for now, where a service's subsets can be reached.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use switchyard_model::ids::Key;

/// A service's subset: its key and the subset's id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EndpointKey {
    /// The service's key.
    pub service: Key,
    /// The subset's id.
    pub subset: Key,
}

/// The live data of one environment. Immutable: a new one is made and published for each change.
#[derive(Debug, Clone, Default)]
pub struct Live {
    endpoints: HashMap<EndpointKey, Arc<[SocketAddr]>>,
}

impl Live {
    /// Nothing discovered yet.
    pub fn new(endpoints: impl IntoIterator<Item = (EndpointKey, Vec<SocketAddr>)>) -> Self {
        Live { endpoints: endpoints.into_iter().map(|(key, list)| (key, list.into())).collect() }
    }

    /// The addresses discovered for a subset; empty where there are none.
    pub fn endpoints(&self, key: &EndpointKey) -> &[SocketAddr] {
        self.endpoints.get(key).map_or(&[], |list| list)
    }
}
