//! Starting and ending a gateway.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use switchyard_contract::{Deliveries, Live, Subscriber};
use switchyard_snapshot::{Samples, Snapshot};
use switchyard_telemetry::{Place, Telemetry};
use tokio::sync::{oneshot, watch};

use crate::config::GatewayConfig;
use crate::worker::{self, Shared};
use crate::{delivery, serve};

/// Starts gateways.
#[derive(Debug)]
pub struct Gateway;

/// Why a gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address can't be listened on.
    #[error("can't listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A thread or its runtime could not be made.
    #[error("can't start a thread: {0}")]
    Thread(io::Error),
}

/// A gateway that runs. Dropping it ends it at once.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    end: watch::Sender<Option<Duration>>,
    threads: Vec<(JoinHandle<()>, oneshot::Receiver<()>)>,
}

impl Gateway {
    /// Listens, and serves after what `snapshot` and `live` publish. Counts in `telemetry`, notes in `samples`
    /// who asked and for what, and reports each snapshot to `deliveries` as soon as it is acted on.
    ///
    /// # Errors
    /// Where the address can't be listened on or a thread can't be made.
    pub fn start(
        config: GatewayConfig,
        snapshot: Subscriber<Snapshot>,
        live: Subscriber<Live>,
        telemetry: Telemetry,
        samples: &Samples,
        deliveries: Arc<dyn Deliveries>,
    ) -> Result<Running, StartError> {
        let refused = |source| StartError::Listen { address: config.address, source };
        let listener = listen(config.address).map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let (end, ending) = watch::channel(None);
        let config = Arc::new(config);
        let first = snapshot.current();
        let sampled = samples.of(Place { project: &first.project, environment: &first.environment });
        let mut threads = Vec::new();
        for index in 0..config.threads.max(1) {
            let listener = listener.try_clone().map_err(StartError::Thread)?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(StartError::Thread)?;
            let shared = Shared {
                config: config.clone(),
                snapshot: snapshot.clone(),
                live: live.clone(),
                telemetry: telemetry.clone(),
                sampled: sampled.clone(),
            };
            let reports =
                (index == 0).then(|| delivery::Reports::new(&config, &snapshot, deliveries.clone()));
            let ending = ending.clone();
            let (done, ended) = oneshot::channel();
            let run = move || {
                let local = tokio::task::LocalSet::new();
                local.block_on(&runtime, async move {
                    let reporting = reports.map(|reports| tokio::task::spawn_local(reports.run()));
                    serve::run(worker::Worker::new(shared), listener, ending).await;
                    if let Some(reporting) = reporting {
                        reporting.abort();
                    }
                });
                // Who waits may be gone.
                let _ = done.send(());
            };
            let thread = std::thread::Builder::new().name(format!("gateway-{index}")).spawn(run);
            threads.push((thread.map_err(StartError::Thread)?, ended));
        }
        Ok(Running { address, end, threads })
    }
}

impl Running {
    /// Stops accepting, lets what runs come to its end for at most `grace`, then ends the rest.
    pub async fn shutdown(self, grace: Duration) {
        self.end.send_replace(Some(grace));
        for (thread, ended) in self.threads {
            // An error says that the thread is over too: it panicked.
            let _ = ended.await;
            let _ = thread.join();
        }
    }
}

/// One socket for all threads: whoever is free accepts. Not `SO_REUSEPORT`, which would let a second gateway
/// take half of the first one's clients unnoticed.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(4096)?;
    Ok(socket.into())
}
