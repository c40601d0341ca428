//! What the upstream says is so here.

use serde_json::{Value, json};
use switchyard_control::{Error, Mode, UpstreamDraft};
use switchyard_model::{Origin, Resource, Writer};

use crate::script::{Script, wire};
use crate::world::*;

#[tokio::test]
async fn another_switchyard_is_followed_through_its_end_and_ours() {
    let mut theirs = World::new().await;
    let segment_of = json!({ "kind": "segment", "key": "beta", "included": ["u-1"],
        "rules": [{ "id": "r", "clauses": [{ "attribute": "plan", "op": "in", "values": ["pro"] }] }] });
    let mut rules = aimed("banner", true);
    rules["rules"] = json!([{ "id": "r1", "variation": 1, "clauses": [
        { "attribute": "", "op": "segmentMatch", "values": ["beta"] } ] }]);
    theirs.put(json!([plain("banner"), segment_of, rules])).await;
    let at = theirs.serve(None).await;

    let ours = World::new().await.run(PACE);
    ours.follow("production", &format!("http://{at}")).await;
    let view = ours.follows("production").await;
    assert_eq!((view.flags, view.segments, left_out(&view)), (1, 1, vec![]));
    assert_eq!(view.words, "It follows 1 flag and 1 segment.");
    assert_eq!(ours.head(), 1, "all of it is one revision");
    let first = ours.revision(1).await;
    assert_eq!(first.author_name, "LaunchDarkly");
    assert_eq!(first.title, "1 flag and 1 segment, as LaunchDarkly has them");
    let origin = Origin::LaunchDarkly { environment: "production".into(), uri: format!("http://{at}") };
    assert_eq!(first.origin, origin);
    // Evaluated here as there, salts and ids included.
    let spec = |world: &World| {
        let snapshot = world.control.snapshot(SHOP, "production").unwrap().current();
        let mut spec: Value = serde_json::from_slice(&snapshot.wire_flag("banner").unwrap().json).unwrap();
        spec["version"] = json!(0);
        spec
    };
    assert_eq!(spec(&ours), spec(&theirs));

    theirs.apply(switch("production", "banner", false)).await.unwrap();
    ours.becomes(&targeting("banner"), |resource| !is_on(resource)).await;
    assert_eq!(ours.revision(2).await.title, "banner: turned off");

    // It dies, and something happens meanwhile.
    theirs.die();
    let lost = ours.lost("production").await;
    assert!(lost.words.contains("1 flag and 1 segment stay as it last said"), "{}", lost.words);
    theirs.apply(switch("production", "banner", true)).await.unwrap();
    assert!(!is_on(ours.resource(&targeting("banner")).as_ref()));
    // We die too, and are back before it is.
    let since = lost.seen.unwrap().since;
    let ours = ours.cut().await.run(PACE);
    let lost = ours.lost("production").await.seen.unwrap();
    assert_eq!(lost.since, since, "it is lost since it was lost");
    assert!(!is_on(ours.resource(&targeting("banner")).as_ref()), "the last state is still there");
    theirs.serve(Some(at)).await;
    ours.becomes(&targeting("banner"), is_on).await;
    assert_eq!(ours.head(), 3);
    ours.follows("production").await;
}

