//! flagd's gRPC over a real socket, frame by frame, by a client that shares nothing with the server but the
//! numbers of the fields.

use std::collections::HashMap;
use std::net::SocketAddr;

use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value};
use serde_json::json;
use switchyard_control::KeyKind;
use switchyard_http::Flagd;
use tokio::net::{TcpListener, TcpStream};

use crate::support::*;

const OK: &str = "0";
const INVALID_ARGUMENT: &str = "3";
const DEADLINE_EXCEEDED: &str = "4";
const NOT_FOUND: &str = "5";
const UNIMPLEMENTED: &str = "12";
const UNAVAILABLE: &str = "14";
const UNAUTHENTICATED: &str = "16";

#[derive(Clone, PartialEq, Message)]
struct Ask {
    #[prost(string, tag = "1")]
    flag_key: String,
    #[prost(message, optional, tag = "2")]
    context: Option<Struct>,
}

#[derive(Clone, PartialEq, Message)]
struct AskAll {
    #[prost(message, optional, tag = "1")]
    context: Option<Struct>,
}

macro_rules! answer {
    ($name:ident, $prost:ident, $type:ty) => {
        #[derive(Clone, PartialEq, Message)]
        struct $name {
            #[prost($prost, optional, tag = "1")]
            value: Option<$type>,
            #[prost(string, tag = "2")]
            reason: String,
            #[prost(string, optional, tag = "3")]
            variant: Option<String>,
            #[prost(message, optional, tag = "4")]
            metadata: Option<Struct>,
        }
    };
}
answer!(OfBool, bool, bool);
answer!(OfText, string, String);
answer!(OfFloat, double, f64);
answer!(OfInt, int64, i64);
answer!(OfObject, message, Struct);

/// What an answer of any type has.
#[derive(Clone, PartialEq, Message)]
struct Why {
    #[prost(string, tag = "2")]
    reason: String,
}

#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(string, optional, tag = "2")]
    variant: Option<String>,
    #[prost(bool, optional, tag = "3")]
    bool_value: Option<bool>,
    #[prost(string, optional, tag = "4")]
    string_value: Option<String>,
    #[prost(double, optional, tag = "5")]
    double_value: Option<f64>,
    #[prost(message, optional, tag = "6")]
    object_value: Option<Struct>,
}

#[derive(Clone, PartialEq, Message)]
struct All {
    #[prost(map = "string, message", tag = "1")]
    flags: HashMap<String, Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(string, tag = "1")]
    r#type: String,
    #[prost(message, optional, tag = "2")]
    data: Option<Struct>,
}

impl Event {
    /// The flags it names, with what it says of each.
    fn flags(&self) -> Vec<(String, String)> {
        let Some(Kind::StructValue(flags)) = &self.data.as_ref().unwrap().fields["flags"].kind else {
            panic!("no flags: {self:?}")
        };
        let said = |value: &Value| match &value.kind {
            Some(Kind::StructValue(said)) => said.fields.get("type").map(|what| text(what).to_owned()),
            _ => None,
        };
        flags.fields.iter().map(|(key, value)| (key.clone(), said(value).unwrap_or_default())).collect()
    }
}

fn text(value: &Value) -> &str {
    match &value.kind {
        Some(Kind::StringValue(text)) => text,
        other => panic!("no text: {other:?}"),
    }
}

fn value(kind: Kind) -> Value {
    Value { kind: Some(kind) }
}

