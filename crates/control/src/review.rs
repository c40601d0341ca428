//! Review: what a change needs before it applies, and who said what of it.
//!
//! - What it needs follows from what it *does*, not from where its edits stand: each environment whose compiled
//!   snapshot it alters asks for its approvals, and each owner of a resource that it touches, before or after,
//!   asks for theirs ([`needs`]).
//! - An approval is for the [`difference`] that its reviewer saw. While the change would do the same on the
//!   present head it counts; once it would do something else it is void.
//! - A rejection holds until its author approves, or until somebody edits the change so that it does
//!   something else.
//! - Nobody reviews what they wrote, and a token is no other person than the member who made it.
//! - [`gate`] is in the one way in which revisions are written, so that there is none around it.

pub(crate) mod actions;
pub(crate) mod comments;
pub(crate) mod difference;
pub(crate) mod gate;
mod missing;
pub(crate) mod needs;
mod people;
pub(crate) mod permits;
pub(crate) mod standing;
pub(crate) mod views;