#[tokio::test]
async fn what_is_older_or_the_same_makes_no_revision() {
    let (script, ours) = (Script::new().await, World::new().await.run(PACE));
    ours.follow("production", &script.uri()).await;
    let mut call = script.begin(json!({ "a": wire("a", 5, true) }), json!({})).await;
    assert_eq!(call.line.trim(), "GET /all HTTP/1.1");
    assert!(call.headers.contains(&("authorization".into(), SDK_KEY.into())));
    ours.follows("production").await;
    // Older, the same, a newer one that says the same; a delete that came late; then one that counts.
    call.patch("/flags/a", wire("a", 4, false)).await;
    call.patch("/flags/a", wire("a", 5, false)).await;
    call.patch("/flags/a", wire("a", 6, true)).await;
    call.delete("/flags/a", 6).await;
    call.patch("/flags/b", wire("b", 1, true)).await;
    ours.becomes(&flag("b"), |there| there.is_some()).await;
    assert!(is_on(ours.resource(&targeting("a")).as_ref()));
    assert_eq!(ours.head(), 2);
    // What is gone stays gone for what is older.
    call.delete("/flags/b", 3).await;
    ours.becomes(&flag("b"), |there| there.is_none()).await;
    call.patch("/flags/b", wire("b", 2, true)).await;
    // Everything again, as a new stream begins: nothing differs.
    drop(call);
    let mut call = script.begin(json!({ "a": wire("a", 6, true) }), json!({})).await;
    call.patch("/flags/c", wire("c", 1, true)).await;
    ours.becomes(&flag("c"), |there| there.is_some()).await;
    assert_eq!(ours.head(), 4);
    // A beginning that does not name it takes it away.
    drop(call);
    let _call = script.begin(json!({ "c": wire("c", 1, true) }), json!({})).await;
    ours.becomes(&flag("a"), |there| there.is_none()).await;
    assert_eq!(ours.head(), 5);
}

#[tokio::test]
async fn what_comes_together_is_one_revision() {
    let (script, ours) = (Script::new().await, World::new().await.run(PACE));
    ours.follow("production", &script.uri()).await;
    let flags: serde_json::Map<_, _> =
        (0..200).map(|n| (format!("f-{n}"), wire(&format!("f-{n}"), 1, false))).collect();
    let mut call = script.begin(flags.into(), json!({})).await;
    ours.stands("production", |view| view.flags == 200).await;
    assert_eq!(ours.head(), 1);
    let burst: String = (0..50)
        .map(|n| json!({ "path": format!("/flags/f-{n}"), "data": wire(&format!("f-{n}"), 2, true) }))
        .map(|patch| format!("event: patch\ndata: {patch}\n\n"))
        .collect();
    call.say(&burst).await;
    ours.becomes(&targeting("f-49"), is_on).await;
    assert_eq!(ours.head(), 2);
    assert_eq!(ours.revision(2).await.title, "50 flags, as LaunchDarkly has them");
}

#[tokio::test]
async fn what_is_followed_is_edited_there_alone() {
    let (script, ours) = (Script::new().await, World::new().await.run(PACE));
    ours.follow("production", &script.uri()).await;
    let mut call = script.begin(json!({ "a": wire("a", 1, false) }), json!({})).await;
    ours.follows("production").await;
    let refused = |result: Result<_, Error>| match result {
        Err(error @ Error::Guardrails(_)) => error.to_string(),
        other => panic!("was not refused: {:?}", other.map(|_: switchyard_control::RevisionView| ())),
    };
    let why = refused(ours.apply(switch("production", "a", true)).await);
    assert!(why.contains("production/targeting/a is managed by LaunchDarkly: change it there"), "{why}");
    // Not even what takes back: it would come again with the next word.
    call.patch("/flags/a", wire("a", 2, true)).await;
    ours.becomes(&targeting("a"), is_on).await;
    refused(ours.apply(switch("production", "a", false)).await);
    let reverted = ours.control.revert(&ours.ann, SHOP, 2, "", Mode::Write).await;
    let why = reverted.map(|_| ()).unwrap_err().to_string();
    assert!(why.contains("managed by LaunchDarkly"), "{why}");
    // What it says nothing of is ours to say, and stays.
    let owned = json!([{ "target": { "kind": "flag", "key": "a" },
        "op": { "type": "setDetails", "name": "The banner", "owner": "ann", "tags": ["shop"] } }]);
    ours.apply(owned).await.unwrap();
    // It is not aimed from there elsewhere.
    ours.apply(switch("staging", "a", true)).await.unwrap();
    let mut other = wire("a", 3, true);
    other["clientSideAvailability"] = json!({ "usingMobileKey": true, "usingEnvironmentId": true });
    call.patch("/flags/a", other).await;
    ours.becomes(&flag("a"), |there| {
        matches!(there, Some(Resource::Flag(flag)) if flag.client_side_availability.using_environment_id
            && flag.name == "The banner" && flag.owner.as_deref() == Some("ann"))
    })
    .await;
    // When it is gone there it stays for those who aim it here.
    call.delete("/flags/a", 9).await;
    ours.becomes(&targeting("a"), |there| there.is_none()).await;
    let Some(Resource::Flag(kept)) = ours.resource(&flag("a")) else { panic!("it is gone") };
    assert_eq!(kept.managed_by, Writer::Page);
}

