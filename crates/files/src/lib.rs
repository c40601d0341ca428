//! The configuration as files: where each resource stands, how it is written, and at which line a mistake is.
//!
//! What is written is always the same for the same resource, byte for byte, so that a difference between two
//! folders is a difference between two configurations. What is read may be written by anybody: YAML or JSON, one
//! document or many, one resource or a list.
//!
//! It knows nothing of projects, of what a valid change is, or of where files come from.

mod layout;
mod marks;
mod read;
mod write;

pub use layout::{is_resource, path};
pub use read::{Located, Source, Sources};
pub use write::{json, yaml};
