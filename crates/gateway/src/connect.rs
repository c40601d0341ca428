//! A new connection to an endpoint.

use std::io;
use std::rc::Rc;

use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::config::Limits;
use crate::pool::{Endpoint, Lease, Target};

/// Connects; an endpoint that can't be reached is passed over for a while.
pub(crate) async fn connect(endpoint: &Rc<Endpoint>, limits: &Limits) -> io::Result<Lease> {
    let connected = timeout(limits.connect_time, open(&endpoint.target)).await;
    let stream = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    endpoint.rest(stream.is_err().then(|| Instant::now() + limits.endpoint_rest));
    let stream = stream?;
    let (sender, connection) =
        http1::Builder::new().handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::task::spawn_local(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "an upstream's connection broke");
        }
    });
    Ok(endpoint.lease(sender, false))
}

async fn open(target: &Target) -> io::Result<TcpStream> {
    let stream = match target {
        Target::Address(address) => TcpStream::connect(address).await,
        Target::Name(name) => TcpStream::connect(&**name).await,
    }?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
