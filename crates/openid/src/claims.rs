//! What a provider says about somebody.

use std::collections::BTreeMap;

use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a provider says about somebody, verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The provider.
    pub issuer: String,
    /// Whom it knows; never given to another there.
    pub subject: String,
    /// What people call them.
    pub name: Option<String>,
    /// Their e-mail address, where the provider has verified that it is theirs.
    pub email: Option<String>,
    /// The groups they are in.
    pub groups: Vec<String>,
}

/// The claims that the standard does not name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Rest {
    #[serde(flatten)]
    all: BTreeMap<String, Value>,
}

impl AdditionalClaims for Rest {}

impl Rest {
    /// The groups under a claim, where there is such a claim: a list of names, or one name. A claim's whole name
    /// goes before the path that its dots could make: some are called as URLs.
    pub(crate) fn groups(&self, claim: &str) -> Option<Vec<String>> {
        let by_path = || {
            let mut names = claim.split('.');
            let first = self.all.get(names.next()?)?;
            names.try_fold(first, |value, name| value.get(name))
        };
        match self.all.get(claim).or_else(by_path)? {
            Value::String(one) => Some(vec![one.clone()]),
            Value::Array(all) => Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn groups_are_found_where_providers_put_them() {
        let rest: Rest = serde_json::from_value(json!({
            "groups": ["ops", 7, "all"],
            "role": "ops",
            "realm_access": {"roles": ["admin"]},
            "https://shop.example/groups": ["web"],
            "no": 1,
        }))
        .unwrap();
        for (claim, expected) in [
            ("groups", Some(vec!["ops", "all"])),
            ("role", Some(vec!["ops"])),
            ("realm_access.roles", Some(vec!["admin"])),
            ("https://shop.example/groups", Some(vec!["web"])),
            ("realm_access", None),
            ("realm_access.other", None),
            ("no", None),
            ("", None),
        ] {
            let found = rest.groups(claim);
            let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect());
            assert_eq!(found, expected, "{claim}");
        }
    }
}
