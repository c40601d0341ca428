//! Very many connections: as many as the system lets us have, and none for who takes nothing.

use std::net::SocketAddr;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// So long a client may take nothing of what is sent to it.
const STALLED: Duration = Duration::from_secs(60);

/// Connections that wait to be accepted: all SDKs come back in the same moment after a cut. The system may allow
/// fewer.
const BACKLOG: u32 = 4096;

/// Raises this process's limit of open files, of which each connection is one, to what it may have at most.
pub(crate) fn allow_many() {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if limit.current != limit.maximum && setrlimit(Resource::Nofile, most).is_err() {
        tracing::warn!(limit = ?limit.current, "the limit of open files can't be raised");
    }
}

/// Listens for very many at once.
pub(crate) fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that starts again finds connections of its former life on its port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// What holds for each connection: a flip leaves at once, not when a packet is full; and who takes nothing is cut
/// off by the system, rather than that we keep for it what it doesn't take.
pub(crate) fn tune(connection: &mut TcpStream) {
    let told = connection.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let told = told.and(SockRef::from(&*connection).set_tcp_user_timeout(Some(STALLED)));
    #[cfg(not(target_os = "linux"))]
    let told = told.and(SockRef::from(&*connection).set_keepalive(true));
    // It is gone already where it can't be told; reading from it says so.
    drop(told);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_connection_has_its_time_to_take_what_is_sent() {
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut connection, _) = listener.accept().await.unwrap();
        tune(&mut connection);
        assert!(connection.nodelay().unwrap());
        assert_eq!(SockRef::from(&connection).tcp_user_timeout().unwrap(), Some(STALLED));
    }

    #[test]
    fn as_many_as_the_system_allows() {
        allow_many();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
