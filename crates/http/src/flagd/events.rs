//! The stream of events: `provider_ready`, then which flags can answer differently, and a sign of life.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::{BufMut, Bytes};
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Request};
use prost::Message;
use serde_json::{Map, Value, json};
use switchyard_snapshot::{Audience, Snapshot};
use tokio::time::Instant;
use tonic::Status;
use tonic::codec::{Codec, EncodeBuf, Encoder};
use tonic::server::Grpc;
use tonic_prost::ProstDecoder;

use super::messages::Event;
use super::{Call, Flagd, LARGEST, key, refusal, values};
use crate::launchdarkly::{Feed, Script, Step};

/// Tells of changes for as long as the client listens, its deadline allows, the server runs and the key opens the
/// environment. How it ended is always said: a provider takes an end without a reason for nothing to do.
pub(super) async fn stream(State(flagd): State<Flagd>, request: Request<axum::body::Body>) -> Response {
    let (call, request) = match flagd.enter(request) {
        Ok(entered) => entered,
        Err(status) => return refusal(status),
    };
    let Call { app, environment, parts } = call;
    let ends = deadline(&parts.headers).map(|within| Instant::now() + within);
    let changes = Changes { audience: environment.audience() };
    let feed = match Feed::new(app, environment, changes) {
        Ok(feed) => feed,
        Err(problem) => return refusal(key::status(&problem)),
    };
    let told =
        stream::unfold(Some(Listening { feed, ends }), async |listening| Some(listening?.next().await))
            .boxed();
    let mut told = Some(told);
    let once = tower::service_fn(move |_: tonic::Request<()>| {
        let told = told.take().ok_or_else(|| Status::internal("a stream begins once"));
        std::future::ready(told.map(tonic::Response::new))
    });
    Grpc::new(Encoded)
        .max_decoding_message_size(LARGEST)
        .server_streaming(once, request)
        .await
        .into_response()
}

/// A client that listens.
struct Listening {
    feed: Feed<Changes>,
    ends: Option<Instant>,
}

impl Listening {
    async fn next(mut self) -> (Result<Bytes, Status>, Option<Self>) {
        let next = tokio::select! {
            next = self.feed.next() => next,
            () = at(self.ends) => return (Err(Status::deadline_exceeded("the stream's time is over")), None),
        };
        match next {
            Some(message) => (Ok(message), Some(self)),
            None if self.feed.is_shut_out() => {
                (Err(Status::unauthenticated("the key does not open the environment any more")), None)
            }
            None => (Err(Status::unavailable("the server stops; come again")), None),
        }
    }
}

async fn at(end: Option<Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}

/// How long a client wants to listen: at most eight digits and a unit (gRPC over HTTP/2, `Timeout`).
fn deadline(headers: &HeaderMap) -> Option<Duration> {
    let said = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = said.split_at_checked(said.len().checked_sub(1)?)?;
    let number: u32 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    let number = u64::from(number);
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// Which flags can answer differently, by what happened to each.
struct Changes {
    audience: Audience,
}

impl Script for Changes {
    fn first(&mut self, _: &crate::app::App, snapshot: &Arc<Snapshot>) -> Vec<Bytes> {
        let every = snapshot.flags_for(self.audience).map(|flag| (flag.key().to_string(), json!({})));
        vec![event("provider_ready", None), changed(every.collect())]
    }

    fn next(&mut self, step: &Step) -> Vec<Bytes> {
        let sees = |snapshot: &Snapshot, key: &str| snapshot.flag_for(self.audience, key).is_some();
        let told = step.affected().iter().filter_map(|key| {
            let what = match (sees(&step.old, key), sees(&step.new, key)) {
                (true, true) => "update",
                (false, true) => "write",
                (true, false) => "delete",
                (false, false) => return None,
            };
            Some((key.to_string(), json!({ "type": what })))
        });
        let told: Map<String, Value> = told.collect();
        if told.is_empty() { vec![] } else { vec![changed(told)] }
    }

    fn heartbeat(&self) -> Bytes {
        event("keep_alive", None)
    }
}

fn changed(flags: Map<String, Value>) -> Bytes {
    event("configuration_change", Some(Map::from_iter([("flags".to_owned(), Value::Object(flags))])))
}

fn event(kind: &str, data: Option<Map<String, Value>>) -> Bytes {
    let data = data.as_ref().map(values::structure);
    Event { r#type: kind.to_owned(), data }.encode_to_vec().into()
}

/// Messages that were encoded before.
struct Encoded;

impl Codec for Encoded {
    type Encode = Bytes;
    type Decode = ();
    type Encoder = Encoded;
    type Decoder = ProstDecoder<()>;

    fn encoder(&mut self) -> Encoded {
        Encoded
    }

    fn decoder(&mut self) -> ProstDecoder<()> {
        ProstDecoder::default()
    }
}

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_deadline_is_read_in_all_its_units() {
        for (said, read) in [
            ("10S", Some(Duration::from_secs(10))),
            ("600000m", Some(Duration::from_secs(600))),
            ("2H", Some(Duration::from_secs(7200))),
            ("3M", Some(Duration::from_secs(180))),
            ("5u", Some(Duration::from_micros(5))),
            ("99999999n", Some(Duration::from_nanos(99_999_999))),
            ("123456789S", None),
            ("-1S", None),
            ("1", None),
            ("S", None),
            ("", None),
            ("1ø", None),
        ] {
            let value = HeaderValue::from_bytes(said.as_bytes()).unwrap();
            let headers = HeaderMap::from_iter([("grpc-timeout".parse().unwrap(), value)]);
            assert_eq!(deadline(&headers), read, "{said}");
        }
    }
}
