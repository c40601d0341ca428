//! Signing in with a browser: what it is told, and what it keeps.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, header};
use serde_json::{Value, json};
use switchyard_control::Principal;

use crate::support::*;

const PASSWORD: &str = "correct horse battery";
const PAGE: (&str, &str) = ("sec-fetch-site", "same-origin");

/// A member with a password, and the cookie of the browser that set it.
async fn tom(house: &House) -> (String, String) {
    let new = json!({"name": "Tom", "email": "tom@shop.example", "role": "product"});
    let id =
        house.send("admin", "POST", "/api/v1/members", new).await.json()["id"].as_str().unwrap().to_owned();
    let link = house.control.sign_in_link(&Principal::switchyard(), &id).await.unwrap();
    let signed_in = house.anybody("POST", "/api/v1/session", &[PAGE], &json!({"token": link})).await;
    let cookie = cookie(&signed_in);
    let headers = [PAGE, ("cookie", &*cookie)];
    let set = house.anybody("PUT", "/api/v1/account/password", &headers, &json!({"new": PASSWORD})).await;
    assert_eq!(set.status, 204, "{}", set.text());
    (id, cookie)
}

fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn enter(house: &House, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    house.anybody("POST", "/api/v1/session", &[PAGE, ("user-agent", "curl/8.5.0")], &body).await
}

#[tokio::test]
async fn unknown_and_wrong_are_one_answer() {
    let house = House::new().await;
    tom(&house).await;
    let wrong = enter(&house, "tom@shop.example", "wrong horse battery").await;
    let unknown = enter(&house, "nobody@shop.example", PASSWORD).await;
    assert_eq!((wrong.status, wrong.json()), (unknown.status, unknown.json()));
    assert_eq!(wrong.status, 401);
    let right = enter(&house, "tom@shop.example", PASSWORD).await;
    assert_eq!(
        (right.status, &right.json()["member"]["ways"]),
        (200, &json!(["password"])),
        "{}",
        right.text()
    );

    // The log has it once, as a sign-in and not as something refused.
    house.control.note_counts(false).await;
    let what = async |what: &str| {
        let path = format!("/api/v1/audit?what={what}");
        house.send("admin", "GET", &path, Value::Null).await.json()["total"].clone()
    };
    assert_eq!((what("session.refuse").await, what("refused").await), (json!(2), json!(0)));
    assert_eq!(
        house.anybody("GET", "/api/v1/session/ways", &[], &Value::Null).await.json(),
        json!({"password": true})
    );
}

#[tokio::test]
async fn an_address_that_guesses_waits() {
    let house = House::new().await;
    for n in 0..10 {
        assert_eq!(enter(&house, &format!("u{n}@shop.example"), "x").await.status, 401);
    }
    let waits = enter(&house, "other@shop.example", "x").await;
    assert_eq!(waits.status, 429);
    assert!(waits.header("retry-after").parse::<u64>().unwrap() > 0);
}

#[tokio::test]
async fn behind_a_proxy_each_client_waits_for_itself() {
    let house = House::new().await;
    let tries = async |peer: [u8; 4], forwarded: &str| {
        let body = json!({"token": "nobodys"}).to_string();
        let mut request = Request::post("/api/v1/session")
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-forwarded-for", forwarded)
            .body(Body::from(body))
            .unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((peer, 4711))));
        house.raw(request).await.status
    };
    for n in 0..10 {
        // What a client says itself makes it nobody else.
        assert_eq!(tries([10, 0, 0, 1], &format!("198.51.100.{n}, 203.0.113.1")).await, 401);
    }
    assert_eq!(tries([10, 0, 0, 1], "198.51.100.77, 203.0.113.1").await, 429);
    assert_eq!(tries([10, 0, 0, 2], "203.0.113.1").await, 429);
    assert_eq!(tries([203, 0, 113, 1], "").await, 429);
    assert_eq!(tries([10, 0, 0, 1], "203.0.113.2").await, 401);
    // Who is no proxy is believed nothing.
    for n in 0..10 {
        assert_eq!(tries([203, 0, 113, 9], &format!("198.51.100.{n}")).await, 401);
    }
    assert_eq!(tries([203, 0, 113, 9], "198.51.100.99").await, 429);
}

