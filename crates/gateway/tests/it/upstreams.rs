//! Upstreams that are slow, broken or gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use switchyard_contract::{EndpointKey, Live};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::*;

/// Answers one request on each connection, and closes it when the next one comes.
async fn forgetful() -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let _request = stream.read(&mut buffer).await.unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
                let _request = stream.read(&mut buffer).await.unwrap();
            });
        }
    });
    (address, connections)
}

#[tokio::test]
async fn a_stale_connection_is_replaced_where_sending_twice_does_no_harm() {
    let (address, connections) = forgetful().await;
    let world = World::start(&[service("web", &[address]), route("web", "/", to("web"))]);
    let mut client = world.client().await;
    for _ in 0..4 {
        assert_eq!(client.get("/", "").await.text(), "ok");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 4);
    client.send("POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\n\r\nhi").await;
    assert_eq!(client.reply().await.unwrap().status, 502, "the upstream may have acted on it");
}

#[tokio::test]
async fn who_is_late_broken_or_gone_is_told_apart() {
    let (never, _) = upstream(|_| std::future::pending()).await;
    let broken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let garbage = broken.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = broken.accept().await.unwrap();
            let mut buffer = [0; 4096];
            let _request = stream.read(&mut buffer).await.unwrap();
            stream.write_all(b"this is no answer\r\n\r\n").await.unwrap();
        }
    });
    let mut late = route("late", "/late", to("never"));
    late["timeoutMs"] = json!(50);
    let world = World::start(&[
        service("never", &[never]),
        service("garbage", &[garbage]),
        service("gone", &[nobody().await]),
        service("empty", &[]),
        late,
        route("broken", "/broken", to("garbage")),
        route("gone", "/gone", to("gone")),
        route("empty", "/empty", to("empty")),
    ]);
    for (path, status) in [("/late", 504), ("/broken", 502), ("/gone", 503), ("/gone", 503), ("/empty", 503)]
    {
        let reply = world.get(path, "").await;
        assert_eq!(
            (reply.status, reply.json()["status"].as_u64()),
            (status, Some(u64::from(status))),
            "{path}"
        );
    }
    assert_eq!(world.requests("gone", "all"), 2);
    let totals = world.telemetry.route_totals(SHOP, "late", 60, jiff::Timestamp::now());
    assert_eq!(totals.error_percent, 100.0);
}

#[tokio::test]
async fn an_arm_that_is_down_falls_back_and_what_really_answered_is_counted() {
    let split = json!({"by": "weight", "arms": [
        {"id": "new", "weight": 100_000, "action": to("gone"), "fallback": "old"},
        {"id": "old", "weight": 0, "action": to("old")}]});
    let (old, _) = upstream(|_| async { text("old") }).await;
    let web = json!({"kind": "route", "key": "web", "listener": "web", "match": {}, "split": split});
    let world = World::start(&[service("gone", &[nobody().await]), service("old", &[old]), web]);
    for _ in 0..10 {
        assert_eq!(world.get("/", "").await.text(), "old");
    }
    assert_eq!((world.requests("web", "old"), world.requests("web", "new")), (10, 0));
}

#[tokio::test]
async fn endpoints_are_balanced_and_those_that_fail_passed_over() {
    let (one, hits_one) = upstream(|_| async { text("one") }).await;
    let (two, hits_two) = upstream(|_| async { text("two") }).await;
    let world = World::start(&[service("web", &[one, nobody().await]), route("web", "/", to("web"))]);
    let key = EndpointKey { service: "web".into(), subset: "v1".into() };
    world.live.send(Arc::new(Live::new([(key, vec![two])])));
    let mut found = std::collections::BTreeMap::<String, usize>::new();
    let mut client = world.client().await;
    for _ in 0..200 {
        let reply = client.get("/", "").await;
        assert_eq!(reply.status, 200);
        *found.entry(reply.text().to_owned()).or_default() += 1;
    }
    assert!(found["one"] > 40 && found["two"] > 40, "{found:?}");
    assert_eq!((hits_one.load(Ordering::SeqCst), hits_two.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_made_whole() {
    let broken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = broken.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = broken.accept().await.unwrap();
        let mut buffer = [0; 4096];
        let _request = stream.read(&mut buffer).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").await.unwrap();
    });
    let world = World::start(&[service("web", &[address]), route("web", "/", to("web"))]);
    let mut client = world.client().await;
    client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n").await;
    assert!(client.reply().await.is_none(), "cut off as the upstream's was");
}