fn context(fields: impl IntoIterator<Item = (&'static str, Kind)>) -> Option<Struct> {
    let fields = fields.into_iter().map(|(name, kind)| (name.to_owned(), value(kind))).collect();
    Some(Struct { fields })
}

fn of(key: &str) -> Option<Struct> {
    context([("targetingKey", Kind::StringValue(key.into()))])
}

fn ask(flag: &str, context: Option<Struct>) -> Vec<u8> {
    Ask { flag_key: flag.into(), context }.encode_to_vec()
}

/// A provider's channel.
struct Channel {
    sender: SendRequest<Full<Bytes>>,
    authority: String,
    metadata: Vec<(&'static str, String)>,
}

impl Channel {
    async fn to(address: SocketAddr) -> Channel {
        let connection = TcpStream::connect(address).await.unwrap();
        let (sender, driver) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(connection))
                .await
                .unwrap();
        tokio::spawn(driver);
        Channel { sender, authority: address.to_string(), metadata: vec![] }
    }

    fn with(mut self, name: &'static str, said: impl Into<String>) -> Channel {
        self.metadata.push((name, said.into()));
        self
    }

    fn at(mut self, authority: &str) -> Channel {
        authority.clone_into(&mut self.authority);
        self
    }

    async fn send(&self, path: &str, message: &[u8]) -> Call {
        let length = u32::try_from(message.len()).unwrap();
        let framed = [&[0][..], &length.to_be_bytes(), message].concat();
        self.raw(path, framed).await
    }

    async fn raw(&self, path: &str, body: Vec<u8>) -> Call {
        let mut request = Request::post(format!("http://{}/flagd.evaluation.{path}", self.authority))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("user-agent", "grpc-test/1");
        for (name, said) in &self.metadata {
            request = request.header(*name, said);
        }
        let request = request.body(Full::from(body)).unwrap();
        let (parts, body) = self.sender.clone().send_request(request).await.unwrap().into_parts();
        assert_eq!(parts.status, 200);
        assert_eq!(parts.headers["content-type"], "application/grpc");
        Call { headers: parts.headers, body, read: vec![], trailers: None }
    }

    /// One call, to its end.
    async fn unary(&self, path: &str, message: &[u8]) -> Answer {
        let mut call = self.send(path, message).await;
        let message = call.next().await;
        call.end(message).await
    }

    async fn get<M: Message + Default>(&self, path: &str, message: &[u8]) -> M {
        let answer = self.unary(path, message).await;
        assert_eq!(answer.status, OK, "{}", answer.said);
        M::decode(answer.message.unwrap()).unwrap()
    }
}

struct Answer {
    message: Option<Bytes>,
    status: String,
    said: String,
}

struct Call {
    headers: HeaderMap,
    body: Incoming,
    read: Vec<u8>,
    trailers: Option<HeaderMap>,
}

impl Call {
    /// The next message.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some((head, rest)) = self.read.split_at_checked(5) {
                let length = u32::from_be_bytes(head[1..].try_into().unwrap()) as usize;
                if rest.len() >= length {
                    let message = rest[..length].to_vec();
                    self.read.drain(..5 + length);
                    return Some(message.into());
                }
            }
            match self.body.frame().await?.unwrap().into_data() {
                Ok(data) => self.read.extend_from_slice(&data),
                Err(frame) => self.trailers = frame.into_trailers().ok(),
            }
        }
    }

    async fn event(&mut self) -> Event {
        Event::decode(self.next().await.expect("the stream goes on")).unwrap()
    }

    async fn end(&mut self, message: Option<Bytes>) -> Answer {
        while self.next().await.is_some() {}
        let said = |name: &str| {
            let trailers = self.trailers.as_ref().unwrap_or(&self.headers);
            trailers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        Answer { message, status: said("grpc-status"), said: said("grpc-message") }
    }
}

/// Listens on a port of its own until the test ends.
async fn listen(house: &House, set: impl FnOnce(Flagd) -> Flagd) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let face = set(house.flagd.clone());
    let stop = house.stopping();
    tokio::spawn(async move { face.serve(listener, stop).await.unwrap() });
    address
}

async fn with_key(house: &House) -> Channel {
    Channel::to(listen(house, |face| face).await).await.with("flagd-selector", SDK_KEY)
}

