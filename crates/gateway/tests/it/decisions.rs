//! Who gets what, and what everyone is told about it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use switchyard_flags::Context;
use tokio::sync::mpsc;

use crate::support::*;

fn by_weight(weights: [u32; 2]) -> Value {
    json!({"kind": "route", "key": "web", "listener": "web", "match": {}, "split": {"by": "weight", "arms": [
        {"id": "a", "weight": weights[0], "action": fixed("a")},
        {"id": "b", "weight": weights[1], "action": fixed("b")}]}})
}

#[tokio::test]
async fn a_split_by_weight_is_sticky_and_keeps_its_shares() {
    let world = World::start(&[by_weight([75_000, 25_000])]);
    let mut client = world.client().await;
    let mut answers = Vec::new();
    for user in 0..10_000 {
        answers.push(client.get("/", &format!("X-User: user-{user}\r\n")).await.text().to_owned());
    }
    let share = answers.iter().filter(|arm| *arm == "b").count();
    // Four standard deviations.
    assert!((2_327..=2_673).contains(&share), "{share}");
    for (user, arm) in answers.iter().enumerate() {
        assert_eq!(client.get("/", &format!("X-User: user-{user}\r\n")).await.text(), arm, "user {user}");
    }
    assert_eq!(world.requests("web", "b"), 2 * share as u64);
    let mut nameless = BTreeMap::<String, usize>::new();
    for _ in 0..1_000 {
        *nameless.entry(client.get("/", "").await.text().to_owned()).or_default() += 1;
    }
    assert!((170..=330).contains(&nameless["b"]), "who has no key is divided by chance: {nameless:?}");
}

fn flagged(new: Value) -> Vec<Value> {
    vec![
        json!({"kind": "flag", "key": "checkout-v2", "variations": [
            {"id": "old", "value": false}, {"id": "new", "value": true}]}),
        json!({"kind": "targeting", "key": "checkout-v2", "on": true, "salt": "s", "offVariation": 0,
            "rules": [{"id": "beta", "variation": 1, "clauses": [
                {"attribute": "key", "op": "endsWith", "values": ["7"]}]}],
            "fallthrough": {"rollout": {"variations": [
                {"variation": 0, "weight": 62_500}, {"variation": 1, "weight": 37_500}]}}}),
        json!({"kind": "route", "key": "web", "listener": "web", "match": {}, "split": {
            "by": "flag", "flag": "checkout-v2", "arms": [
                {"variation": "new", "action": new, "fallback": "old"},
                {"variation": "old", "action": fixed("old")}]}}),
    ]
}

#[tokio::test]
async fn a_split_by_flag_is_the_flags_own_answer() {
    let resources = flagged(fixed("new"));
    let world = World::start(&resources);
    let same = snapshot(412, &resources);
    let mut client = world.client().await;
    let mut counts = [0, 0];
    for user in 0..1_000 {
        let key = format!("user-{user}");
        let context = Context::builder("user", &*key).build().unwrap();
        let index = same.flags().evaluate("checkout-v2", &context).variation_index.unwrap();
        let reply = client.get("/", &format!("X-User: {key}\r\n")).await;
        assert_eq!(reply.text(), ["old", "new"][index], "{key}");
        counts[index] += 1;
    }
    let served = world.telemetry.served(SHOP, "checkout-v2", 60, jiff::Timestamp::now());
    let found: Vec<_> = served.variations.iter().map(|v| v.evaluations).collect();
    assert_eq!(found, counts);
    for variation in &served.variations {
        // Everybody asked once; of so many the number of people is an estimate.
        let (people, asked) = (variation.contexts, variation.evaluations);
        assert!(people <= asked && people * 10 >= asked * 9, "{people} people asked {asked} times");
    }
    let beta = served.rules.iter().find(|rule| rule.rule.as_deref() == Some("beta")).unwrap();
    assert_eq!((beta.evaluations, &*beta.reason), (100, "RULE_MATCH"));
    // Nobody to ask about: the off variation serves, and is what is counted.
    assert_eq!(client.get("/", "").await.text(), "old");
    let served = world.telemetry.served(SHOP, "checkout-v2", 60, jiff::Timestamp::now());
    assert_eq!(served.variations[0].evaluations, counts[0] + 1);
}

#[tokio::test]
async fn upstreams_are_told_the_variation_and_a_fallback_is_counted_as_what_it_is() {
    let (mirror, _) = mirror().await;
    let mut resources = flagged(to("web"));
    resources.push(service("web", &[mirror]));
    let world = World::start(&resources);
    let reply = world.get("/", "X-User: user-7\r\nswitchyard-flags: checkout-v2=old\r\n").await;
    let told: Vec<_> = reply.text().lines().filter(|line| line.starts_with("switchyard-")).collect();
    assert_eq!(told, ["switchyard-revision: 412", "switchyard-flags: checkout-v2=new"]);

    *resources.last_mut().unwrap() = service("web", &[nobody().await]);
    world.publish(413, &resources);
    assert_eq!(world.get("/", "X-User: user-17\r\n").await.text(), "old");
    let served = world.telemetry.served(SHOP, "checkout-v2", 60, jiff::Timestamp::now());
    let found: Vec<_> = served.variations.iter().map(|v| (v.variation, v.evaluations)).collect();
    assert_eq!(found, [(Some(0), 1), (Some(1), 1)]);
}

#[tokio::test]
async fn a_request_keeps_the_snapshot_it_began_with() {
    let (asked, mut asking) = mpsc::unbounded_channel();
    let (upstream, _) = upstream(move |request| {
        let (tell, told) = tokio::sync::oneshot::channel::<()>();
        let revision = request.headers()["switchyard-revision"].to_str().unwrap().to_owned();
        asked.send((revision, tell)).unwrap();
        async move {
            told.await.unwrap();
            text("from before")
        }
    })
    .await;
    let world = World::start(&[service("web", &[upstream]), route("web", "/", to("web"))]);
    let mut early = world.client().await;
    early.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n").await;
    let (revision, tell) = asking.recv().await.unwrap();
    assert_eq!(revision, "412");
    world.publish(413, &[route("other", "/", fixed("from now"))]);
    assert_eq!(world.get("/", "").await.text(), "from now");
    tell.send(()).unwrap();
    assert_eq!(early.reply().await.unwrap().text(), "from before");
    assert_eq!(early.get("/", "").await.text(), "from now", "the connection stays, the decision is new");
    assert_eq!((world.requests("web", "all"), world.requests("other", "all")), (1, 2));
}

#[tokio::test]
async fn who_asks_and_for_what_is_sampled() {
    let world = World::start(&[route("all", "/", fixed("hello"))]);
    for n in 0..20 {
        world.get(&format!("/p{}", n % 5), &format!("x-user: u-{}\r\nx-plan: forged\r\n", n % 4)).await;
    }
    let sampled = world.samples.of(SHOP).unwrap();
    let now = jiff::Timestamp::now().as_second() + 1;
    let contexts = sampled.contexts.collect(now).items;
    let mut keys: Vec<_> = contexts.iter().map(|c| c.context.key("user").unwrap().to_owned()).collect();
    keys.sort();
    assert_eq!(keys, ["u-0", "u-1", "u-2", "u-3"]);
    let requests = sampled.requests.collect(now).items;
    assert_eq!(requests.len(), 20);
    assert!(requests.iter().all(|r| r.view().headers.len() == 1 && r.context.is_some()));
}
