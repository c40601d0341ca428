//! What the layers say to each other: the watch of Snapshot + Live, and the reports that come back.
//! It knows nothing of how snapshots are made, stored or acted on.

pub mod delivery;
pub mod live;
pub mod publish;

pub use delivery::{Deliveries, DeliveryReport, DeliveryState, NodeKind};
pub use live::{EndpointKey, Live};
pub use publish::{Publisher, Subscriber, publish};
