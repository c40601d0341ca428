//! stub
use crate::{Problem, ResourceId, State};
/// stub
pub fn validate(_state: &State) -> Vec<Problem> {
    vec![]
}
/// stub
pub fn validate_touched(_state: &State, _touched: &[ResourceId]) -> Vec<Problem> {
    vec![]
}
/// stub
pub fn dependents(_state: &State, _id: &ResourceId) -> Vec<ResourceId> {
    vec![]
}