#[tokio::test]
async fn a_new_session_ends_the_browsers_old_one_and_other_sites_begin_none() {
    let house = House::new().await;
    let (_, first) = tom(&house).await;
    let body = json!({"email": "tom@shop.example", "password": PASSWORD});
    for header in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "http://evil.example")]
    {
        let refused = house.anybody("POST", "/api/v1/session", &[header, ("host", "a.example")], &body).await;
        assert_eq!(refused.status, 403, "{header:?}");
        assert!(refused.headers.get("set-cookie").is_none());
    }
    let again = house.anybody("POST", "/api/v1/session", &[PAGE, ("cookie", &*first)], &body).await;
    let second = cookie(&again);
    assert_ne!(first, second, "nobody chooses a session's secret beforehand");
    let who = async |cookie: &str| {
        house.anybody("GET", "/api/v1/session", &[("cookie", cookie)], &Value::Null).await.status
    };
    assert_eq!((who(&first).await, who(&second).await), (401, 200));
    for bad in [json!({}), json!({"email": "tom@shop.example"}), json!({"token": "t", "password": "p"})] {
        assert_eq!(house.anybody("POST", "/api/v1/session", &[PAGE], &bad).await.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let house = House::new().await;
    let (id, first) = tom(&house).await;
    let second = cookie(&enter(&house, "tom@shop.example", PASSWORD).await);
    let as_tom = [PAGE, ("cookie", &*first)];
    let account = house.anybody("GET", "/api/v1/account", &as_tom, &Value::Null).await.json();
    assert_eq!((&account["hasPassword"], &account["mayHavePassword"]), (&json!(true), &json!(true)));
    let sessions = account["sessions"].as_array().unwrap();
    let current: Vec<_> = sessions.iter().map(|one| one["current"].as_bool().unwrap()).collect();
    assert_eq!(current.iter().filter(|current| **current).count(), 1, "{account}");
    let other = sessions.iter().find(|one| one["current"] == false).unwrap();
    assert_eq!((&other["browser"], &other["way"]), (&json!("curl"), &json!("password")));
    assert!(!account.to_string().contains(second.split('=').nth(1).unwrap()), "no secret is shown");

    let path = format!("/api/v1/sessions/{}", other["id"].as_str().unwrap());
    assert_eq!(house.send("operator", "DELETE", &path, Value::Null).await.status, 404, "another's");
    assert_eq!(
        house.anybody("DELETE", &path, &[("cookie", &*first)], &Value::Null).await.status,
        403,
        "CSRF"
    );
    assert_eq!(house.anybody("DELETE", &path, &as_tom, &Value::Null).await.status, 204);
    let gone = house.anybody("GET", "/api/v1/session", &[("cookie", &*second)], &Value::Null).await;
    assert_eq!(gone.status, 401);
    let all = house.send("admin", "GET", "/api/v1/sessions", Value::Null).await.json();
    assert_eq!(all.as_array().unwrap().len(), 1);
    assert_eq!(house.send("operator", "GET", "/api/v1/sessions", Value::Null).await.status, 403);
    let ended = house.send("admin", "DELETE", &format!("/api/v1/members/{id}/sessions"), Value::Null).await;
    assert_eq!(ended.json(), json!({"ended": 1}));
    let gone = house.anybody("GET", "/api/v1/session", &[("cookie", &*first)], &Value::Null).await;
    assert_eq!(gone.status, 401);
}

#[tokio::test]
async fn where_the_page_is_encrypted_the_cookie_is_this_hosts_alone() {
    let house = House::at("https://switchyard.example").await;
    let ada = house.control.ensure_admin("Ada").await.unwrap();
    let link = house.control.sign_in_link(&Principal::switchyard(), &ada.id).await.unwrap();
    let signed_in = house.anybody("POST", "/api/v1/session", &[PAGE], &json!({"token": link})).await;
    let set = signed_in.header("set-cookie").to_owned();
    assert!(set.starts_with("__Host-switchyard_session="), "{set}");
    for part in ["; Path=/;", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
        assert!(set.contains(part), "{set}");
    }
    let who = async |cookie: &str| {
        house.anybody("GET", "/api/v1/session", &[("cookie", cookie)], &Value::Null).await.status
    };
    let own = cookie(&signed_in);
    assert_eq!(who(&own).await, 200);
    assert_eq!(who(own.trim_start_matches("__Host-")).await, 401, "a neighbour could have set that one");
}