/// Adds a flag that is served to all in its first variation.
async fn add(house: &House, key: &str, value: serde_json::Value) {
    let flag = json!({
        "kind": "flag", "key": key, "type": "release",
        "variations": [{"id": "one", "value": value}, {"id": "two", "value": value}],
    });
    let targeting = json!({
        "kind": "targeting", "environment": "production", "key": key,
        "on": true, "offVariation": 1, "fallthrough": {"variation": 0},
    });
    let manifests = switchyard_testkit::manifests(&[flag, targeting]);
    house.control.set_up("shop", manifests, "Set up").await.unwrap();
}

#[tokio::test]
async fn each_type_is_answered_with_its_variant_and_why() {
    let house = House::new().await;
    for (key, value) in [
        ("size", json!(3)),
        ("ratio", json!(2.5)),
        ("colours", json!({"bg": "#fff", "n": [1, {"deep": true}]})),
        ("list", json!([1, 2])),
    ] {
        add(&house, key, value).await;
    }
    let channel = with_key(&house).await;
    for version in ["v1", "v2"] {
        let at = |method: &str| format!("{version}.Service/{method}");
        let staff: OfBool = channel.get(&at("ResolveBoolean"), &ask("checkout-v2", of("c-0001"))).await;
        assert_eq!((staff.value, staff.variant.as_deref()), (Some(true), Some("new")));
        assert_eq!(staff.reason, "TARGETING_MATCH");
        let metadata = staff.metadata.unwrap().fields;
        assert_eq!((text(&metadata["ruleId"]), text(&metadata["reasonKind"])), ("staff", "RULE_MATCH"));
        let size: OfInt = channel.get(&at("ResolveInt"), &ask("size", of("ann"))).await;
        assert_eq!((size.value, size.reason.as_str()), (Some(3), "STATIC"));
        let size: OfFloat = channel.get(&at("ResolveFloat"), &ask("size", of("ann"))).await;
        assert_eq!(size.value, Some(3.0));
        let ratio: OfFloat = channel.get(&at("ResolveFloat"), &ask("ratio", of("ann"))).await;
        assert_eq!(ratio.value, Some(2.5));
        let colours: OfObject = channel.get(&at("ResolveObject"), &ask("colours", of("ann"))).await;
        let fields = colours.value.unwrap().fields;
        assert_eq!(text(&fields["bg"]), "#fff");
        assert!(
            matches!(&fields["n"].kind, Some(Kind::ListValue(ListValue { values })) if values.len() == 2)
        );
    }
    let all: All =
        channel.get("v2.Service/ResolveAll", &AskAll { context: of("c-0001") }.encode_to_vec()).await;
    assert_eq!(all.flags["checkout-v2"].bool_value, Some(true));
    assert_eq!(all.flags["size"].double_value, Some(3.0));
    assert!(all.flags["colours"].object_value.is_some());
    assert_eq!(
        all.flags["list"],
        Any { reason: "STATIC".into(), variant: Some("one".into()), ..Any::default() }
    );

    for (method, flag, status) in [
        ("ResolveBoolean", "none", NOT_FOUND),
        ("ResolveBoolean", "", NOT_FOUND),
        ("ResolveString", "checkout-v2", INVALID_ARGUMENT),
        ("ResolveInt", "ratio", INVALID_ARGUMENT),
        ("ResolveBoolean", "size", INVALID_ARGUMENT),
        ("ResolveFloat", "colours", INVALID_ARGUMENT),
        ("ResolveObject", "list", INVALID_ARGUMENT),
        ("ResolveNothing", "size", UNIMPLEMENTED),
    ] {
        let answer = channel.unary(&format!("v2.Service/{method}"), &ask(flag, of("ann"))).await;
        assert_eq!(answer.status, status, "{method} {flag:?}: {}", answer.said);
        assert!(answer.message.is_none() && !answer.said.is_empty(), "{method} {flag:?}");
    }
    house.control.keep_usage(&house.telemetry).await;
    let unknown = house.get(&format!("{SHOP}/environments/production/unknown-flags")).await.text();
    assert!(unknown.contains(r#""none""#) && unknown.contains("grpc-test/1"), "{unknown}");
}

#[tokio::test]
async fn only_what_is_the_same_for_everybody_is_static() {
    let house = House::new().await;
    add(&house, "plain", json!("x")).await;
    let channel = with_key(&house).await;
    let reason = async |flag: &str, context| {
        let method = if flag == "plain" { "String" } else { "Boolean" };
        channel.get::<Why>(&format!("v2.Service/Resolve{method}"), &ask(flag, context)).await.reason
    };
    assert_eq!(reason("plain", of("ann")).await, "STATIC");
    // Someone with another plan gets another answer.
    let pro =
        context([("targetingKey", Kind::StringValue("x".into())), ("plan", Kind::StringValue("pro".into()))]);
    assert_eq!(reason("free-shipping", pro).await, "TARGETING_MATCH");
    assert_eq!(reason("free-shipping", of("x")).await, "DEFAULT");
    house.apply("product", json!([switch("plain", false)])).await;
    let off: OfText = channel.get("v2.Service/ResolveString", &ask("plain", of("ann"))).await;
    assert_eq!(
        (off.value.as_deref(), off.variant.as_deref(), &*off.reason),
        (Some("x"), Some("two"), "DISABLED")
    );
    house
        .apply("product", json!([aim("plain", json!({"type": "setOffVariation", "variation": null}))]))
        .await;
    let off: OfText = channel.get("v2.Service/ResolveString", &ask("plain", of("ann"))).await;
    assert_eq!((off.value, off.variant, off.reason.as_str()), (None, None, "DISABLED"));
}

#[tokio::test]
async fn a_context_need_not_say_who() {
    let house = House::new().await;
    let channel = with_key(&house).await;
    let nobodies = [
        None,
        context([]),
        context([("targetingKey", Kind::NullValue(0))]),
        context([("targetingKey", Kind::StringValue(String::new()))]),
    ];
    for nobody in nobodies {
        let answer: OfBool = channel.get("v2.Service/ResolveBoolean", &ask("checkout-v2", nobody)).await;
        assert!(answer.value.is_some());
    }
    for (said, kind) in [
        ("targetingKey", Kind::NumberValue(5.0)),
        ("kind", Kind::NumberValue(1.0)),
        ("kind", Kind::StringValue("kind".into())),
        ("kind", Kind::StringValue("multi".into())),
    ] {
        let asked = ask("checkout-v2", context([(said, kind)]));
        let answer = channel.unary("v2.Service/ResolveBoolean", &asked).await;
        assert_eq!(answer.status, INVALID_ARGUMENT, "{said}: {}", answer.said);
    }
}

#[tokio::test]
async fn a_key_opens_its_environment_wherever_a_provider_can_put_it() {
    let house = House::new().await;
    house.control.ensure_key("shop", "staging", KeyKind::Sdk, "sdk-test-staging").await.unwrap();
    let (closed, open) =
        (listen(&house, |face| face).await, listen(&house, |face| face.open_to_all("shop", "staging")).await);
    let status = async |channel: Channel| {
        channel.unary("v2.Service/ResolveString", &ask("ranker", of("ann"))).await.status
    };
    for (name, said) in [
        ("authorization", format!("Bearer {SDK_KEY}")),
        ("authorization", SDK_KEY.to_owned()),
        ("x-api-key", SDK_KEY.to_owned()),
        ("flagd-selector", SDK_KEY.to_owned()),
    ] {
        assert_eq!(status(Channel::to(closed).await.with(name, said)).await, OK, "{name}");
    }
    assert_eq!(status(Channel::to(closed).await.at(SDK_KEY)).await, OK);
    assert_eq!(status(Channel::to(closed).await.at(&format!("{SDK_KEY}.flags.example:8013"))).await, OK);
    // What a mobile key may not see is not there.
    assert_eq!(status(Channel::to(closed).await.with("flagd-selector", MOBILE_KEY)).await, NOT_FOUND);
    assert_eq!(status(Channel::to(closed).await).await, UNAUTHENTICATED);
    assert_eq!(status(Channel::to(open).await).await, OK);
    for address in [closed, open] {
        let wrong = Channel::to(address).await.with("flagd-selector", "flagSetId=payments");
        assert_eq!(status(wrong).await, UNAUTHENTICATED);
        assert_eq!(status(Channel::to(address).await.at("sdk-nobodys")).await, UNAUTHENTICATED);
        let stream = Channel::to(address).await.with("authorization", "Bearer sdk-nobodys");
        let ended = stream.send("v2.Service/EventStream", &[]).await.end(None).await;
        assert_eq!(ended.status, UNAUTHENTICATED, "{}", ended.said);
    }
}

#[tokio::test]
async fn a_stream_names_what_can_answer_differently_and_says_how_it_ends() {
    let house = House::new().await;
    let channel = with_key(&house).await;
    let mut stream = channel.send("v2.Service/EventStream", &[]).await;
    assert_eq!(stream.event().await.r#type, "provider_ready");
    let all = stream.event().await;
    assert_eq!(all.r#type, "configuration_change");
    let keys: Vec<String> = all.flags().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["checkout-v2", "free-shipping", "promo-banner", "ranker"]);
    house.apply("product", json!([switch("ranker", false)])).await;
    let change = stream.event().await;
    assert_eq!(change.r#type, "configuration_change");
    assert_eq!(change.flags(), [("ranker".to_owned(), "update".to_owned())]);
    add(&house, "brand-new", json!(1)).await;
    assert_eq!(stream.event().await.flags(), [("brand-new".to_owned(), "write".to_owned())]);

    // Its own time is over, and the server stops: two ends that a provider tells apart.
    let short = with_key(&house).await.with("grpc-timeout", "400m");
    let mut short = short.send("v1.Service/EventStream", &[]).await;
    assert_eq!(short.end(None).await.status, DEADLINE_EXCEEDED);
    house.stop();
    let ended = stream.end(None).await;
    assert_eq!(ended.status, UNAVAILABLE, "{}", ended.said);
}

#[tokio::test]
async fn what_is_no_message_is_refused_and_the_connection_goes_on() {
    let house = House::new().await;
    let channel = with_key(&house).await;
    let deep = (0..200).fold(value(Kind::BoolValue(true)), |inner, _| {
        value(Kind::ListValue(ListValue { values: vec![inner] }))
    });
    let deep = Struct { fields: [("deep".to_owned(), deep)].into() };
    let large = context([("targetingKey", Kind::StringValue("x".repeat(2_000_000)))]);
    let framed =
        |flag: u8, length: u32, message: &[u8]| [&[flag][..], &length.to_be_bytes(), message].concat();
    for (what, body) in [
        ("garbage", framed(0, 4, b"\xff\xff\xff\xff")),
        ("cut off", framed(0, 400, b"ab")),
        ("compressed", framed(1, 2, b"ab")),
        ("no frame", b"ab".to_vec()),
        ("nothing", vec![]),
        (
            "too deep",
            framed(0, 0, &[])
                .into_iter()
                .take(1)
                .chain({
                    let message = ask("ranker", Some(deep));
                    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
                    length.into_iter().chain(message)
                })
                .collect(),
        ),
        ("too large", {
            let message = ask("ranker", large);
            framed(0, u32::try_from(message.len()).unwrap(), &message)
        }),
    ] {
        let mut call = channel.raw("v2.Service/ResolveString", body).await;
        let ended = call.end(None).await;
        assert!(!ended.status.is_empty() && ended.status != OK, "{what}: {}", ended.status);
        let next: OfText = channel.get("v2.Service/ResolveString", &ask("ranker", of("ann"))).await;
        assert!(next.value.is_some(), "{what}");
    }
}
