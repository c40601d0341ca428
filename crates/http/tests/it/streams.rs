//! Server-sent events over a real socket, and the events of a project.

use std::net::SocketAddr;

use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::support::*;

/// A client that reads an event stream.
pub(crate) struct Stream {
    body: Incoming,
    read: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
}

impl Stream {
    pub(crate) async fn open(address: SocketAddr, path: &str, authorization: &str) -> Stream {
        let connection = TcpStream::connect(address).await.unwrap();
        let (mut client, driver) =
            hyper::client::conn::http1::handshake(TokioIo::new(connection)).await.unwrap();
        tokio::spawn(driver);
        let request = Request::get(path)
            .header("host", address.to_string())
            .header("authorization", authorization)
            .body(Empty::<Bytes>::new())
            .unwrap();
        let (parts, body) = client.send_request(request).await.unwrap().into_parts();
        Stream { body, read: String::new(), status: parts.status.as_u16(), headers: parts.headers }
    }

    /// The next event that is no comment: its name and its data.
    pub(crate) async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some(end) = self.read.find("\n\n") {
                let event: String = self.read.drain(..end + 2).collect();
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                if let (Some(name), Some(data)) = (field("event:"), field("data:")) {
                    return (name.to_owned(), serde_json::from_str(data).unwrap_or_default());
                }
                continue;
            }
            let frame = self.body.frame().await.expect("the stream goes on").unwrap();
            self.read.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        }
    }
}

#[tokio::test]
async fn the_page_hears_of_drafts_and_revisions() {
    let house = House::new().await;
    let address = house.listen().await;
    let mut stream =
        Stream::open(address, &format!("{SHOP}/events"), &format!("Bearer {}", secret("viewer"))).await;
    assert_eq!(stream.status, 200);
    assert_eq!(stream.headers["content-type"], "text/event-stream");
    let (name, hello) = stream.next().await;
    assert_eq!((&*name, &hello["head"]), ("hello", &json!(1)));
    house.apply("product", json!([switch("ranker", false)])).await;
    assert_eq!(stream.next().await, ("change".into(), json!({"number": 1, "version": 1, "state": "draft"})));
    let revision = json!({"number": 2, "environments": ["production"], "kinds": ["targeting"]});
    let mut told = vec![stream.next().await, stream.next().await];
    told.sort_by(|a, b| a.0.cmp(&b.0));
    let applied = json!({"number": 1, "version": 2, "state": "applied"});
    assert_eq!(told, [("change".into(), applied), ("revision".into(), revision)]);
    // Who opened the page before and is heard only now learns that something has happened.
    let mut late =
        Stream::open(address, &format!("{SHOP}/events"), &format!("Bearer {}", secret("viewer"))).await;
    let (name, hello) = late.next().await;
    assert_eq!((&*name, &hello["head"]), ("hello", &json!(2)));
    assert!(hello["quietMs"].as_u64().is_some_and(|quiet| quiet < 60_000), "{hello}");
}
