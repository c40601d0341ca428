//! What is kept of those who asked and of what they asked for, to try changes on.
//!
//! Of a context: its kinds and keys, and the attributes that the snapshot in force looks at, but for private
//! ones. Of a request: method, host, path, and the headers and query parameters that routes' conditions or the
//! listener's mapping look at.

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderMap;
use switchyard_flags::{Attributes, Context};
use switchyard_model::Resource;
use switchyard_model::ids::Key;

use crate::request::RequestView;
use crate::{CompiledListener, Snapshot};

/// A context as it was when it was last seen.
#[derive(Debug)]
pub struct SampledContext {
    /// Its keys and what is kept of its attributes.
    pub context: Context,
    /// The attributes that were kept, if it had them.
    pub kept: Arc<Attributes>,
}

/// A request that a gateway answered.
#[derive(Debug)]
pub struct SampledRequest {
    /// The listener's key.
    pub listener: Key,
    /// Who it was from.
    pub context: Option<Context>,
    /// The listener as people wrote it at that time: the context comes from its mapping.
    pub(crate) mapped_by: Arc<Resource>,
    /// Stands for chance where a split does not stick, 0 to 99,999.
    pub(crate) random: u32,
    method: Box<str>,
    /// Lower case, without port.
    host: Box<str>,
    path: Box<str>,
    query: Option<Box<str>>,
    headers: HeaderMap,
    peer: IpAddr,
}

/// The samples of all environments.
pub type Samples = switchyard_telemetry::Samples<SampledContext, SampledRequest>;

/// The samples of one environment.
pub type Sampled = switchyard_telemetry::Sampled<SampledContext, SampledRequest>;

impl Snapshot {
    /// Takes note of a context that was seen, in a second. Costs some ten nanoseconds where there is nothing new
    /// about it, and never waits.
    pub fn saw_context(&self, sampled: &Sampled, context: &Context, second: i64) {
        let tag = sampled.tag(|hasher| context.hash_identity(&mut &mut *hasher));
        if !sampled.contexts.wants(tag) {
            return;
        }
        let kept = self.attributes();
        sampled.contexts.put(tag, kept.fingerprint_of(context), second, || {
            let context = context.only(kept);
            let bytes = context.bytes();
            (SampledContext { context, kept: Arc::clone(kept) }, bytes)
        });
    }

    /// Takes note of a request that came in at `listener`, which must be this snapshot's, in a second. `decided`
    /// is its context where it is known already. `tag`, of chance, says whether it is kept, and `random`, 0 to
    /// 99,999, its bucket where it does not stick.
    pub fn saw_request(
        &self,
        sampled: &Sampled,
        listener: &CompiledListener,
        request: &RequestView<'_>,
        decided: Option<&Context>,
        (tag, random): (u64, u32),
        second: i64,
    ) {
        let is_kept = sampled.requests.wants(tag);
        let mut mapped = None;
        if decided.is_none() && (is_kept || self.is_somebody_new(sampled, listener, request, second)) {
            mapped = listener.context(request);
        }
        let context = decided.or(mapped.as_ref());
        if let Some(context) = context {
            self.saw_context(sampled, context, second);
        }
        if is_kept {
            sampled.requests.put(tag, 0, second, || {
                let request = SampledRequest::new(listener, request, context, self.attributes(), random);
                let bytes = request.bytes();
                (request, bytes)
            });
        }
    }

    /// Whether the request's context was not seen in the last minutes. Where nobody asked for the context, this
    /// saves building it.
    fn is_somebody_new(
        &self,
        sampled: &Sampled,
        listener: &CompiledListener,
        request: &RequestView<'_>,
        second: i64,
    ) -> bool {
        let mut somebody = false;
        let tag = sampled.tag(|hasher| {
            somebody = listener.mapping.hash_identity(listener.visible(request), &mut &mut *hasher);
        });
        somebody && sampled.contexts.wants(tag) && !sampled.contexts.was_seen(tag, second)
    }
}

impl SampledRequest {
    fn new(
        listener: &CompiledListener,
        request: &RequestView<'_>,
        context: Option<&Context>,
        kept: &Attributes,
        random: u32,
    ) -> Self {
        let head = listener.kept_head(listener.visible(request), kept);
        SampledRequest {
            listener: listener.key.clone(),
            context: context.map(|context| context.only(kept)),
            mapped_by: Arc::clone(&listener.source),
            random,
            method: request.method.into(),
            host: request.plain_host().into(),
            path: request.path.into(),
            query: head.query,
            headers: head.headers,
            peer: head.peer,
        }
    }

    /// The request as matching sees it.
    pub fn view(&self) -> RequestView<'_> {
        RequestView {
            method: &self.method,
            host: &self.host,
            path: &self.path,
            query: self.query.as_deref(),
            headers: &self.headers,
            peer: self.peer,
        }
    }

    fn bytes(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| 64 + name.as_str().len() + value.len());
        size_of::<Self>()
            + self.context.as_ref().map_or(0, Context::bytes)
            + self.method.len()
            + self.host.len()
            + self.path.len()
            + self.query.as_ref().map_or(0, |query| query.len())
            + headers.sum::<usize>()
    }
}

/// Forgets a context, and every request that was from it; how many samples that were.
pub fn forget_context(sampled: &Sampled, kind: &str, key: &str) -> usize {
    forget(sampled, |context| context.key(kind) == Some(key))
}

/// Forgets everybody of this key, of whatever kind, and every request that was from them; how many samples that were.
pub fn forget_key(sampled: &Sampled, key: &str) -> usize {
    forget(sampled, |context| context.kinds().any(|kind| context.key(kind) == Some(key)))
}

fn forget(sampled: &Sampled, is: impl Fn(&Context) -> bool) -> usize {
    sampled.contexts.forget(|seen| is(&seen.context))
        + sampled.requests.forget(|request| request.context.as_ref().is_some_and(&is))
}
