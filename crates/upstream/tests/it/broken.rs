//! Upstreams that die, refuse, say what can't be read, or nothing: what was said last stays, and why is told.

use std::time::Duration;

use serde_json::json;
use switchyard_upstream::Pace;

use crate::script::{Script, wire};
use crate::world::*;

/// Why the upstream can't be heard.
async fn why(world: &World, part: &str) -> String {
    let is = |view: &switchyard_control::UpstreamView| {
        view.seen.as_ref().and_then(|seen| seen.error.as_ref()).is_some_and(|why| why.contains(part))
    };
    world.stands("production", is).await.words
}

#[tokio::test]
async fn whatever_it_does_the_last_state_stays_and_it_is_called_again() {
    let (script, ours) = (Script::new().await, World::new().await.run(PACE));
    ours.follow("production", &script.uri()).await;
    drop(script.begin(json!({ "a": wire("a", 1, true) }), json!({})).await);
    why(&ours, "it ended the stream").await;

    script.call().await.answer(401, "").await;
    let words = why(&ours, "it refuses the SDK key (401)").await;
    assert!(words.contains("1 flag stays as it last said"), "{words}");
    assert!(is_on(ours.resource(&targeting("a")).as_ref()));
    script.call().await.answer(503, "retry-after: 0\r\n").await;
    why(&ours, "it answered 503").await;
    script.call().await.answer(302, "location: http://169.254.169.254/\r\n").await;
    why(&ours, "it redirects").await;
    script.call().await.answer(200, "content-type: text/html\r\n").await;
    why(&ours, "no event stream").await;

    for (garbage, part) in [
        ("event: put\ndata: {\n\n", "its put can't be read"),
        ("event: put\ndata: {\"path\":\"/\",\"data\":{}}\n\n", "its put can't be read"),
        ("event: patch\ndata: null\n\n", "its patch can't be read"),
    ] {
        let mut call = script.call().await;
        call.open().await;
        call.say(garbage).await;
        why(&ours, part).await;
        assert!(is_on(ours.resource(&targeting("a")).as_ref()), "{garbage}");
    }
    // What is cut off in the middle of an event is nothing.
    let mut call = script.call().await;
    call.open().await;
    call.say("event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{},\"segments\":{}}}\n").await;
    drop(call);
    why(&ours, "it ended the stream").await;
    assert_eq!(ours.head(), 1);

    let mut call = script.begin(json!({ "a": wire("a", 2, false) }), json!({})).await;
    ours.becomes(&targeting("a"), |there| !is_on(there)).await;
    let view = ours.follows("production").await;
    assert_eq!(view.seen.unwrap().error, None);
    // Other events and signs of life are no reason to stop.
    call.say(
        ":\n\nevent: new-thing\ndata: {}\n\nevent: patch\ndata: {\"path\":\"/others/a\",\"data\":{}}\n\n",
    )
    .await;
    call.patch("/flags/a", wire("a", 3, true)).await;
    ours.becomes(&targeting("a"), is_on).await;
}

/// An upstream that goes so far with each call, and then says nothing.
async fn stops_after(steps: u8) -> String {
    let script = Script::new().await;
    let uri = script.uri();
    tokio::spawn(async move {
        let mut held = vec![];
        loop {
            let mut call = script.call().await;
            if steps > 0 {
                call.open().await;
            }
            if steps > 1 {
                call.put(json!({}), json!({})).await;
            }
            held.push(call);
        }
    });
    uri
}

#[tokio::test]
async fn silence_is_told_and_ended() {
    let waits = Duration::from_millis(50);
    for (steps, part) in [
        (0, "it did not answer in time"),
        (1, "it did not say in time what there is"),
        (2, "silent for too long"),
    ] {
        let silence = if steps == 1 { PACE.silence } else { waits };
        let ours = World::new().await.run(Pace { patience: waits, silence, ..PACE });
        ours.follow("production", &stops_after(steps).await).await;
        why(&ours, part).await;
    }
}

#[tokio::test]
async fn nobody_there_is_told() {
    let script = Script::new().await;
    let uri = script.uri();
    drop(script);
    let ours = World::new().await.run(PACE);
    ours.follow("production", &uri).await;
    let words = why(&ours, "nobody answers there").await;
    assert_eq!(words, "It can't be heard: nobody answers there. It is tried again.");
    assert_eq!(ours.head(), 0);
}
