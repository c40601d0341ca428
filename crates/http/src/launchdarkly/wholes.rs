//! Everything there is, as the protocols say it: serialized and compressed once for a revision and shared by all
//! who ask.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, header};
use switchyard_model::ids::Key;
use switchyard_snapshot::Snapshot;
use tokio::sync::OnceCell;

use super::fdv2::transfer::{self, Form};

/// The newest of each environment.
#[derive(Default)]
pub(crate) struct Wholes(Mutex<HashMap<(Key, Key), Arc<Whole>>>);

/// One snapshot's flags and segments.
pub(super) struct Whole {
    snapshot: Arc<Snapshot>,
    all: Zipped,
    events: OnceLock<Bytes>,
    events_zipped: Zipped,
    stream: OnceLock<Bytes>,
}

/// A body's compressed form.
type Zipped = OnceCell<Bytes>;

impl Wholes {
    pub(super) fn of(&self, snapshot: &Arc<Snapshot>) -> Arc<Whole> {
        let mut wholes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (snapshot.project.clone(), snapshot.environment.clone());
        let newest = wholes.get(&place);
        if let Some(newest) = newest.filter(|newest| newest.snapshot.etag() == snapshot.etag()) {
            return newest.clone();
        }
        let is_newer = newest.is_none_or(|newest| newest.snapshot.revision < snapshot.revision);
        let whole = Arc::new(Whole {
            snapshot: snapshot.clone(),
            all: Zipped::new(),
            events: OnceLock::new(),
            events_zipped: Zipped::new(),
            stream: OnceLock::new(),
        });
        if is_newer {
            wholes.insert(place, whole.clone());
        }
        whole
    }
}

impl Whole {
    /// `{"flags":{…},"segments":{…}}`.
    pub(super) async fn all(&self, headers: &HeaderMap) -> Response {
        body(headers, self.snapshot.put_payload(), &self.all).await
    }

    /// A whole transfer, as a poll is answered.
    pub(super) async fn events(&self, headers: &HeaderMap) -> Response {
        let events = self.events.get_or_init(|| transfer::full(&self.snapshot, Form::Poll));
        body(headers, events.clone(), &self.events_zipped).await
    }

    /// A whole transfer, as a stream begins.
    pub(super) fn stream(&self) -> Bytes {
        self.stream.get_or_init(|| transfer::full(&self.snapshot, Form::Stream)).clone()
    }
}

async fn body(headers: &HeaderMap, plain: Bytes, zipped: &Zipped) -> Response {
    let is_zipped = takes_gzip(headers);
    let bytes = if is_zipped { zipped.get_or_init(|| zip(plain)).await.clone() } else { plain };
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_zipped {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Compresses aside: megabytes would hold up other requests.
async fn zip(plain: Bytes) -> Bytes {
    let zip = move || {
        let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::fast());
        let written = encoder.write_all(&plain).and_then(|()| encoder.finish());
        Bytes::from(written.expect("memory takes all"))
    };
    tokio::task::spawn_blocking(zip).await.expect("compressing does not panic")
}

/// Whether `Accept-Encoding` takes gzip (RFC 9110, 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
        is_gzip && weight.is_none_or(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_for_who_takes_it() {
        for (said, takes) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("deflate", false),
            ("gzip;q=0", false),
            ("identity, gzip ; q=0.0", false),
            ("*", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(said))]);
            assert_eq!(takes_gzip(&headers), takes, "{said}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
