//! What a gateway is told when it starts.

use std::net::SocketAddr;
use std::time::Duration;

use switchyard_model::ids::Key;

/// Where a gateway listens and as what.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// Where clients connect; port 0 takes any free one.
    pub address: SocketAddr,
    /// The listener, in the snapshot, whose routes it serves.
    pub listener: Key,
    /// The node's name in deliveries, unique in the project.
    pub node: String,
    /// Threads, at least 1.
    pub threads: usize,
    /// Bounds on time and space.
    pub limits: Limits,
}

impl GatewayConfig {
    /// One thread and the usual limits.
    pub fn new(address: SocketAddr, listener: &str, node: &str) -> Self {
        let limits = Limits::default();
        GatewayConfig { address, listener: listener.into(), node: node.into(), threads: 1, limits }
    }
}

/// Bounds on time and space. How long an answer's head may take is the route's.
#[derive(Debug, Clone)]
pub struct Limits {
    /// From a request's first byte to the end of its head.
    pub head_time: Duration,
    /// Between two requests of a client's connection.
    pub client_idle: Duration,
    /// Between two pieces of a body, either way, and for a client to take some of its answer.
    pub body_idle: Duration,
    /// To connect to one endpoint.
    pub connect_time: Duration,
    /// How long an endpoint that could not be connected is passed over.
    pub endpoint_rest: Duration,
    /// Bytes of a request's head.
    pub head_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// Bytes of a request's path and query.
    pub uri_bytes: usize,
    /// Clients' connections for each thread; more wait to be accepted.
    pub connections: usize,
    /// How long a connection to an endpoint is kept unused.
    pub pool_idle: Duration,
    /// Unused connections kept for each endpoint and thread.
    pub pool_size: usize,
    /// How long a request's body is read on after an answer that did not need it, so that the client gets to
    /// read the answer.
    pub linger: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            head_time: Duration::from_secs(10),
            // Longer than the 60 s of load balancers in front, so that it is they who close.
            client_idle: Duration::from_secs(75),
            body_idle: Duration::from_secs(60),
            connect_time: Duration::from_secs(2),
            endpoint_rest: Duration::from_secs(1),
            head_bytes: 64 * 1024,
            headers: 128,
            uri_bytes: 16 * 1024,
            connections: 10_000,
            pool_idle: Duration::from_secs(30),
            pool_size: 128,
            linger: Duration::from_secs(10),
        }
    }
}
