//! 64 MiB up and down through a gateway that must not hold them. On its own, as it looks at the memory of the
//! whole process.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "../it/support.rs"]
#[allow(dead_code, reason = "shared with the other tests, which use the rest")]
mod support;

use http_body_util::BodyExt;
use support::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SIZE: usize = 64 << 20;

/// The most this process ever held, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

#[tokio::test]
async fn bodies_stream_both_ways_at_once() {
    let (echo, _) = upstream(|request| async { hyper::Response::new(request.into_body().boxed()) }).await;
    let world = World::start(&[service("web", &[echo]), route("web", "/", to("web"))]);
    assert_eq!(world.get("/", "").await.status, 200);
    let before = peak();
    let (mut reading, mut writing) = tokio::io::split(world.client().await.stream.into_inner());
    let sending = tokio::spawn(async move {
        let head = format!("POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: {SIZE}\r\n\r\n");
        writing.write_all(head.as_bytes()).await.unwrap();
        let piece: Vec<u8> = (0..1 << 16).map(|n| n as u8).collect();
        for _ in 0..SIZE / piece.len() {
            writing.write_all(&piece).await.unwrap();
        }
        writing
    });
    let (mut buffer, mut head) = (vec![0; 1 << 16], Vec::new());
    while !head.ends_with(b"\r\n\r\n") {
        head.push(reading.read_u8().await.unwrap());
    }
    let mut found = 0;
    while found < SIZE {
        let count = reading.read(&mut buffer).await.unwrap();
        assert!(count > 0, "ended after {found}");
        let right = buffer[..count].iter().enumerate().all(|(n, byte)| *byte == (found + n) as u8);
        assert!(right, "another byte after {found}");
        found += count;
    }
    sending.await.unwrap();
    let held = peak() - before;
    assert!(held < 16 << 20, "{held} bytes more than before");
}

#[tokio::test]
async fn an_answer_waits_for_a_client_that_does_not_take_it() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    let (endless, _) = upstream(move |_| {
        let count = count.clone();
        async move {
            let pieces = futures_util::stream::repeat_with(move || {
                count.fetch_add(1 << 16, Ordering::SeqCst);
                Ok::<_, hyper::Error>(hyper::body::Frame::data(bytes::Bytes::from_static(&[7; 1 << 16])))
            });
            let body = http_body_util::StreamBody::new(pieces);
            hyper::Response::new(http_body_util::combinators::BoxBody::new(body))
        }
    })
    .await;
    let resources = [service("web", &[endless]), route("web", "/", to("web"))];
    let world = World::with(&resources, |limits| limits.body_idle = SOON);
    let mut client = world.client().await;
    client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n").await;
    // Takes nothing; the gateway gives up on it, and until then has held no more than buffers hold.
    while world.requests("web", "all") == 0 {
        tokio::task::yield_now().await;
    }
    world.gateway.shutdown(std::time::Duration::from_secs(60)).await;
    assert!(made.load(Ordering::SeqCst) < 48 << 20, "{}", made.load(Ordering::SeqCst));
}
