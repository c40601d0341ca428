//! Who may do what, decided by Cedar policies: those that ship with the product, one set for each role, and a project's
//! own. Pure: this crate knows nothing of storage, sign-in or the network, and not what an edit is, only what of a
//! resource it changes.
//!
//! - [`aspects`] says what of a resource an edit changes, from what it was and what it becomes.
//! - [`Rules`] are policies that were read, held against the schema and made ready, once; [`Rules::decide`] asks them.
//! - A [`Decision`] names the policies that it follows from, in words.
//! - [`Mistake`]s say where in a policy something is wrong, all of them at once.

mod ask;
mod aspects;
mod entities;
mod might;
mod mistakes;
mod rules;
mod schema;
mod words;

pub use ask::{Ask, Deed, On, Owner, Place, Sort, Subject, Who};
pub use aspects::{Aspect, Aspects, aspects};
pub use mistakes::{Known, Mistake};
pub use rules::{Decision, Effect, Own, Rules, Source, Statement, Via};
pub use schema::schema;
