//! Clients that are slow, broken or up to something. Whatever they do, the next one is served.

use crate::support::*;

/// What is sent, and the statuses that may come back; closing the connection always may.
#[tokio::test]
async fn malformed_requests_are_refused() {
    let (mirror, _) = mirror().await;
    let world = World::start(&[service("web", &[mirror]), route("web", "/", to("web"))]);
    let host = "Host: shop\r\n";
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\n{host}\r\n");
    let with = |headers: &str| format!("GET / HTTP/1.1\r\n{host}{headers}\r\n");
    let post = |headers: &str, body: &str| format!("POST / HTTP/1.1\r\n{host}{headers}\r\n{body}");
    let many: String = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect();
    let cases: Vec<(String, &[u16])> = vec![
        ("\r\n\r\n\r\nnonsense\r\n\r\n".into(), &[400]),
        ("GET\r\n\r\n".into(), &[400]),
        ("GET / HTTP/9.9\r\n\r\n".into(), &[400, 505]),
        ("G\u{0}T / HTTP/1.1\r\n\r\n".into(), &[400]),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), &[400]),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}".into(), &[400]),
        ("GET / HTTP/1.1\r\n\r\n".into(), &[400]),
        (with("Host: other\r\n"), &[400]),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n".into(), &[400]),
        ("GET / HTTP/1.1\r\nHost: evil/..\r\n\r\n".into(), &[400]),
        ("GET http://other/ HTTP/1.1\r\nHost: shop\r\n\r\n".into(), &[400]),
        ("CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n".into(), &[405]),
        ("TRACE / HTTP/1.1\r\nHost: shop\r\n\r\n".into(), &[405]),
        ("OPTIONS * HTTP/1.1\r\nHost: shop\r\n\r\n".into(), &[400]),
        (get("/../etc/passwd"), &[400]),
        (get("/a/%2e%2E/b"), &[400]),
        (get("/a/./b"), &[400]),
        (get("/a\\..\\b"), &[400]),
        (get("/a%5cb"), &[400]),
        (get("/a%00b"), &[400]),
        (get("/a%0d%0aX:b"), &[400]),
        (get("/a\u{1}b"), &[400]),
        (get("/%"), &[400]),
        (get(&format!("/{}", "a".repeat(20_000))), &[414]),
        (get(&format!("/{}", "a".repeat(200_000))), &[414, 431]),
        (with("X-Bad: a\u{1}b\r\n"), &[400]),
        (with("X-Bad: a\u{0}b\r\n"), &[400]),
        (with("X Bad: a\r\n"), &[400]),
        (with(": a\r\n"), &[400]),
        (with("X-Folded: a\r\n b\r\n"), &[400]),
        (with(&many), &[431]),
        (with(&format!("X-Long: {}\r\n", "a".repeat(100_000))), &[431]),
        (with("Expect: a-miracle\r\n"), &[417]),
        (post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"), &[400]),
        (post("Content-Length: -1\r\n", ""), &[400]),
        (post("Content-Length: 1x\r\n", "a"), &[400]),
        (post("Content-Length: 99999999999999999999\r\n", "a"), &[400]),
        (post("Transfer-Encoding: gzip\r\n", "a"), &[400]),
        (post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), &[400]),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".into(), &[400]),
        (post("Transfer-Encoding: chunked\r\n", "zz\r\nabc\r\n0\r\n\r\n"), &[200, 400, 502]),
    ];
    for (bytes, allowed) in cases {
        let mut client = world.client().await;
        client.send(&bytes).await;
        let shown: String = bytes.chars().take(80).collect();
        if let Some(reply) = client.reply().await {
            assert!(allowed.contains(&reply.status), "{shown:?}: {}", reply.status);
        }
        drop(client);
        assert_eq!(world.get("/", "").await.status, 200, "after {shown:?}");
    }
}

#[tokio::test]
async fn a_request_hidden_in_another_ones_body_is_not_answered() {
    let (mirror, _) = mirror().await;
    let world = World::start(&[service("web", &[mirror]), route("web", "/", to("web"))]);
    let hidden = "GET /hidden HTTP/1.1\r\nHost: shop\r\n\r\n";
    for head in
        ["Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5"]
    {
        let mut client = world.client().await;
        client.send(format!("POST / HTTP/1.1\r\nHost: shop\r\n{head}\r\n\r\n0\r\n\r\n{hidden}")).await;
        let reply = client.reply().await.unwrap();
        assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
        assert!(!reply.text().contains("content-length: 5"), "{}", reply.text());
        assert!(client.reply().await.is_none(), "{head}");
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let (mirror, _) = mirror().await;
    let world = World::start(&[service("web", &[mirror]), route("web", "/", to("web"))]);
    let mut client = world.client().await;
    let all: String = (0..20).map(|n| format!("GET /{n} HTTP/1.1\r\nHost: shop\r\n\r\n")).collect();
    client.send(all).await;
    for n in 0..20 {
        let reply = client.reply().await.unwrap();
        assert_eq!(reply.text().lines().next(), Some(&*format!("GET /{n}")));
    }
}

#[tokio::test]
async fn slow_clients_are_let_go() {
    let (mirror, _) = mirror().await;
    let (swallow, _) = upstream(|request| async move {
        use http_body_util::BodyExt;
        let _ = request.into_body().collect().await;
        text("all of it")
    })
    .await;
    let resources = [
        service("web", &[mirror]),
        service("swallow", &[swallow]),
        route("web", "/", to("web")),
        route("up", "/up", to("swallow")),
    ];
    let world = World::with(&resources, |limits| {
        (limits.head_time, limits.body_idle) = (SOON, SOON);
    });
    let mut half_a_head = world.client().await;
    half_a_head.send("GET / HTTP/1.1\r\nHost: sh").await;
    half_a_head.closed().await;

    let mut second = world.client().await;
    assert_eq!(second.get("/", "").await.status, 200);
    second.send("GET / HTTP/1.1\r\n").await;
    second.closed().await;

    let mut half_a_body = world.client().await;
    half_a_body.send("POST /up HTTP/1.1\r\nHost: shop\r\nContent-Length: 10\r\n\r\nhalf").await;
    let reply = half_a_body.reply().await.unwrap();
    assert_eq!(
        (reply.status, reply.json()["detail"].as_str()),
        (408, Some("The request's body paused for too long."))
    );

    let idle = World::with(&resources, |limits| limits.client_idle = SOON);
    let mut silent = idle.client().await;
    silent.closed().await;
    let mut done = idle.client().await;
    assert_eq!(done.get("/", "").await.status, 200);
    done.closed().await;
}
