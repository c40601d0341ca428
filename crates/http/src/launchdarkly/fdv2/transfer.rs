//! Transfers: a `server-intent` that says what comes, the objects, and `payload-transferred`, which makes them
//! count.

use std::io::Write;

use bytes::Bytes;
use switchyard_snapshot::{Collection, Snapshot, Told, WireChange, wire_changes};

use super::state;

/// How events are written: as server-sent events, or as the list that a poll is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::launchdarkly) enum Form {
    Stream,
    Poll,
}

/// What comes.
#[derive(Debug, Clone, Copy)]
pub(in crate::launchdarkly) enum Intent {
    /// Everything; what the client has and isn't in it is gone.
    Full,
    /// What changes what the client has.
    Changes,
    /// Nothing: the client has it all.
    None,
}

impl Intent {
    fn code_and_reason(self) -> (&'static str, &'static str) {
        match self {
            Intent::Full => ("xfer-full", "payload-missing"),
            Intent::Changes => ("xfer-changes", "stale"),
            Intent::None => ("none", "up-to-date"),
        }
    }
}

/// Everything of a snapshot.
pub(in crate::launchdarkly) fn full(now: &Snapshot, form: Form) -> Bytes {
    let mut transfer = Transfer::new(form, Intent::Full, now);
    for item in now.wire_segments() {
        transfer.put("segment", &item.key, item.version, &item.json);
    }
    for item in now.wire_flags() {
        transfer.put("flag", &item.key, item.version, &item.json);
    }
    transfer.end(now)
}

/// What leads from one snapshot to another.
pub(in crate::launchdarkly) fn changes(basis: &Snapshot, now: &Snapshot, form: Form) -> Bytes {
    let mut transfer = Transfer::new(form, Intent::Changes, now);
    let kind = |collection| match collection {
        Collection::Flags => "flag",
        Collection::Segments => "segment",
    };
    for change in wire_changes(basis, now) {
        match change {
            WireChange::Put { collection, item } => {
                transfer.put(kind(collection), &item.key, item.version, &item.json);
            }
            WireChange::Delete { collection, key, version } => {
                transfer.delete(kind(collection), &key, version);
            }
        }
    }
    transfer.end(now)
}

/// That there is nothing new.
pub(in crate::launchdarkly) fn none(now: &Snapshot, form: Form) -> Bytes {
    Transfer::new(form, Intent::None, now).close()
}

/// A sign of life.
pub(in crate::launchdarkly) fn heartbeat() -> Bytes {
    Bytes::from_static(b"event: heart-beat\ndata: {}\n\n")
}

/// That the server ends the stream, and the client should come again.
pub(in crate::launchdarkly) fn goodbye() -> Bytes {
    Bytes::from_static(b"event: goodbye\ndata: {\"reason\":\"the server restarts\",\"silent\":false,\"catastrophe\":false}\n\n")
}

/// A transfer that is being written.
pub(in crate::launchdarkly) struct Transfer {
    form: Form,
    out: Vec<u8>,
}

impl Transfer {
    pub(in crate::launchdarkly) fn new(form: Form, intent: Intent, now: &Snapshot) -> Self {
        let out = if form == Form::Poll { b"{\"events\":[".to_vec() } else { vec![] };
        let mut transfer = Transfer { form, out };
        let (code, reason) = intent.code_and_reason();
        let (project, environment, target) = (&now.project, &now.environment, now.revision);
        transfer.event("server-intent", |out| {
            write!(
                out,
                r#"{{"payloads":[{{"id":"{project}/{environment}","target":{target},"intentCode":"{code}","reason":"{reason}"}}]}}"#
            )
        });
        transfer
    }

    /// Keys are letters, digits, '.', '_' and '-': nothing that JSON escapes.
    fn put(&mut self, kind: &str, key: &str, version: u64, object: &[u8]) {
        self.event("put-object", |out| {
            write!(out, r#"{{"version":{version},"kind":"{kind}","key":"{key}","object":"#)?;
            out.extend_from_slice(object);
            out.push(b'}');
            Ok(())
        });
    }

    /// A flag's answer for one context.
    pub(in crate::launchdarkly) fn put_answer(&mut self, key: &str, version: u64, told: &Told<'_>) {
        self.event("put-object", |out| {
            write!(out, r#"{{"version":{version},"kind":"flag-eval","key":"{key}","object":"#)?;
            told.write(version, out);
            out.push(b'}');
            Ok(())
        });
    }

    pub(in crate::launchdarkly) fn delete(&mut self, kind: &str, key: &str, version: u64) {
        self.event("delete-object", |out| {
            write!(out, r#"{{"version":{version},"kind":"{kind}","key":"{key}"}}"#)
        });
    }

    /// All was said: it counts.
    pub(in crate::launchdarkly) fn end(mut self, now: &Snapshot) -> Bytes {
        let (state, version) = (state(now), now.revision);
        self.event("payload-transferred", |out| write!(out, r#"{{"state":"{state}","version":{version}}}"#));
        self.close()
    }

    fn close(mut self) -> Bytes {
        if self.form == Form::Poll {
            self.out.extend_from_slice(b"]}");
        }
        self.out.into()
    }

    fn event(&mut self, name: &str, data: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) {
        let out = &mut self.out;
        let written = match self.form {
            Form::Stream => write!(out, "event: {name}\ndata: ").and_then(|()| data(out)).map(|()| {
                out.extend_from_slice(b"\n\n");
            }),
            Form::Poll => {
                if !out.ends_with(b"[") {
                    out.push(b',');
                }
                write!(out, r#"{{"event":"{name}","data":"#).and_then(|()| data(out)).map(|()| out.push(b'}'))
            }
        };
        written.expect("memory takes all, and answers hold nothing that JSON can't");
    }
}
