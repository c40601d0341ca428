//! Beginning and end, and who hears of it.

use std::time::Duration;

use switchyard_contract::DeliveryState;
use switchyard_contract::{Live, publish};
use switchyard_gateway::{Gateway, GatewayConfig, StartError};
use switchyard_telemetry::Telemetry;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::support::*;

#[tokio::test]
async fn the_end_waits_for_what_runs_and_lets_nobody_in() {
    let (asked, mut asking) = mpsc::unbounded_channel();
    let (upstream, _) = upstream(move |_| {
        let (tell, told) = tokio::sync::oneshot::channel::<()>();
        asked.send(tell).unwrap();
        async move {
            told.await.unwrap();
            text("done")
        }
    })
    .await;
    let world = World::start(&[service("web", &[upstream]), route("web", "/", to("web"))]);
    let address = world.gateway.address;
    let (mut busy, mut idle) = (world.client().await, world.client().await);
    assert_eq!(idle.get("/%", "").await.status, 400);
    busy.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n").await;
    let tell = asking.recv().await.unwrap();
    let ending = tokio::spawn(world.gateway.shutdown(Duration::from_secs(60)));
    idle.closed().await;
    assert!(TcpStream::connect(address).await.is_err());
    tell.send(()).unwrap();
    let reply = busy.reply().await.unwrap();
    assert_eq!((reply.text(), reply.header("connection")), ("done", Some("close")));
    busy.closed().await;
    ending.await.unwrap();
    let states: Vec<_> = world.reports.0.lock().unwrap().iter().map(|r| r.state.clone()).collect();
    assert_eq!(states, [DeliveryState::Acknowledged, DeliveryState::Gone]);
}

#[tokio::test]
async fn the_grace_ends() {
    let (never, _) = upstream(|_| std::future::pending()).await;
    let world = World::start(&[service("web", &[never]), route("web", "/", to("web"))]);
    let mut client = world.client().await;
    client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n").await;
    world.gateway.shutdown(SOON).await;
    assert!(client.reply().await.is_none());
}

#[tokio::test]
async fn each_snapshot_is_acknowledged_and_a_taken_port_is_told() {
    let world = World::start(&[]);
    world.publish(413, &[]);
    while world.reports.0.lock().unwrap().last().is_none_or(|report| report.revision < 413) {
        tokio::task::yield_now().await;
    }
    let last = world.reports.0.lock().unwrap().last().unwrap().clone();
    assert_eq!(
        (&*last.node, &*last.environment, last.state),
        ("gateway-1", "production", DeliveryState::Acknowledged)
    );

    let config = GatewayConfig::new(world.gateway.address, "web", "gateway-2");
    let ((_snapshots, snapshot), (_live, live)) = (publish(snapshot(1, &[])), publish(Live::default()));
    let second =
        Gateway::start(config, snapshot, live, Telemetry::new(), &world.samples, world.reports.clone());
    assert!(matches!(second, Err(StartError::Listen { .. })));
}
