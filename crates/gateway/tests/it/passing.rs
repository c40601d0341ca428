//! What goes through, and how it looks on the other side.

use std::sync::atomic::Ordering;

use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn an_upstream_sees_the_request_without_what_is_not_to_be_believed() {
    let (mirror, _) = mirror().await;
    let world = World::start(&[service("web", &[mirror]), route("web", "/", to("web"))]);
    let reply = world
        .get(
            "/a%20b?c=d%2F",
            "X-User: u1\r\nX-Plan: gold\r\nSwitchyard-Flags: forged=yes\r\nswitchyard-revision: 1\r\n\
             switchyard-x: 1\r\nX-Forwarded-For: 192.0.2.7\r\nConnection: keep-alive, X-Secret\r\nX-Secret: s\r\n\
             TE: trailers\r\nUpgrade: websocket\r\nProxy-Authorization: p\r\nX-Request-Id: mine-1\r\n",
        )
        .await;
    assert_eq!(reply.status, 200);
    let mut seen: Vec<_> = reply.text().lines().collect();
    assert_eq!(seen.remove(0), "GET /a%20b?c=d%2F");
    seen.sort_unstable();
    assert_eq!(
        seen,
        [
            "host: shop",
            "switchyard-revision: 412",
            "x-forwarded-for: 192.0.2.7, 127.0.0.1",
            "x-forwarded-host: shop",
            "x-forwarded-proto: http",
            "x-request-id: mine-1",
            "x-user: u1",
        ]
    );
    let reply = world.get("/", "X-Request-Id: not one\r\n").await;
    let id = reply.text().lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
    assert_eq!((id.len(), id.as_bytes()[14]), (36, b'7'), "{id}");
}

#[tokio::test]
async fn paths_are_rewritten_and_connections_kept() {
    let (mirror, connections) = mirror().await;
    let mut api = route("api", "/api", to("web"));
    api["rewritePath"] = json!("/v2");
    let world = World::start(&[service("web", &[mirror]), api]);
    let mut client = world.client().await;
    for _ in 0..100 {
        let reply = client.get("/api/cart?x=1", "").await;
        assert_eq!(reply.text().lines().next(), Some("GET /v2/cart?x=1"));
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    assert_eq!(world.requests("api", "all"), 100);
}

#[tokio::test]
async fn bodies_and_answers_without_bodies_pass() {
    let (echo, _) = upstream(|request| async move {
        use http_body_util::BodyExt;
        let status = request.uri().path()[1..].parse().unwrap_or(200);
        let mut answer = hyper::Response::new(request.into_body().boxed());
        *answer.status_mut() = hyper::StatusCode::from_u16(status).unwrap();
        answer
    })
    .await;
    let world = World::start(&[service("web", &[echo]), route("web", "/", to("web"))]);
    let mut client = world.client().await;
    client.send("POST /200 HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\nhello").await;
    assert_eq!(client.reply().await.unwrap().text(), "hello");
    client.send("GET /204 HTTP/1.1\r\nHost: shop\r\n\r\nHEAD /404 HTTP/1.1\r\nHost: shop\r\n\r\n").await;
    assert_eq!(client.reply().await.unwrap().status, 204);
    assert_eq!(client.reply_to("HEAD").await.unwrap().status, 404);
    client.send("POST / HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n").await;
    assert_eq!(client.reply().await.unwrap().status, 100);
    client.send("hi").await;
    assert_eq!(client.reply().await.unwrap().text(), "hi");
    client
        .send("POST / HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        .await;
    let reply = client.reply().await.unwrap();
    assert_eq!((reply.text(), reply.header("connection")), ("abc", Some("close")));
}

#[tokio::test]
async fn the_gateway_answers_itself_where_it_is_told_to() {
    let moved = json!({"type": "redirect", "location": "https://example.com/", "status": 308});
    let world = World::start(&[route("old", "/old", moved), route("hi", "/hi", fixed("hello"))]);
    let mut client = world.client().await;
    let reply = client.get("/old/x", "").await;
    assert_eq!((reply.status, reply.header("location")), (308, Some("https://example.com/")));
    let reply = client.get("/hi", "").await;
    assert_eq!((reply.text(), reply.header("content-type")), ("hello", Some("text/plain; charset=utf-8")));

    let reply = client.get("/nowhere", "X-Request-Id: r-1\r\n").await;
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    let problem = json!({"type": "about:blank", "title": "Not Found", "status": 404,
        "detail": "No route takes this request.", "instance": "r-1"});
    assert_eq!((reply.status, reply.json()), (404, problem));
    client.send("HEAD /nowhere HTTP/1.1\r\nHost: shop\r\n\r\n").await;
    assert_eq!(client.reply_to("HEAD").await.unwrap().status, 404);
    assert_eq!(client.get("/hi", "").await.text(), "hello", "HEAD had no body");
}

#[tokio::test]
async fn fifty_megabytes_that_nobody_wants_do_no_harm() {
    let world = World::start(&[route("hi", "/hi", fixed("hello"))]);
    let mut client = world.client().await;
    client.send("POST /hi HTTP/1.1\r\nHost: shop\r\nContent-Length: 52428800\r\n\r\n").await;
    let piece = vec![7; 1 << 20];
    for _ in 0..50 {
        client.send(&piece).await;
    }
    assert_eq!(client.reply().await.unwrap().text(), "hello");
    assert_eq!(client.get("/hi", "").await.text(), "hello", "the connection goes on");
}
