//! Server-sent events of the stream. Bodies are shared bytes of the snapshot: nothing is serialized for a
//! connection, and what leads from one revision to the next is worked out once for all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use switchyard_model::ids::Key;
use switchyard_snapshot::{Snapshot, WireChange, wire_changes};

/// Below this a change of several items goes as one `put`, so that an SDK never sees half of it.
const PUT_LIMIT: usize = 256 * 1024;

/// `put`: everything there is.
pub(super) fn put(snapshot: &Snapshot) -> Vec<Bytes> {
    vec![
        Bytes::from_static(b"event: put\ndata: {\"path\":\"/\",\"data\":"),
        snapshot.put_payload(),
        Bytes::from_static(b"}\n\n"),
    ]
}

/// What leads an SDK from one snapshot to another; empty where it would see no difference.
fn difference(old: &Snapshot, new: &Snapshot) -> Vec<Bytes> {
    let changes = wire_changes(old, new);
    if changes.len() > 1 && new.put_payload().len() < PUT_LIMIT {
        return put(new);
    }
    changes.iter().flat_map(change).collect()
}

fn change(change: &WireChange) -> Vec<Bytes> {
    match change {
        WireChange::Put { collection, item } => vec![
            format!("event: patch\ndata: {{\"path\":{},\"data\":", path(collection.as_str(), &item.key))
                .into(),
            item.json.clone(),
            Bytes::from_static(b"}\n\n"),
        ],
        WireChange::Delete { collection, key, version } => vec![
            format!(
                "event: delete\ndata: {{\"path\":{},\"version\":{version}}}\n\n",
                path(collection.as_str(), key)
            )
            .into(),
        ],
    }
}

fn path(collection: &str, key: &str) -> String {
    serde_json::Value::from(format!("/{collection}/{key}")).to_string()
}

/// The newest step of each environment, made by the first stream that needs it.
#[derive(Default)]
pub(crate) struct Diffs(Mutex<HashMap<(Key, Key), Step>>);

struct Step {
    old: Arc<Snapshot>,
    new: Arc<Snapshot>,
    frames: Arc<[Bytes]>,
}

impl Diffs {
    pub(super) fn between(&self, old: &Arc<Snapshot>, new: &Arc<Snapshot>) -> Arc<[Bytes]> {
        let mut steps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (new.project.clone(), new.environment.clone());
        if let Some(step) = steps.get(&place)
            && Arc::ptr_eq(&step.old, old)
            && Arc::ptr_eq(&step.new, new)
        {
            return step.frames.clone();
        }
        let frames: Arc<[Bytes]> = difference(old, new).into();
        // A stream that was slow goes its own way and must not take the others' step from them.
        if steps.get(&place).is_none_or(|step| step.new.revision < new.revision) {
            steps.insert(place, Step { old: old.clone(), new: new.clone(), frames: frames.clone() });
        }
        frames
    }
}
