//! Accepting clients and serving their connections.

use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::poll_fn;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::client::{ClientIo, Phase};
use crate::stack;
use crate::worker::Worker;

/// Serves until the end is told, then until all connections are over or the grace is.
pub(crate) async fn run(
    worker: Rc<Worker>,
    listener: std::net::TcpListener,
    mut ending: watch::Receiver<Option<Duration>>,
) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the listening socket can't be watched"),
    };
    let sweeping = tokio::task::spawn_local(sweep(worker.clone()));
    loop {
        let room = worker.drain.connections() < worker.config.limits.connections;
        tokio::select! {
            biased;
            _ = ending.changed() => break,
            accepted = listener.accept(), if room => match accepted {
                Ok((stream, peer)) => enter(&worker, stream, peer),
                Err(error) => refused(&error).await,
            },
            () = worker.drain.left(), if !room => {}
        }
    }
    // Those that the system let in already would be reset with the socket.
    while let Some(Ok((stream, peer))) = listener.accept().now_or_never() {
        enter(&worker, stream, peer);
    }
    drop(listener);
    sweeping.abort();
    worker.drain.begin();
    let grace = ending.borrow().unwrap_or_default();
    if tokio::time::timeout(grace, worker.drain.empty()).await.is_err() {
        tracing::warn!(connections = worker.drain.connections(), "ended before they were done");
    }
}

/// A client that is gone again is nobody's mistake; no more file descriptors is worth a pause, or this would
/// spin.
async fn refused(error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionReset) {
        tracing::error!(%error, "can't accept connections");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn enter(worker: &Rc<Worker>, stream: TcpStream, peer: SocketAddr) {
    tokio::task::spawn_local(connection(worker.clone(), stream, peer));
}

async fn connection(worker: Rc<Worker>, stream: TcpStream, peer: SocketAddr) {
    let limits = &worker.config.limits;
    // Fails only on a connection that is gone, and that shows at once.
    let _ = stream.set_nodelay(true);
    let phase = Rc::new(Phase::new());
    let io = TokioIo::new(ClientIo::new(stream, phase.clone(), limits));
    let service = service_fn(|request| {
        let (worker, phase) = (worker.clone(), phase.clone());
        phase.answering();
        async move { Ok::<_, std::convert::Infallible>(stack::answer(worker, peer, phase, request).await) }
    });
    let mut http = http1::Builder::new();
    http.max_headers(limits.headers).max_header_size(limits.head_bytes);
    let mut connection = pin!(http.serve_connection(io, service));
    let entered = worker.drain.enter();
    let mut told = false;
    let ended = poll_fn(|cx| {
        if entered.ending(cx) && !std::mem::replace(&mut told, true) {
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(cx)
    });
    if let Err(error) = ended.await {
        tracing::debug!(%peer, %error, "a client's connection broke");
    }
}

/// Closes upstream connections that nobody uses.
async fn sweep(worker: Rc<Worker>) {
    let mut tick = tokio::time::interval(worker.config.limits.pool_idle.max(Duration::from_millis(10)) / 4);
    loop {
        tick.tick().await;
        worker.pool.sweep();
    }
}
