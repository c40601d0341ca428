//! What is wrong with a policy is said with its place.

use switchyard_policy::{Known, Own, Rules, schema};

const KNOWN: Known<'static> =
    Known { project: "shop", environments: &[], teams: &[], members: &[], tokens: &[] };

fn mistakes(text: &str) -> Vec<String> {
    let own = Own { key: "mine".into(), text: text.into() };
    let environments = ["staging".into(), "production".into()];
    let known = Known { environments: &environments, ..KNOWN };
    Rules::check(&own, &known).iter().map(ToString::to_string).collect()
}

#[test]
fn each_is_named_with_line_and_column() {
    for (text, found) in [
        ("", &["line 1, column 1: says nothing"][..]),
        ("// later\n", &["line 1, column 1: says nothing"]),
        ("permit (principal, action, resource)", &["line 1, column 37: "]),
        (
            "permit (principal, action, resource);\nallow (principal, action, resource);",
            &["line 2, column 1: "],
        ),
        (r#"permit (principal in Role::"prodct", action, resource);"#, &[r#"line 1, column 22: "#]),
        (
            "permit (principal, action == Action::\"aply\", resource);\n\npermit (principal in Group::\"x\", action, resource);",
            &["line 1, column 30: ", "line 3, column 22: "],
        ),
        (
            "forbid (principal, action == Action::\"apply\", resource)\nwhen { context.aspects.contains(Aspect::\"percentge\") };",
            &["line 2, column 33: "],
        ),
        (
            "permit (principal, action == Action::\"apply\", resource)\nwhen { resource.owner == \"x\" };",
            &["line 2, column 8: "],
        ),
        ("permit (principal, action, resource)\n  when { resource.key == \"x\" };", &["line 2, column 10: "]),
        (
            "permit (principal, action == Action::\"view\", resource in Environment::\"prodction\");",
            &["line 1, column 58: there is no environment \"prodction\"; there is staging, production"],
        ),
        (
            "permit (principal in Team::\"é\", action == Action::\"revert\", resource in Project::\"other\");",
            &[
                "line 1, column 22: there is no team \"é\"; there is no team yet",
                "line 1, column 73: there is no project \"other\"; there is shop",
            ],
        ),
        ("permit (principal == ?principal, action, resource);", &["line 1, column 22: "]),
        // It can never apply: nobody comments on a resource.
        ("permit (principal, action == Action::\"comment\", resource is Resource);", &["line 1, column 1: "]),
    ] {
        let mistakes = mistakes(text);
        assert_eq!(mistakes.len(), found.len(), "{text}: {mistakes:#?}");
        for (mistake, found) in mistakes.iter().zip(found) {
            assert!(mistake.starts_with(found), "{text}: {mistake}, not {found}");
        }
    }
}

#[test]
fn what_is_about_resources_only_has_to_say_so() {
    let found = mistakes("permit (principal, action, resource) when { resource.key == \"x\" };");
    assert!(
        found
            .iter()
            .all(|mistake| mistake.ends_with("say that it is about resources: `resource is Resource`")),
        "{found:?}"
    );
    let fine = "permit (principal, action, resource is Resource) when { resource.key == \"x\" };";
    assert_eq!(mistakes(fine), [""; 0]);
}

#[test]
fn what_could_exhaust_the_reader_is_refused() {
    for text in [
        format!(
            "permit (principal, action, resource) when {{ {}true{} }};",
            "(".repeat(4_000),
            ")".repeat(4_000)
        ),
        format!("permit (principal, action, resource) when {{ {}true }};", "!".repeat(4_000)),
        format!("permit (principal, action, resource) when {{ {}true }};", "! ".repeat(4_000)),
        "x".repeat(20_000),
        "é".repeat(4_000),
        "\u{0}\u{1}\"\\".repeat(1_000),
    ] {
        assert!(!mistakes(&text).is_empty());
    }
    // Long and flat is fine.
    let flat = format!(
        "permit (principal, action, resource is Resource) when {{ {} }};",
        ["resource.key == \"x\""; 300].join(" || ")
    );
    assert_eq!(mistakes(&flat), [""; 0]);
}

#[test]
fn the_schema_names_what_there_is() {
    for word in ["enum [\"viewer\", ", "\"guardrail\"]", "\"percentage\", ", "action \"propose\", "] {
        assert!(schema().contains(word), "{word} in {}", schema());
    }
}