#[tokio::test]
async fn the_key_is_in_nothing_that_is_shown_or_kept_in_the_open() {
    let (script, ours) = (Script::new().await, World::new().await.run(PACE));
    let view = ours.follow("production", &script.uri()).await;
    let shown = serde_json::to_string(&view).unwrap();
    assert!(!shown.contains(SDK_KEY) && shown.contains("\"keyEnds\":\"0001\""), "{shown}");
    let _call = script.begin(json!({}), json!({})).await;
    ours.follows("production").await;
    let audit = ours.control.audit(&ours.ann, &Default::default()).await.unwrap();
    let line = audit.items.iter().find(|line| line.what == "upstream.set").unwrap();
    assert_eq!(line.sentence, format!("made production follow {}", script.uri()));
    for line in &audit.items {
        assert!(!serde_json::to_string(line).unwrap().contains(SDK_KEY));
    }
    let exported = ours.control.export(&ours.ann, SHOP, None).unwrap();
    assert!(exported.iter().all(|manifest| !manifest.to_json().to_string().contains(SDK_KEY)));
    for file in std::fs::read_dir(ours.folder()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(SDK_KEY.len()).any(|part| part == SDK_KEY.as_bytes()));
    }
    // It is kept where the address stays, and not taken along to another.
    let draft = |uri: String| UpstreamDraft { uri, sdk_key: None };
    let again =
        ours.control.follow_upstream(&ours.ann, SHOP, "production", draft(format!("{}/", script.uri())));
    assert_eq!(again.await.unwrap().settings.unwrap().key_ends, "0001");
    let elsewhere =
        ours.control.follow_upstream(&ours.ann, SHOP, "production", draft("http://127.0.0.1:9".into()));
    let Err(Error::Invalid(problems)) = elsewhere.await else { panic!("the key went elsewhere") };
    assert_eq!(problems[0].path, "sdkKey");
}

#[tokio::test]
async fn settings_are_refused_with_all_that_is_wrong() {
    let ours = World::new().await;
    let set = async |uri: &str, key: Option<&str>| {
        let draft = UpstreamDraft { uri: uri.into(), sdk_key: key.map(Into::into) };
        match ours.control.follow_upstream(&ours.ann, SHOP, "production", draft).await {
            Err(Error::Invalid(problems)) => {
                problems.into_iter().map(|problem| problem.path).collect::<Vec<_>>()
            }
            other => panic!("{:?}", other.map(|view| view.words)),
        }
    };
    assert_eq!(set("nothing", Some("sdk key")).await, ["uri", "sdkKey"]);
    assert_eq!(set("ftp://a.example", Some("mob-12")).await, ["uri", "sdkKey"]);
    assert_eq!(set("https://a:b@c.example", Some(&"k".repeat(300))).await, ["uri", "sdkKey"]);
    for uri in ["https://a.example/all", "https://a.example/?x=1", "https://169.254.169.254", ""] {
        assert_eq!(set(uri, Some("sdk-1")).await, ["uri"], "{uri}");
    }
    assert_eq!(set("https://a.example", None).await, ["sdkKey"]);
    assert_eq!(set("https://a.example", Some("  ")).await, ["sdkKey"]);
    let nowhere = ours.control.upstream(&ours.ann, SHOP, "nowhere").await;
    assert!(matches!(nowhere, Err(Error::NotFound(_))));
    assert!(ours.view("production").await.settings.is_none());
}
