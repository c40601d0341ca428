//! Whom an app or a browser asks about, and how it wants to be answered.

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, Method};
use serde::Deserialize;
use switchyard_flags::Context;
use switchyard_model::Problem;
use switchyard_model::ids::Key;
use switchyard_snapshot::{Audience, ObjectWriter, Snapshot, Told};

use crate::app::App;
use crate::body;
use crate::launchdarkly::SdkEnvironment;
use crate::launchdarkly::frames::Step;
use crate::problem::Problems;

/// The most bytes a context may have as JSON.
const CONTEXT_LIMIT: usize = 1_000_000;

/// About how many bytes a flag's answer takes: made large enough at first, nothing is copied while it grows.
const ANSWER: usize = 128;

/// What an SDK adds to the address.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Query {
    /// `true` where it wants to know why.
    with_reasons: Option<String>,
    /// A browser's id, or a mobile key; FDv2 has it here.
    pub(super) auth: Option<String>,
    /// What it has; FDv2 alone knows that.
    pub(super) basis: Option<String>,
    /// Which vouches for the context, in secure mode.
    h: Option<String>,
}

/// One client: which flags it may see, and for whom they are evaluated.
pub(super) struct Asker {
    pub(super) audience: Audience,
    pub(super) context: Context,
    pub(super) reasons: bool,
    /// The bytes that the context was read from.
    said: Bytes,
}

impl Asker {
    /// From a path's last segment.
    ///
    /// # Errors
    /// 400 for what is no context, and for one that nobody vouches for.
    pub(super) fn in_path(
        app: &App,
        environment: &SdkEnvironment,
        segment: &str,
        query: &Query,
    ) -> Result<Self, Problems> {
        Asker::of(app, environment, decoded(segment)?, query)
    }

    /// Who may be answered.
    fn of(app: &App, environment: &SdkEnvironment, said: Bytes, query: &Query) -> Result<Self, Problems> {
        let asker = Asker::read(environment.audience(), said, query)?;
        environment.vouched(app, &asker.context, query.h.as_deref())?;
        Ok(asker)
    }

    /// From the body of a `REPORT`.
    ///
    /// # Errors
    /// 405 for another method, 413 for a context that is too large, 400 for what is none, and for one that nobody vouches for.
    pub(super) async fn in_body(
        app: &App,
        environment: &SdkEnvironment,
        method: &Method,
        headers: &HeaderMap,
        body: Body,
        query: &Query,
    ) -> Result<Self, Problems> {
        if method.as_str() != "REPORT" {
            return Err(Problems::method_not_allowed());
        }
        Asker::in_post(app, environment, headers, body, query).await
    }

    /// From a body.
    ///
    /// # Errors
    /// 413 for a context that is too large, 400 for what is none, and for one that nobody vouches for.
    pub(super) async fn in_post(
        app: &App,
        environment: &SdkEnvironment,
        headers: &HeaderMap,
        body: Body,
        query: &Query,
    ) -> Result<Self, Problems> {
        let json = body::read_within(CONTEXT_LIMIT, headers, body).await?;
        Asker::of(app, environment, json, query)
    }

    fn read(audience: Audience, said: Bytes, query: &Query) -> Result<Self, Problems> {
        let context = Context::from_json(&body::json(&said)?)
            .map_err(|e| Problems::bad_request(Problem::new("context", e.to_string())))?;
        let reasons = query.with_reasons.as_deref().is_some_and(|asked| asked == "true" || asked == "1");
        Ok(Asker { audience, context, reasons, said })
    }

    /// What the same answer has the same of: the asker and what it said.
    pub(super) fn fingerprint(&self) -> impl Iterator<Item = &[u8]> {
        let side: &[u8] = match self.audience {
            Audience::Servers => b"s",
            Audience::Mobile => b"m",
            Audience::Browsers => b"b",
        };
        [side, if self.reasons { b"r" } else { b"-" }, &self.said].into_iter()
    }

    /// What a step changes for the client: each flag whose answer is another one, and `None` for one that it may
    /// not see any more.
    pub(super) fn changed<'s>(&self, step: &'s Step) -> impl Iterator<Item = (&'s Key, Option<Told<'s>>)> {
        let told = |snapshot: &'s Snapshot, key: &str| {
            Some(snapshot.flag_for(self.audience, key)?.told(&self.context, self.reasons))
        };
        step.affected().iter().filter_map(move |key| {
            let (before, now) = (told(&step.old, key), told(&step.new, key));
            (before != now).then_some((key, now))
        })
    }

    /// Every flag's answer, by key, as one JSON object; versions are the snapshot's revision.
    pub(super) fn answers(&self, snapshot: &Snapshot) -> Vec<u8> {
        let mut json = Vec::with_capacity(snapshot.wire_flags().len() * ANSWER);
        self.write_answers(snapshot, &mut json);
        json
    }

    /// The same, behind what is written already.
    pub(super) fn write_answers(&self, snapshot: &Snapshot, out: &mut Vec<u8>) {
        let mut all = ObjectWriter::new(out);
        for flag in snapshot.flags_for(self.audience) {
            flag.told(&self.context, self.reasons).write(snapshot.revision, all.member(flag.name()));
        }
        all.end();
    }
}

fn decoded(segment: &str) -> Result<Bytes, Problems> {
    // Platforms differ in the alphabet, and in whether they fill up with `=`.
    let plain = segment.trim_end_matches('=').replace('+', "-").replace('/', "_");
    let json = URL_SAFE_NO_PAD.decode(plain).map_err(|_| {
        Problems::bad_request(Problem::new("context", "is no base64").hint("encode the context's JSON"))
    })?;
    Ok(json.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_read_with_and_without_padding_and_in_both_alphabets() {
        let query = Query { with_reasons: None, auth: None, basis: None, h: None };
        let read = |segment| Asker::read(Audience::Browsers, decoded(segment)?, &query);
        for (segment, key) in [
            ("eyJraW5kIjoidXNlciIsImtleSI6ImEifQ", "a"),
            ("eyJraW5kIjoidXNlciIsImtleSI6ImEifQ==", "a"),
            ("eyJrZXkiOiI_Pz8-Pj4ifQ", "???>>>"),
            ("eyJrZXkiOiI/Pz8+Pj4ifQ==", "???>>>"),
        ] {
            let asker = read(segment).unwrap();
            assert_eq!(asker.context.key("user"), Some(key), "{segment}");
        }
        for segment in ["%", "eyJ", "bm8ganNvbg", "e30", "eyJraW5kIjoia2luZCIsImtleSI6ImEifQ"] {
            let Err(problem) = read(segment) else { panic!("{segment} is read") };
            assert_eq!(problem.status, 400, "{segment}");
        }
    }
}
