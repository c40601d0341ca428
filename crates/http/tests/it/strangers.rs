//! Nobody is let in by default: driven from the document, so that a new endpoint is covered by being there.

use axum::body::Body;
use http::{Request, header};
use serde_json::Value;

use crate::support::*;

/// The operations of the document: method, path as written there, and what it says.
pub(crate) async fn operations(house: &House) -> Vec<(String, String, Value)> {
    let document = house.raw(Request::get("/api/openapi.json").body(Body::empty()).unwrap()).await.json();
    let mut all = vec![];
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    all
}

/// A path of the document with what the shop has in place of its parameters.
pub(crate) fn filled(path: &str) -> String {
    let values = [
        ("{project}", "shop"),
        ("{environment}", "production"),
        ("{key}", "checkout-v2"),
        ("{number}", "1"),
        ("{kind}", "sdk"),
        ("{id}", "some"),
        ("{delivery}", "some"),
        ("{hash}", "nobodys"),
        ("{secret}", "nobodys"),
        ("{link}", "nobodys"),
        ("{repository}", "shop"),
        ("{clientSideId}", "nobodys"),
        ("{context}", "eyJraW5kIjoidXNlciIsImtleSI6ImEifQ"),
    ];
    values.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
}

#[tokio::test]
async fn every_endpoint_refuses_who_it_does_not_know() {
    let house = House::new().await;
    let credentials = [
        None,
        Some((header::AUTHORIZATION, "Bearer api-nobodys")),
        Some((header::AUTHORIZATION, "sdk-nobodys")),
        Some((header::AUTHORIZATION, "Basic YWRhOmFkYQ==")),
        Some((header::COOKIE, "switchyard_session=nobodys")),
    ];
    let all = operations(&house).await;
    assert!(all.len() > 40, "only {}", all.len());
    for (method, path, operation) in all {
        let path = filled(&path);
        assert!(!path.contains('{'), "{path}: a parameter that this test can't fill in");
        let open = operation["security"].as_array().unwrap().is_empty();
        for credential in &credentials {
            let mut request = Request::builder().method(&*method).uri(&path);
            request = request.header(header::CONTENT_TYPE, "application/json");
            if let Some((name, value)) = credential {
                request = request.header(name, *value);
            }
            let answer = house.raw(request.body(Body::from("{}")).unwrap()).await;
            let what = format!("{method} {path} with {credential:?}: {}", answer.text());
            assert_eq!(answer.status == 401, !open, "{what}");
            if !open {
                assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
                assert_eq!(answer.header("www-authenticate"), "Bearer", "{what}");
                assert_eq!(answer.json()["instance"], *path, "{what}");
            }
        }
    }
    assert_eq!(house.head().await, 1);
}

#[tokio::test]
async fn an_sdk_key_opens_no_api_and_a_token_no_sdk() {
    let house = House::new().await;
    for (path, credential) in [
        ("/api/v1/session", format!("Bearer {SDK_KEY}")),
        ("/metrics", format!("Bearer {SDK_KEY}")),
        ("/sdk/latest-all", secret("admin")),
        ("/all", secret("admin")),
    ] {
        let request = Request::get(path).header(header::AUTHORIZATION, credential).body(Body::empty());
        assert_eq!(house.raw(request.unwrap()).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_session_changes_things_only_from_the_page() {
    let house = House::new().await;
    let token = serde_json::json!({"token": secret("admin")});
    let signed_in = house.raw(
        Request::post("/api/v1/session")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(token.to_string()))
            .unwrap(),
    );
    let signed_in = signed_in.await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
    let cookie = signed_in.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    for (site, status) in [(None, 403), (Some("cross-site"), 403), (Some("same-origin"), 200)] {
        let mut request = Request::post(format!("{SHOP}/changes/check"))
            .header(header::COOKIE, &cookie)
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        let answer = house.raw(request.body(Body::from("{\"edits\":[]}")).unwrap()).await;
        assert_eq!(answer.status, status, "{site:?}: {}", answer.text());
    }
    let out = Request::delete("/api/v1/session").header(header::COOKIE, &cookie);
    let out = house.raw(out.header("sec-fetch-site", "same-origin").body(Body::empty()).unwrap()).await;
    assert_eq!(out.status, 204);
    let after = Request::get("/api/v1/session").header(header::COOKIE, &cookie).body(Body::empty());
    assert_eq!(house.raw(after.unwrap()).await.status, 401);
}
