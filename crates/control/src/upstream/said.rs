//! All that an upstream says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use switchyard_model::Kind;
use switchyard_model::exported::followed::Item;
use switchyard_model::ids::Key;

/// A flag's or a segment's name.
pub type Name = (Kind, Key);

/// All that an upstream says, each thing with its version. Clones share the things.
#[derive(Debug, Clone, Default)]
pub struct Said {
    things: BTreeMap<Name, (u64, Arc<Item>)>,
}

/// What of it was spoken of.
#[derive(Debug, Clone)]
pub enum Spoken {
    /// Everything: what it did not name is gone.
    All,
    /// These; and what was left out before is looked at again.
    Of(BTreeSet<Name>),
}

impl Said {
    /// This is all there is.
    pub fn all(things: impl IntoIterator<Item = (Name, (u64, Item))>) -> Self {
        let shared = things.into_iter().map(|(name, (version, item))| (name, (version, Arc::new(item))));
        Said { things: shared.collect() }
    }

    /// One thing became this. What is not newer than what is known is passed over, as SDKs do: it came late.
    pub fn take(&mut self, name: Name, version: u64, item: Item) -> bool {
        let newer = self.things.get(&name).is_none_or(|(known, _)| *known < version);
        if newer {
            self.things.insert(name, (version, Arc::new(item)));
        }
        newer
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &Name> {
        self.things.keys()
    }

    pub(super) fn get(&self, name: &Name) -> Option<&Item> {
        self.things.get(name).map(|(_, item)| &**item)
    }
}
