//! Says which snapshot this node acts on.

use std::sync::Arc;

use switchyard_contract::{Deliveries, DeliveryReport, DeliveryState, NodeKind, Subscriber};
use switchyard_snapshot::Snapshot;

use crate::config::GatewayConfig;

pub(crate) struct Reports {
    node: String,
    snapshot: Subscriber<Snapshot>,
    deliveries: Arc<dyn Deliveries>,
}

impl Reports {
    pub(crate) fn new(
        config: &GatewayConfig,
        snapshot: &Subscriber<Snapshot>,
        deliveries: Arc<dyn Deliveries>,
    ) -> Self {
        Reports { node: config.node.clone(), snapshot: snapshot.clone(), deliveries }
    }

    /// A thread takes the newest snapshot for each request, so what is published is acted on already.
    pub(crate) async fn run(mut self) {
        loop {
            self.report(DeliveryState::Acknowledged);
            if !self.snapshot.changed().await {
                return;
            }
        }
    }

    fn report(&self, state: DeliveryState) {
        let snapshot = self.snapshot.load();
        self.deliveries.report(DeliveryReport {
            node: self.node.clone(),
            kind: NodeKind::Gateway,
            environment: snapshot.environment.clone(),
            revision: snapshot.revision,
            state,
        });
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        self.report(DeliveryState::Gone);
    }
}
