//! stub
use crate::Resource;
use serde_json::Value;
/// stub
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// stub
    pub path: String,
    /// stub
    pub base: Option<Value>,
    /// stub
    pub ours: Option<Value>,
    /// stub
    pub theirs: Option<Value>,
}
/// stub
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// stub
    pub path: String,
    /// stub
    pub before: Option<Value>,
    /// stub
    pub after: Option<Value>,
}
/// stub
pub fn merge(
    _base: Option<&Resource>,
    _ours: Option<&Resource>,
    _theirs: Option<&Resource>,
) -> Result<Option<Resource>, Vec<Conflict>> {
    Err(vec![])
}
/// stub
pub fn difference(_before: Option<&Resource>, _after: Option<&Resource>) -> Vec<FieldChange> {
    vec![]
}
