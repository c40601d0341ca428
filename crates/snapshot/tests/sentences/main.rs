//! Edits in words: the words themselves, since people read them.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod complete;

use std::sync::Arc;

use serde_json::{Value, json};
use switchyard_model::ids::Key;
use switchyard_model::{AppliedEdit, Manifest, Op, Resource, State};
use switchyard_snapshot::sentences::{edit_sentence, percent, thousands};

/// A resource of production, before and after.
fn said(before: Value, after: Value) -> String {
    let read =
        |json: Value| (!json.is_null()).then(|| Manifest::from_json(json, Some("production")).unwrap());
    let (before, after) = (read(before), read(after));
    let target = after.as_ref().or(before.as_ref()).unwrap().id();
    let mut names = names();
    let resource = |m: &Option<Manifest>| m.as_ref().map(|m| Arc::new(m.resource.clone()));
    names.set(target.clone(), resource(&after), 2);
    let op = match &after {
        Some(after) => Op::Put { resource: Resource::clone(&after.resource) },
        None => Op::Delete,
    };
    edit_sentence(&AppliedEdit { target, op, before: resource(&before), after: resource(&after) }, &names)
        .to_string()
}

fn names() -> State {
    let mut state = State::empty([Key::from("production")]);
    for json in [
        json!({ "kind": "flag", "key": "f", "variations": [
            { "id": "new", "value": true }, { "id": "old", "value": false }, { "id": "odd", "value": true } ] }),
        json!({ "kind": "segment", "key": "beta", "name": "Beta testers" }),
    ] {
        let manifest = Manifest::from_json(json, Some("production")).unwrap();
        state.set(manifest.id(), Some(manifest.resource.into()), 1);
    }
    state
}

/// The flag's targeting with these fields.
fn targeting(fields: Value) -> Value {
    let mut json = json!({ "kind": "targeting", "key": "f", "on": true, "offVariation": 1, "fallthrough": { "variation": 1 } });
    json.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json
}

fn rollout(weights: &[(i64, i64)]) -> Value {
    let parts: Vec<_> = weights.iter().map(|(v, w)| json!({ "variation": v, "weight": w })).collect();
    json!({ "rollout": { "variations": parts } })
}

fn rule(id: &str, clauses: Value, variation: i64) -> Value {
    json!({ "id": id, "clauses": clauses, "variation": variation })
}

#[test]
fn a_flag_is_switched_and_its_percentages_move() {
    let at = |fields| targeting(fields);
    for (before, after, words) in [
        (at(json!({})), at(json!({ "on": false })), "f: turned off"),
        (
            at(json!({ "fallthrough": rollout(&[(0, 10_000), (1, 90_000)]) })),
            at(json!({ "fallthrough": rollout(&[(0, 25_000), (1, 75_000)]) })),
            "f: everyone else: new goes from 10 % to 25 %",
        ),
        (
            at(json!({ "fallthrough": rollout(&[(0, 10_000), (1, 80_000), (2, 10_000)]) })),
            at(json!({ "fallthrough": rollout(&[(0, 37_500), (1, 50_000), (2, 12_500)]) })),
            "f: everyone else: new goes from 10 % to 37.5 %, old goes from 80 % to 50 % and odd goes from 10 % to 12.5 %",
        ),
        (
            at(json!({})),
            at(json!({ "fallthrough": { "variation": 0 } })),
            "f: everyone else: gets new; it was old",
        ),
        (Value::Null, at(json!({})), "f: is aimed for the first time: everyone gets old"),
        (
            at(json!({})),
            at(json!({ "targets": [ { "variation": 0, "values": ["ann"] } ] })),
            "f: user ann now always gets new",
        ),
        (
            at(json!({})),
            at(json!({ "prerequisites": [ { "key": "f", "variation": 0 } ] })),
            "f: now needs f to be new",
        ),
    ] {
        assert_eq!(said(before, after), words);
    }
}

#[test]
fn a_flag_lives_and_goes() {
    let flag = |fields: Value| {
        let mut json = json!({ "kind": "flag", "key": "g", "variations": [{ "id": "on", "value": true }] });
        json.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json
    };
    let day = |day: &str| flag(json!({ "expires": day }));
    for (before, after, words) in [
        (flag(json!({})), flag(json!({ "type": "operational" })), "g: is now of type operational"),
        (flag(json!({})), day("2026-12-01"), "g: is meant to be gone after 2026-12-01"),
        (day("2026-12-01"), day("2027-01-01"), "g: is meant to be gone after 2027-01-01; it was 2026-12-01"),
        (day("2026-12-01"), flag(json!({})), "g: is meant to stay; it was to be gone after 2026-12-01"),
        (
            flag(json!({})),
            flag(json!({ "archived": true })),
            "g: is archived: applications get their own defaults",
        ),
        (flag(json!({ "archived": true })), flag(json!({})), "g: comes back from the archive"),
    ] {
        assert_eq!(said(before, after), words);
    }
}

