//! Webhooks: who is told what happens, and how far that came; links with which a person answers from there.
//!
//! - What is told is in the store's outbox in the transaction of what it tells of, so that nothing is forgotten
//!   and nothing told that did not happen. [`outbox`] makes messages of it, in the words of the page.
//! - Who sends them is `notify`'s business, as are the forms that they have on the wire.
//! - Secrets are not kept: each follows from the server's key, the webhook's id and a version ([`signing`]).
//! - A [`links`] link is one member's, for one difference of one change, and once; it goes through the review
//!   that everybody goes through.

pub(crate) mod address;
pub(crate) mod events;
pub(crate) mod links;
pub(crate) mod log;
pub(crate) mod outbox;
pub(crate) mod signing;
pub(crate) mod url;
pub(crate) mod views;
pub(crate) mod webhooks;

use std::sync::OnceLock;

/// What a server gives its webhooks and triggers.
#[derive(Clone)]
pub struct HookSettings {
    /// What all their secrets follow from: kept beside the store, never in it.
    pub key: [u8; 32],
    /// Whether webhooks may call this machine and private networks.
    pub private: bool,
    /// Where people reach the page, without a slash at the end.
    pub public_url: String,
}

/// The settings, once they are said.
#[derive(Default)]
pub(crate) struct Settled(OnceLock<HookSettings>);

impl Settled {
    pub(crate) fn set(&self, settings: HookSettings) {
        // Only the first counts: secrets must not change while a server runs.
        let _ = self.0.set(settings);
    }

    /// Without settings: a key that lasts as long as the process, and public addresses only.
    pub(crate) fn get(&self) -> &HookSettings {
        self.0.get_or_init(|| HookSettings { key: rand::random(), private: false, public_url: String::new() })
    }
}
