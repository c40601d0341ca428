//! stub
use super::Edit;
use crate::{Problem, Resource};
pub(super) fn apply(_edit: &Edit, _before: Option<&Resource>) -> Result<Option<Resource>, Vec<Problem>> {
    Err(vec![])
}
