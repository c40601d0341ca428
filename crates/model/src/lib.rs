//! The words of Switchyard as types: ids, scopes, resources, edits, changes, revisions, and their
//! validation. Pure: this crate knows nothing of clocks, storage, networks or wire formats other than
//! LaunchDarkly's flag model, which is our flag model.
//!
//! - A [`Resource`] is one object of the configuration; a [`ResourceId`] names it in its scope.
//! - An [`Edit`] is one typed operation on one resource; applied, it carries the resource before and after.
//! - A [`State`] is every resource at one revision; [`validate`](validate::validate) judges it as a whole.
//! - [`merge`] puts one difference on top of later ones, field by field, and names what it can't.

pub mod access;
pub mod allocation;
pub mod change;
pub mod clock;
pub mod edit;
pub mod exported;
pub mod flag;
pub mod flag_spec;
pub mod freeze;
pub mod guardrail;
pub mod ids;
pub mod listener;
pub mod merge;
pub mod problem;
pub mod reference;
pub mod resource;
pub mod review;
pub mod revision;
pub mod route;
pub mod schedule;
pub mod segment;
pub mod segment_spec;
pub mod service;
pub mod shaped;
pub mod state;
pub mod targeting;
pub mod validate;
pub mod writer;

pub use change::{Change, ChangeState};
pub use edit::{AppliedEdit, Edit, Op};
pub use flag::Flag;
pub use freeze::Freeze;
pub use guardrail::Guardrail;
pub use ids::{Kind, ResourceId, Scope};
pub use listener::Listener;
pub use problem::Problem;
pub use resource::{Manifest, Resource};
pub use review::{BrokenGlass, Comment, Review, Verdict};
pub use revision::{Origin, Revision};
pub use route::Route;
pub use schedule::{IfFrozen, Schedule, ScheduleState};
pub use segment::Segment;
pub use service::Service;
pub use state::State;
pub use targeting::Targeting;
pub use writer::Writer;
