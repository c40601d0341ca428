//! A state keeps up who names whom, whatever is put into it and taken out.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::Index;
use switchyard_model::validate::references;
use switchyard_model::{Manifest, ResourceId, State};
use switchyard_testkit::{full, variants};

/// A resource of one of all kinds with one thing changed, or only its name.
fn one(
    (which, change, there): (usize, Index, bool),
) -> Option<(ResourceId, Option<Arc<switchyard_model::Resource>>)> {
    let json = &full()[which];
    let all = variants(json);
    let manifest = Manifest::from_json(change.get(&all).clone(), Some("production")).ok()?;
    Some((manifest.id(), there.then(|| Arc::new(manifest.resource))))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn users_are_those_who_refer(
        steps in proptest::collection::vec((0..8_usize, any::<Index>(), proptest::bool::weighted(0.8)), 0..40),
    ) {
        let mut state = State::empty(["production".into()]);
        for (id, resource) in steps.into_iter().filter_map(one) {
            state.set(id, resource, 1);
        }
        let named = |id: &ResourceId, resource: &switchyard_model::Resource| -> BTreeSet<ResourceId> {
            references(id, resource).into_iter().map(|reference| reference.to).collect()
        };
        let all: Vec<_> = state.iter().map(|(id, found)| (id.clone(), named(id, &found.resource))).collect();
        for wanted in all.iter().flat_map(|(id, named)| named.iter().chain([id])) {
            let users: BTreeSet<_> = state.users(wanted).collect();
            let refer: BTreeSet<_> =
                all.iter().filter(|(_, named)| named.contains(wanted)).map(|(id, _)| id).collect();
            prop_assert_eq!(users, refer);
        }
        let mut anew = State::empty(["production".into()]);
        for (id, found) in state.iter() {
            anew.set(id.clone(), Some(found.resource.clone()), 1);
        }
        prop_assert_eq!(anew, state);
    }
}
