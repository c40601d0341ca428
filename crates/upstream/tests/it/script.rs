//! Something that is called as an upstream is, and says what a test tells it to.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Script {
    pub(crate) address: SocketAddr,
    listener: TcpListener,
}

/// A call: answered by the test, and cut off when it is dropped.
pub(crate) struct Call {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    stream: BufReader<TcpStream>,
}

impl Script {
    pub(crate) async fn new() -> Script {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Script { address: listener.local_addr().unwrap(), listener }
    }

    pub(crate) fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) async fn call(&self) -> Call {
        let (stream, _) = self.listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let (mut line, mut headers) = (String::new(), vec![]);
        stream.read_line(&mut line).await.unwrap();
        loop {
            let mut header = String::new();
            stream.read_line(&mut header).await.unwrap();
            let Some((name, value)) = header.trim().split_once(": ") else { break };
            headers.push((name.to_lowercase(), value.to_owned()));
        }
        Call { line, headers, stream }
    }

    /// A call that gets a stream, which begins with this.
    pub(crate) async fn begin(&self, flags: Value, segments: Value) -> Call {
        let mut call = self.call().await;
        call.open().await;
        call.put(flags, segments).await;
        call
    }
}

impl Call {
    pub(crate) async fn say(&mut self, text: &str) {
        // It may have been hung up on: that is for the test to see by what follows.
        let _ = self.stream.get_mut().write_all(text.as_bytes()).await;
        let _ = self.stream.get_mut().flush().await;
    }

    pub(crate) async fn open(&mut self) {
        self.say("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n").await;
    }

    pub(crate) async fn put(&mut self, flags: Value, segments: Value) {
        self.event("put", &json!({ "path": "/", "data": { "flags": flags, "segments": segments } })).await;
    }

    pub(crate) async fn patch(&mut self, path: &str, data: Value) {
        self.event("patch", &json!({ "path": path, "data": data })).await;
    }

    pub(crate) async fn delete(&mut self, path: &str, version: u64) {
        self.event("delete", &json!({ "path": path, "version": version })).await;
    }

    async fn event(&mut self, name: &str, data: &Value) {
        self.say(&format!("event: {name}\ndata: {data}\n\n")).await;
    }

    /// Answers with a status and ends.
    pub(crate) async fn answer(mut self, status: u16, headers: &str) {
        self.say(&format!(
            "HTTP/1.1 {status} Told\r\ncontent-length: 0\r\nconnection: close\r\n{headers}\r\n"
        ))
        .await;
    }
}

/// A boolean flag as it is on the wire.
pub(crate) fn wire(key: &str, version: u64, on: bool) -> Value {
    json!({
        "key": key, "version": version, "on": on, "salt": "s", "variations": [true, false], "offVariation": 1,
        "fallthrough": { "variation": 0 }, "targets": [], "rules": [], "prerequisites": [],
    })
}
