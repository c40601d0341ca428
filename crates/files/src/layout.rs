//! Which file a resource stands in.

use sha2::{Digest, Sha256};
use switchyard_model::{Kind, ResourceId};

/// The most characters of a key that a file is named by; most file systems take 255 with the ending.
const NAME_MAX: usize = 200;

/// The file of a resource, with `/` between folders: `flag/checkout-v2.yaml`, `production/route/checkout.yaml`.
/// A longer key than file systems take is cut, and told apart by its SHA-256.
pub fn path(id: &ResourceId) -> String {
    let place = id.scope.environment().map(|environment| format!("{environment}/")).unwrap_or_default();
    let name = match id.key.len() {
        0..=NAME_MAX => id.key.to_string(),
        _ => {
            let begin: String = id.key.chars().take(NAME_MAX).collect();
            let rest: String =
                Sha256::digest(id.key.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            format!("{begin}~{rest}")
        }
    };
    format!("{place}{}/{name}.yaml", id.kind)
}

/// True for a file that stands where resources do, whoever wrote it: in a folder of a kind, at the top or in one
/// of an environment. A README beside them is none.
pub fn is_resource(path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    let (kind, name, inside) = match parts[..] {
        [kind, name] => (kind, name, false),
        [_, kind, name] => (kind, name, true),
        _ => return false,
    };
    let named = name
        .rsplit_once('.')
        .is_some_and(|(name, ending)| !name.is_empty() && matches!(ending, "yaml" | "yml" | "json"));
    named && kind.parse::<Kind>().is_ok_and(|kind| kind.is_project_scoped() != inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_resource_has_a_file_of_its_own() {
        let long = |end: &str| format!("{}{end}", "k".repeat(255));
        let ids = [
            ResourceId::project(Kind::Flag, "checkout-v2"),
            ResourceId::environment("production", Kind::Targeting, "checkout-v2"),
            ResourceId::environment("flag", Kind::Segment, "flag"),
            ResourceId::project(Kind::Flag, &long("a")),
            ResourceId::project(Kind::Flag, &long("b")),
        ];
        let paths: Vec<_> = ids.iter().map(path).collect();
        assert_eq!(
            paths[..3],
            ["flag/checkout-v2.yaml", "production/targeting/checkout-v2.yaml", "flag/segment/flag.yaml"]
        );
        assert_ne!(paths[3], paths[4]);
        assert!(
            paths
                .iter()
                .all(|path| is_resource(path) && path.rsplit('/').next().is_some_and(|n| n.len() <= 255))
        );
    }

    #[test]
    fn what_stands_elsewhere_is_no_resource() {
        for other in [
            "README.md",
            "shop.yaml",
            "flag/README.md",
            "flag/.yaml",
            "staging/flag/f.yaml",
            "route/r.yaml",
            "a/b/route/r.yaml",
            "a/../route.yaml",
        ] {
            assert!(!is_resource(other), "{other}");
        }
        assert!(is_resource("staging/route/many.yml") && is_resource("flag/f.json"));
    }
}
