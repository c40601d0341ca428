//! What a forge is told.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;

use serde_json::Value;
use switchyard_control::{GitSettings, GitStatuses};

use crate::world::{BANNER, World, push, read, settings};

/// A forge on this machine that takes statuses: each request's head and body are handed on.
fn forge(answer: &'static str) -> (String, mpsc::Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api/v1", listener.local_addr().unwrap());
    let (told, heard) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = vec![];
            let (head, length) = loop {
                let mut part = [0; 4096];
                let read = stream.read(&mut part).unwrap();
                bytes.extend(&part[..read]);
                let text = String::from_utf8_lossy(&bytes).to_lowercase();
                if let Some(end) = text.find("\r\n\r\n") {
                    let length = text.split("content-length: ").nth(1).unwrap();
                    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
                    break (text[..end].to_owned(), end + 4 + length);
                }
            };
            while bytes.len() < length {
                let mut part = [0; 4096];
                let read = stream.read(&mut part).unwrap();
                bytes.extend(&part[..read]);
            }
            let body = &bytes[head.len() + 4..];
            let _ = told.send((head, serde_json::from_slice(body).unwrap()));
            stream
                .write_all(
                    format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes(),
                )
                .unwrap();
        }
    });
    (url, heard)
}

async fn world(api: String) -> World {
    let mut world = World::new().await;
    let secrets = world.dir.path().join("git/secrets");
    std::fs::create_dir_all(&secrets).unwrap();
    std::fs::write(secrets.join("forge"), "s3cret\n").unwrap();
    let statuses = GitStatuses { api, repository: "acme/shop".into(), token_file: "forge".into() };
    let settings = GitSettings { statuses: Some(statuses), ..settings(&world.remote.clone()) };
    world.connect(settings).await;
    world
}

#[tokio::test]
async fn a_forge_is_told_each_time_a_commit_stands_otherwise() {
    let (api, heard) = forge("201 Created");
    let world = world(api).await;
    let clone = world.clone_of("clone");
    let commit =
        push(&clone, "proposals/x", BANNER, Some(&read(&clone, BANNER).replace("on: false", "on: true")));
    let number = world.branch("proposals/x").await.change.unwrap();
    let (head, body) = heard.recv().unwrap();
    assert!(head.starts_with(&format!("post /api/v1/repos/acme/shop/statuses/{commit} ")), "{head}");
    assert!(head.contains("authorization: token s3cret"));
    assert_eq!((&body["state"], &body["context"]), (&"pending".into(), &"switchyard".into()));
    assert_eq!(body["target_url"], format!("https://shop.example/p/shop/production/changes/{number}"));
    world.sync().await;
    world.apply(number).await.unwrap();
    world.sync().await;
    let (_, body) = heard.recv().unwrap();
    assert_eq!((&body["state"], &body["description"]), (&"success".into(), &"C-1 is applied as r2.".into()));
    assert!(heard.try_recv().is_err(), "what is told is told once");
}

#[tokio::test]
async fn a_forge_that_refuses_is_said_without_the_token_and_stops_nothing() {
    let (api, _heard) = forge("401 Unauthorized");
    let world = world(api).await;
    let clone = world.clone_of("clone");
    let commit =
        push(&clone, "proposals/x", BANNER, Some(&read(&clone, BANNER).replace("on: false", "on: true")));
    let seen = world.sync().await.seen.unwrap();
    let error = seen.error.unwrap();
    assert!(
        error.contains("does not let the token in forge do that") && !error.contains("s3cret"),
        "{error}"
    );
    assert_eq!(seen.branches[0].change, Some(1));
    assert!(world.note(&commit).contains("C-1"));
}
