//! The shop's services: web, catalog, cart, checkout and recommendations.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use bytes::Bytes;
use rand::RngExt;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::Surroundings;
use super::call::{Call, call};

/// One subset of one service: how it behaves.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) subset: &'static str,
    /// How long it thinks, in milliseconds.
    thinks: std::ops::Range<u64>,
    /// Of 1,000 answers so many are failures.
    fails: u32,
    /// What it asks for through the gateway: host and path.
    calls: &'static [(&'static str, &'static str)],
    /// Flags it asks for by OpenFeature's protocol.
    flags: &'static [&'static str],
}

/// All of them.
pub(super) const ALL: &[Service] = &[
    Service {
        name: "web",
        subset: "v1",
        thinks: 2..9,
        fails: 0,
        calls: &[("catalog.internal", "/featured"), ("recommendations.internal", "/for-you")],
        flags: &["promo-banner", "free-shipping"],
    },
    Service { name: "catalog", subset: "v1", thinks: 4..18, fails: 1, calls: &[], flags: &[] },
    Service { name: "catalog", subset: "v2", thinks: 2..10, fails: 1, calls: &[], flags: &[] },
    Service {
        name: "cart",
        subset: "v1",
        thinks: 3..12,
        fails: 1,
        calls: &[("catalog.internal", "/prices")],
        flags: &["free-shipping"],
    },
    Service {
        name: "checkout",
        subset: "v1",
        thinks: 25..70,
        fails: 2,
        calls: &[("cart.internal", "/current")],
        flags: &[],
    },
    Service {
        name: "checkout",
        subset: "v2",
        thinks: 15..45,
        fails: 4,
        calls: &[("cart.internal", "/current")],
        flags: &[],
    },
    Service {
        name: "recommendations",
        subset: "v1",
        thinks: 5..30,
        fails: 1,
        calls: &[],
        flags: &["ranker"],
    },
];

struct Counter {
    service: &'static Service,
    surroundings: watch::Receiver<Option<Surroundings>>,
}

/// The service, ready to be listened for.
pub(super) fn app(service: &'static Service, surroundings: watch::Receiver<Option<Surroundings>>) -> Router {
    Router::new().fallback(serve).with_state(Arc::new(Counter { service, surroundings }))
}

/// Who the customer is goes along with what is asked of others.
const PASSED_ON: [&str; 4] = ["x-customer", "x-plan", "x-country", "x-beta"];

async fn serve(State(counter): State<Arc<Counter>>, method: Method, headers: HeaderMap) -> Response {
    let service = counter.service;
    let (thinks, fails) = {
        let mut dice = rand::rng();
        (dice.random_range(service.thinks.clone()), dice.random_range(0..1_000) < service.fails)
    };
    tokio::time::sleep(Duration::from_millis(thinks)).await;
    let surroundings = counter.surroundings.borrow().clone();
    let mut heard = vec![];
    let mut flags = serde_json::Map::new();
    if let Some(around) = surroundings {
        for (host, path) in service.calls {
            let mut along = HeaderMap::new();
            for name in PASSED_ON {
                if let Some(value) = headers.get(name) {
                    along.insert(name, value.clone());
                }
            }
            let asked = Call {
                to: around.gateway,
                method: Method::GET,
                host,
                path,
                headers: along,
                body: Bytes::new(),
            };
            let status = call(asked).await.map_or(502, |(status, _)| status.as_u16());
            heard.push(json!({ "asked": host, "status": status }));
        }
        for flag in service.flags {
            flags.insert((*flag).to_owned(), evaluate(&around, flag, &headers).await);
        }
    }
    if fails {
        let told = json!({ "service": service.name, "error": "out of teapots" });
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(told)).into_response();
    }
    let decided = headers.get("switchyard-flags").and_then(|v| v.to_str().ok());
    Json(json!({
        "service": service.name,
        "version": service.subset,
        "method": method.as_str(),
        "decided": decided,
        "flags": flags,
        "heard": heard,
    }))
    .into_response()
}

/// Asks for a flag as any OpenFeature client does.
async fn evaluate(around: &Surroundings, flag: &str, headers: &HeaderMap) -> Value {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let context = json!({
        "targetingKey": text("x-customer").unwrap_or("nobody"),
        "plan": text("x-plan"),
        "country": text("x-country"),
        "beta": text("x-beta") == Some("true"),
    });
    let mut along = HeaderMap::new();
    along.insert("content-type", http::HeaderValue::from_static("application/json"));
    if let Ok(key) = format!("Bearer {}", around.sdk_key).parse() {
        along.insert("authorization", key);
    }
    let asked = Call {
        to: around.api,
        method: Method::POST,
        host: "localhost",
        path: &format!("/ofrep/v1/evaluate/flags/{flag}"),
        headers: along,
        body: json!({ "context": context }).to_string().into(),
    };
    match call(asked).await {
        Ok((_, body)) => serde_json::from_slice::<Value>(&body).map_or(Value::Null, |v| v["value"].clone()),
        Err(_) => Value::Null,
    }
}
