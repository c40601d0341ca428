//! Not following any more.

use serde_json::json;
use switchyard_control::{EnvironmentChange, Error};
use switchyard_model::{Resource, Writer};

use crate::script::{Script, wire};
use crate::world::*;

async fn followed() -> (World, Script, crate::script::Call) {
    let (script, ours) = (Script::new().await, World::new().await.run(PACE));
    ours.follow("production", &script.uri()).await;
    let beta = json!({ "key": "beta", "version": 1, "included": ["them"] });
    let mut a = wire("a", 1, true);
    a["rules"] = json!([{ "id": "r", "variation": 1, "clauses": [
        { "attribute": "", "op": "segmentMatch", "values": ["beta"] } ] }]);
    let call = script.begin(json!({ "a": a, "b": wire("b", 1, true) }), json!({ "beta": beta })).await;
    ours.follows("production").await;
    (ours, script, call)
}

#[tokio::test]
async fn what_came_from_there_stays_and_is_ours() {
    let (ours, _script, mut call) = followed().await;
    let snapshot = ours.control.snapshot(SHOP, "production").unwrap().current();
    let left = ours.control.leave_upstream(&ours.ann, SHOP, "production", false).await.unwrap();
    assert_eq!(left.revision, Some(2));
    let now = ours.control.snapshot(SHOP, "production").unwrap().current();
    assert_eq!(now.etag(), snapshot.etag(), "nobody is served otherwise");
    let Some(Resource::Flag(a)) = ours.resource(&flag("a")) else { panic!() };
    assert_eq!(a.managed_by, Writer::Page);
    ours.apply(switch("production", "a", false)).await.unwrap();
    // It is not listened to any more.
    call.patch("/flags/a", wire("a", 9, true)).await;
    let view = ours.view("production").await;
    assert!(view.settings.is_none() && view.seen.is_none());
    assert_eq!(view.words, "It follows nothing: what is said here is all there is.");
    let again = ours.control.leave_upstream(&ours.ann, SHOP, "production", false).await;
    assert!(matches!(again, Err(Error::NotFound(_))));
    assert!(!is_on(ours.resource(&targeting("a")).as_ref()));
}

#[tokio::test]
async fn what_came_from_there_is_taken_away_where_that_is_wanted() {
    let (ours, _script, _call) = followed().await;
    let left = ours.control.leave_upstream(&ours.ann, SHOP, "production", true).await.unwrap();
    assert_eq!(left.words, "production follows nothing any more; what came from there is gone with r3.");
    for id in [flag("a"), flag("b"), targeting("a"), segment("beta")] {
        assert_eq!(ours.resource(&id), None, "{id}");
    }
}

#[tokio::test]
async fn what_takes_it_away_waits_for_approval_and_what_is_followed_does_not() {
    let (ours, _script, mut call) = followed().await;
    let change = EnvironmentChange { required_approvals: Some(1), ..EnvironmentChange::default() };
    ours.control.change_environment(&ours.ann, SHOP, "production", change).await.unwrap();
    call.patch("/flags/b", wire("b", 2, false)).await;
    ours.becomes(&targeting("b"), |there| !is_on(there)).await;
    let left = ours.control.leave_upstream(&ours.ann, SHOP, "production", true).await.unwrap();
    assert!(left.words.ends_with("C-1, which takes it away, waits for approval."), "{}", left.words);
    assert!(ours.resource(&flag("a")).is_some());
}
