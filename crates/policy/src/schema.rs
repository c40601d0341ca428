//! What policies can speak of.

use std::sync::LazyLock;

use cedar_policy::{Schema, Validator};
use switchyard_model::Kind;
use switchyard_model::access::Role;

use crate::Aspect;

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let list = |words: Vec<&str>| words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ");
    include_str!("schema.cedarschema")
        .replace("[ROLES]", &format!("[{}]", list(Role::ALL.map(Role::word).to_vec())))
        .replace("[KINDS]", &format!("[{}]", list(Kind::ALL.map(Kind::word).to_vec())))
        .replace("[ASPECTS]", &format!("[{}]", list(Aspect::ALL.map(Aspect::word).to_vec())))
});

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let (schema, _) = Schema::from_cedarschema_str(&TEXT).expect("the schema is ours, and a test reads it");
    Validator::new(schema)
});

/// The schema as text, as Cedar's tools read it.
pub fn schema() -> &'static str {
    &TEXT
}

pub(crate) fn validator() -> &'static Validator {
    &VALIDATOR
}
