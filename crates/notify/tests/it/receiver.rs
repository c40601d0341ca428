//! Something that is called: it answers what it is told to, and says what came.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What is answered to one request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Status(u16),
    /// A status, with more headers and a body.
    With(u16, &'static str, String),
    /// Nothing, and the connection stays open.
    Hang,
    /// The connection ends.
    Close,
}

/// What came.
#[derive(Debug, Clone)]
pub(crate) struct Came {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Came {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }
}

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    came: mpsc::UnboundedReceiver<Came>,
}

impl Receiver {
    /// Answers these in turn, and 204 afterwards.
    pub(crate) async fn new(replies: &[Reply]) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let replies = Arc::new(Mutex::new(VecDeque::from(replies.to_vec())));
        let (tell, came) = mpsc::unbounded_channel();
        let next = replies;
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let reply = next.lock().unwrap().pop_front().unwrap_or(Reply::Status(204));
                tokio::spawn(answer(stream, reply, tell.clone()));
            }
        });
        Receiver { address, came }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/in", self.address)
    }

    pub(crate) async fn next(&mut self) -> Came {
        self.came.recv().await.unwrap()
    }

    pub(crate) fn came_nothing(&mut self) -> bool {
        self.came.try_recv().is_err()
    }
}

async fn answer(stream: TcpStream, reply: Reply, tell: mpsc::UnboundedSender<Came>) {
    let mut stream = BufReader::new(stream);
    let mut headers = vec![];
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    loop {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let mut came = Came { headers, body: String::new() };
    let mut body = vec![0; came.header("content-length").parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    came.body = String::from_utf8(body).unwrap();
    let text = match reply {
        Reply::Status(status) => {
            format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        }
        Reply::With(status, more, body) => {
            format!(
                "HTTP/1.1 {status} X\r\n{more}content-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            )
        }
        Reply::Hang => {
            tell.send(came).unwrap();
            std::future::pending::<()>().await;
            return;
        }
        Reply::Close => String::new(),
    };
    // Told first: who waits for it may go on while the answer is on its way.
    tell.send(came).unwrap();
    let _ = stream.write_all(text.as_bytes()).await;
}
