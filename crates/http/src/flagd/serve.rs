//! Listens, within bounds: what one connection may hold, and how long a silent one is kept.

use std::convert::Infallible;
use std::time::Duration;

use axum::serve::Listener;
use futures_util::stream;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tonic::service::Routes;
use tonic::transport::{Error, Server};

use super::Flagd;

/// Calls and streams at once on one connection; a provider has one stream, and a call for each evaluation.
const CALLS: u32 = 256;

/// Bytes of a call's metadata.
const METADATA: u32 = 16 * 1024;

/// Bytes that may be on their way to us unread: on one call, and on a connection.
const CALL_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;

/// A connection on which nothing happens is asked for a sign of life so often, and has so long to give it.
const ASKED: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(20);

impl Flagd {
    /// Serves until `stopping` turns true, and then until what runs has come to its end.
    ///
    /// # Errors
    /// What keeps the server from serving at all; connections that fail are their own.
    pub async fn serve(
        self,
        listener: impl Listener<Io = TcpStream>,
        mut stopping: watch::Receiver<bool>,
    ) -> Result<(), Error> {
        let connections = stream::unfold(listener, async |mut listener| {
            let (connection, _) = listener.accept().await;
            Some((Ok::<_, Infallible>(connection), listener))
        });
        Server::builder()
            .max_concurrent_streams(CALLS)
            .http2_max_header_list_size(METADATA)
            .initial_stream_window_size(CALL_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .http2_keepalive_interval(Some(ASKED))
            .http2_keepalive_timeout(Some(PATIENCE))
            .add_routes(Routes::from(self.routes()))
            .serve_with_incoming_shutdown(connections, async move {
                drop(stopping.wait_for(|stopping| *stopping).await);
            })
            .await
    }
}
