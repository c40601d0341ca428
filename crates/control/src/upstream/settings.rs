//! What an environment follows.

use serde_json::json;
use switchyard_model::Problem;
use switchyard_store::{Upstream, UpstreamSettings};
use url::Url;
use uuid::Uuid;

use super::{UpstreamView, seal};
use crate::{Control, Error, Principal, Result, hooks};

/// The most characters of an SDK key.
const KEY_MAX: usize = 256;

/// So many characters of a key are shown, and only of one that has many more.
const SHOWN: usize = 4;

/// What an environment is to follow.
#[derive(Clone)]
pub struct UpstreamDraft {
    /// The stream's base URI: what `/all` is put behind.
    pub uri: String,
    /// The SDK key of the environment there; the one it has where absent.
    pub sdk_key: Option<String>,
}

/// Never shows the key.
impl std::fmt::Debug for UpstreamDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpstreamDraft").field("uri", &self.uri).finish_non_exhaustive()
    }
}

impl Control {
    /// Makes an environment follow an upstream, or another one than before. It is called at once.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all that is wrong; [`Error::NotFound`]; [`Error::Denied`] for who does not administer
    /// the environment.
    pub async fn follow_upstream(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
        draft: UpstreamDraft,
    ) -> Result<UpstreamView> {
        let environment = self.administered(principal, project, environment)?;
        let before = self.inner.store.upstream(project, &environment).await?;
        let uri = draft.uri.trim().trim_end_matches('/').to_owned();
        let mut problems = vec![];
        problems.extend(wrong_uri(&uri, self.hook_settings().private));
        let given = draft.sdk_key.as_deref().map(str::trim).filter(|key| !key.is_empty());
        let kept = match (given, &before) {
            (Some(key), _) => {
                problems.extend(wrong_key(key));
                Some(key.to_owned())
            }
            // A key is for where it was given for: whoever may change the address must not have it sent elsewhere.
            (None, Some(before)) if before.settings.uri == uri => self.opened(before),
            _ => None,
        };
        if kept.is_none() && problems.is_empty() {
            let why = match &before {
                Some(before) if before.settings.uri != uri => "has to be given again for another address",
                Some(_) => "can't be read any more, and has to be given again",
                None => "is missing",
            };
            let hint = "the server-side SDK key of the environment that is to be followed";
            problems.push(Problem::new("sdkKey", why).hint(hint));
        }
        let Some(key) = kept.filter(|_| problems.is_empty()) else { return Err(Error::Invalid(problems)) };
        let settings = UpstreamSettings {
            id: Uuid::now_v7().to_string(),
            key_ends: ends(&key),
            by: principal.id.clone(),
            at: self.now(),
            uri,
        };
        let shown =
            |settings: &UpstreamSettings| json!({ "uri": settings.uri, "keyEnds": settings.key_ends });
        let detail =
            json!({ "before": before.map(|before| shown(&before.settings)), "after": shown(&settings) });
        let target = format!("{project}/{environment}");
        let entry = self.noted(&principal.id, "upstream.set", &target, detail);
        let sealed = seal::seal(self.hook_settings(), &place(project, &environment, &settings.uri), &key);
        self.inner.store.put_upstream(project, &environment, Some((&settings, &sealed)), &entry).await?;
        self.inner.upstreams_changed.notify_one();
        self.upstream(principal, project, &environment).await
    }

    /// What opens an upstream; `None` where it was sealed with a key that is not this server's.
    pub fn upstream_key(&self, upstream: &Upstream) -> Option<String> {
        self.opened(upstream)
    }

    fn opened(&self, upstream: &Upstream) -> Option<String> {
        let Upstream { project, environment, settings, secret, .. } = upstream;
        seal::open(self.hook_settings(), &place(project, environment, &settings.uri), secret)
    }
}

fn place(project: &str, environment: &str, uri: &str) -> String {
    format!("{project}/{environment} {uri}")
}

fn wrong_uri(uri: &str, private: bool) -> Option<Problem> {
    let hint = "as https://stream.launchdarkly.com, without the /all";
    let wrong = |why: &str| Some(Problem::new("uri", why).value(uri).hint(hint));
    if let Some(problem) = hooks::url::wrong(uri, private) {
        let hint = match problem.hint {
            Some(said) if said.starts_with("as ") => hint.to_owned(),
            said => said.unwrap_or_else(|| hint.to_owned()),
        };
        return Some(Problem { path: "uri".into(), hint: Some(hint), ..problem });
    }
    match Url::parse(uri) {
        Ok(url) if url.query().is_some() => wrong("has a query, which is not sent"),
        Ok(url) if url.path().ends_with("/all") => wrong("names the stream itself"),
        _ => None,
    }
}

/// The key itself is not in what is said of it.
fn wrong_key(key: &str) -> Option<Problem> {
    let wrong = |why: &str| Some(Problem::new("sdkKey", why));
    if key.len() > KEY_MAX {
        return wrong("is too long");
    }
    if !key.chars().all(|c| c.is_ascii_graphic()) {
        return wrong("has blanks, or characters that no key has");
    }
    if key.starts_with("mob-") {
        let hint = "the server-side one, which begins with sdk-";
        return Some(Problem::new("sdkKey", "is a mobile key, which is not told rules").hint(hint));
    }
    None
}

fn ends(key: &str) -> String {
    match key.len() {
        0..=15 => String::new(),
        len => key[len - SHOWN..].to_owned(),
    }
}
