//! One HTTP call, as the shop's services and customers make it.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A call.
pub(super) struct Call<'a> {
    pub(super) to: SocketAddr,
    pub(super) method: Method,
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Makes the call on a connection of its own; at most five seconds and one MiB.
pub(super) async fn call(call: Call<'_>) -> anyhow::Result<(StatusCode, Bytes)> {
    let exchange = async {
        let stream = TcpStream::connect(call.to).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let mut request = Request::builder()
            .method(call.method)
            .uri(call.path)
            .header("host", call.host)
            .body(Full::new(call.body))?;
        request.headers_mut().extend(call.headers);
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), 1 << 20).collect().await;
        connection.abort();
        let body = body.map_err(|e| anyhow::anyhow!("{e}"))?.to_bytes();
        anyhow::Ok((status, body))
    };
    tokio::time::timeout(Duration::from_secs(5), exchange).await?
}
