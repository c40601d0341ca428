//! Server-sent events of the stream. Bodies are shared bytes of the snapshot: nothing is serialized for a
//! connection, and what leads from one revision to the next is worked out once for all of them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use switchyard_model::ids::Key;
use switchyard_snapshot::{Snapshot, WireChange, affected_flags, wire_changes};

use super::fdv2::transfer::{self, Form};

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

/// So many ways to an environment's newest snapshot are kept: who was slow, or comes back, has one of its own.
const KEPT: usize = 8;

/// From one snapshot to a later one, with what is worked out once for all who take the step.
pub(crate) struct Step {
    pub(crate) old: Arc<Snapshot>,
    pub(crate) new: Arc<Snapshot>,
    frames: OnceLock<Bytes>,
    transfer: OnceLock<Bytes>,
    affected: OnceLock<Vec<Key>>,
}

impl Step {
    /// What a server-side SDK must be told; empty where it would see no difference.
    pub(super) fn frames(&self) -> Bytes {
        self.frames.get_or_init(|| difference(&self.old, &self.new).concat().into()).clone()
    }

    /// The same as an FDv2 transfer.
    pub(super) fn transfer(&self) -> Bytes {
        self.transfer.get_or_init(|| transfer::changes(&self.old, &self.new, Form::Stream)).clone()
    }

    /// The flags that can answer differently, in order.
    pub(crate) fn affected(&self) -> &[Key] {
        self.affected.get_or_init(|| affected_flags(&self.old, &self.new))
    }
}

/// The steps that lead to each environment's newest snapshot, made by the first who takes them.
#[derive(Default)]
pub(crate) struct Steps(Mutex<HashMap<(Key, Key), Ways>>);

/// All steps that lead to one snapshot.
type Ways = VecDeque<Arc<Step>>;

impl Steps {
    pub(super) fn between(&self, old: &Arc<Snapshot>, new: &Arc<Snapshot>) -> Arc<Step> {
        let mut steps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let steps = steps.entry((new.project.clone(), new.environment.clone())).or_default();
        let known = steps.iter().find(|step| Arc::ptr_eq(&step.old, old) && Arc::ptr_eq(&step.new, new));
        if let Some(step) = known {
            return step.clone();
        }
        let step = Arc::new(Step {
            old: old.clone(),
            new: new.clone(),
            frames: OnceLock::new(),
            transfer: OnceLock::new(),
            affected: OnceLock::new(),
        });
        // Who is behind still must not take the others' steps from them.
        if steps.front().is_none_or(|newest| newest.new.revision <= new.revision) {
            steps.retain(|step| Arc::ptr_eq(&step.new, new));
            steps.truncate(KEPT - 1);
            steps.push_back(step.clone());
        }
        step
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use switchyard_model::{Kind, Resource, ResourceId, State};

    use super::*;

    fn state(revision: u64, flags: &[(&str, &str)]) -> State {
        let mut state = State::empty(["production".into()]);
        state.revision = revision;
        for (key, value) in flags {
            let flag = json!({"kind": "flag", "key": key, "variations": [{"id": "a", "value": value}]});
            let flag = Resource::from_json(flag).unwrap();
            state.set(ResourceId::project(Kind::Flag, key), Some(Arc::new(flag)), revision);
        }
        state
    }

    fn snapshot(state: &State, previous: Option<&Snapshot>) -> Arc<Snapshot> {
        let flag = |key: &str| ResourceId::project(Kind::Flag, key);
        Arc::new(match previous {
            None => Snapshot::compile("shop", "production", state).unwrap(),
            Some(previous) => {
                let before = previous.wire_flags().map(|item| flag(&item.key));
                let touched: Vec<_> = before.chain(state.iter().map(|(id, _)| id.clone())).collect();
                previous.after(state, &touched).unwrap()
            }
        })
    }

    /// Names and data of the events, as a client reads them.
    fn events(frames: &[Bytes]) -> Vec<(String, Value)> {
        let text = String::from_utf8(frames.concat()).unwrap();
        assert!(text.is_empty() || text.ends_with("\n\n"));
        text.split_terminator("\n\n")
            .map(|event| {
                let (name, data) = event.split_once('\n').unwrap();
                let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
                (name.strip_prefix("event: ").unwrap().to_owned(), data)
            })
            .collect()
    }

    #[test]
    fn one_item_is_a_patch_or_a_delete_and_several_are_one_put() {
        let first = snapshot(&state(1, &[("a", "x")]), None);
        let put = events(&put(&first));
        assert_eq!((put[0].0.as_str(), &put[0].1["path"]), ("put", &json!("/")));
        assert_eq!(put[0].1["data"]["flags"]["a"]["version"], 1);
        assert_eq!(put[0].1["data"]["segments"], json!({}));

        let mut both = state(1, &[("a", "x")]);
        let added = state(2, &[("b", "y")]);
        both.revision = 2;
        for (id, found) in added.iter() {
            both.set(id.clone(), Some(found.resource.clone()), 2);
        }
        let second = snapshot(&both, Some(&first));
        let step = Steps::default().between(&first, &second).frames();
        let patch = events(&[step]);
        assert_eq!(patch.len(), 1);
        assert_eq!((patch[0].0.as_str(), &patch[0].1["path"]), ("patch", &json!("/flags/b")));
        assert_eq!(patch[0].1["data"]["version"], 2);

        both.revision = 3;
        both.set(ResourceId::project(Kind::Flag, "b"), None, 3);
        let third = snapshot(&both, Some(&second));
        let delete = events(&[Steps::default().between(&second, &third).frames()]);
        assert_eq!(delete, [("delete".into(), json!({"path": "/flags/b", "version": 3}))]);

        let many = snapshot(&state(4, &[("c", "z"), ("d", "z")]), Some(&third));
        let names: Vec<_> =
            events(&[Steps::default().between(&third, &many).frames()]).into_iter().map(|e| e.0).collect();
        assert_eq!(names, ["put"]);
        assert!(Steps::default().between(&many, &many).frames().is_empty());
    }

    #[test]
    fn a_step_is_made_once_for_all_streams() {
        let first = snapshot(&state(1, &[("a", "x")]), None);
        let second = snapshot(&state(2, &[("a", "y")]), Some(&first));
        let steps = Steps::default();
        let made = steps.between(&first, &second);
        assert!(Arc::ptr_eq(&made, &steps.between(&first, &second)));
        let third = snapshot(&state(3, &[("a", "z")]), Some(&second));
        let slow = steps.between(&first, &third);
        let quick = steps.between(&second, &third);
        assert!(Arc::ptr_eq(&slow, &steps.between(&first, &third)));
        steps.between(&first, &second);
        assert!(Arc::ptr_eq(&quick, &steps.between(&second, &third)), "who is behind takes nothing away");
    }
}
