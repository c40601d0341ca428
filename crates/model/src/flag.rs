//! A flag as the project knows it: that it exists, and its variations.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Writer;
use crate::flag_spec::ClientSideAvailability;
use crate::ids::Key;

/// A feature flag. Its variations keep their positions for life, because targeting and LaunchDarkly's
/// clients name them by index: new ones go to the end, and only the last may be taken away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Flag {
    /// Unique in the project.
    pub key: Key,
    /// What people call it; the key where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The person or team who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Free words for finding it; sorted, unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Its one writer; others leave it alone.
    #[serde(default, skip_serializing_if = "Writer::is_page")]
    pub managed_by: Writer,
    /// What sort of decision it is.
    #[serde(default, rename = "type")]
    pub purpose: Purpose,
    /// The last day it is meant to be there; afterwards it is told as stale. Nothing happens by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
    /// Put aside: no client, gateway or other flag sees it, and its targeting waits for its return.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// 1 to 100 values of one JSON type.
    pub variations: Vec<Variation>,
    /// Which client-side SDKs may see it.
    #[serde(default)]
    pub client_side_availability: ClientSideAvailability,
}

/// What sort of decision a flag is; it says how long the flag should live.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// Brings something new out; goes when it is out.
    #[default]
    Release,
    /// Compares variations; goes when it is decided.
    Experiment,
    /// A switch for running the system; stays.
    Operational,
    /// Who may; stays.
    Permission,
}

/// One value a flag can have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Variation {
    /// Stable and unique in the flag; routes and sentences name the variation by it.
    pub id: Key,
    /// What clients get.
    pub value: Value,
    /// What it means.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Purpose; 4] =
        [Purpose::Release, Purpose::Experiment, Purpose::Operational, Purpose::Permission];

    /// Its word, as the API has it.
    pub fn word(self) -> &'static str {
        match self {
            Purpose::Release => "release",
            Purpose::Experiment => "experiment",
            Purpose::Operational => "operational",
            Purpose::Permission => "permission",
        }
    }

    /// True where the flag is meant to go some day.
    pub fn is_temporary(self) -> bool {
        matches!(self, Purpose::Release | Purpose::Experiment)
    }
}

impl Flag {
    /// The position of the variation with this id.
    pub fn variation_index(&self, id: &str) -> Option<usize> {
        self.variations.iter().position(|v| &*v.id == id)
    }

    /// What people call it.
    pub fn title(&self) -> &str {
        if self.name.is_empty() { &self.key } else { &self.name }
    }
}