#[test]
fn rules_come_change_and_go() {
    let beta = json!({ "attribute": "", "op": "segmentMatch", "values": ["beta"] });
    let germany = json!({ "attribute": "country", "op": "in", "values": ["DE", "AT"] });
    let with = |rules: Value| targeting(json!({ "rules": rules }));
    let one = with(json!([rule("r", json!([beta]), 0)]));
    let both = with(json!([rule("r", json!([beta, germany]), 0)]));
    for (before, after, words) in [
        (
            targeting(json!({})),
            both.clone(),
            "f: new rule 1: those in Beta testers whose country is DE or AT get new",
        ),
        (one.clone(), both.clone(), "f: rule 1 (is in Beta testers) now also needs: country is DE or AT"),
        (
            both,
            one.clone(),
            "f: rule 1 (is in Beta testers and country is DE or AT) no longer needs: country is DE or AT",
        ),
        (
            one.clone(),
            with(json!([rule("r", json!([beta]), 1)])),
            "f: rule 1 (is in Beta testers): gets old; it was new",
        ),
        (one, with(json!([])), "f: rule 1 is gone: those in Beta testers got new"),
    ] {
        assert_eq!(said(before, after), words);
    }
}

fn route(fields: Value) -> Value {
    let arm = |id: &str, weight: u32| json!({ "id": id, "weight": weight, "action": { "type": "service", "service": "shop", "subset": id } });
    let mut json = json!({ "kind": "route", "key": "r", "listener": "public",
        "match": { "path": { "prefix": "/a" }, "methods": ["GET", "POST"] },
        "split": { "by": "weight", "arms": [arm("v1", 90_000), arm("v2", 10_000)] } });
    json.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json
}

#[test]
fn routes_say_who_goes_where() {
    let mut moved = route(json!({}));
    moved["split"]["arms"][0]["weight"] = json!(62_500);
    moved["split"]["arms"][1]["weight"] = json!(37_500);
    let mut falls = route(json!({}));
    falls["split"]["arms"][1]["fallback"] = json!("v1");
    for (before, after, words) in [
        (
            Value::Null,
            route(json!({})),
            "route r: is new: GET and POST on /a/… are divided: 90 % to shop v1, 10 % to shop v2",
        ),
        (route(json!({})), moved, "route r: v2 goes from 10 % to 37.5 %"),
        (route(json!({})), falls, "route r: when v2 is down it falls back to v1; it was: fails"),
        (route(json!({})), route(json!({ "timeoutMs": 800 })), "route r: timeout from 15 s to 800 ms"),
        (route(json!({})), route(json!({ "owner": "Payments" })), "route r: is now owned by Payments"),
        (route(json!({})), Value::Null, "route r: is deleted"),
    ] {
        assert_eq!(said(before, after), words);
    }
}

#[test]
fn guardrails_warn_and_block() {
    let steps = |fields: Value| {
        let mut json = json!({ "kind": "guardrail", "key": "steps", "rule": "true", "message": "No." });
        json.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json
    };
    let plain = || steps(json!({}));
    for (before, after, words) in [
        (Value::Null, plain(), "guardrail steps: is new; it warns unless true"),
        (
            Value::Null,
            steps(json!({ "effect": "block", "environments": ["production"] })),
            "guardrail steps: is new; it blocks unless true, in environment production",
        ),
        (plain(), steps(json!({ "effect": "block" })), "guardrail steps: now blocks; it warned"),
        (plain(), steps(json!({ "enabled": false })), "guardrail steps: is switched off"),
        (
            plain(),
            steps(json!({ "rule": "change.reason\n  != ''" })),
            "guardrail steps: now asks for change.reason != '' instead of true",
        ),
        (plain(), steps(json!({ "reverts": true })), "guardrail steps: now holds reverts too"),
        (
            steps(json!({ "environments": ["production"] })),
            plain(),
            "guardrail steps: now looks at every environment",
        ),
        (plain(), steps(json!({ "owner": "Platform" })), "guardrail steps: is now owned by Platform"),
        (plain(), Value::Null, "guardrail steps: is deleted"),
    ] {
        assert_eq!(said(before, after), words);
    }
}

#[test]
fn numbers_are_read_easily() {
    assert_eq!(
        [percent(0), percent(125), percent(37_500), percent(100_000)],
        ["0 %", "0.125 %", "37.5 %", "100 %"]
    );
    assert_eq!([thousands(7), thousands(17_204), thousands(1_000_000)], ["7", "17,204", "1,000,000"]);
}
