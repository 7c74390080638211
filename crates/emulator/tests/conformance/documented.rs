//! docs/emulator.md against this folder: every test is in its table, every name in the table is a test.

const DOCS: &str = include_str!("../../../../docs/emulator.md");
const FILES: &[(&str, &str)] = &[
    ("authorize", include_str!("authorize.rs")),
    ("cloud", include_str!("cloud.rs")),
    ("console", include_str!("console.rs")),
    ("control", include_str!("control.rs")),
    ("device", include_str!("device.rs")),
    ("error_pages", include_str!("error_pages.rs")),
    ("failures", include_str!("failures.rs")),
    ("faults", include_str!("faults.rs")),
    ("gemini", include_str!("gemini.rs")),
    ("generate", include_str!("generate.rs")),
    ("hostile", include_str!("hostile.rs")),
    ("identity", include_str!("identity.rs")),
    ("impersonation", include_str!("impersonation.rs")),
    ("jwt_bearer", include_str!("jwt_bearer.rs")),
    ("metadata", include_str!("metadata.rs")),
    ("outcomes", include_str!("outcomes.rs")),
    ("pages", include_str!("pages.rs")),
    ("proxy", include_str!("proxy.rs")),
    ("refresh", include_str!("refresh.rs")),
    ("refresh_json", include_str!("refresh_json.rs")),
    ("revoke", include_str!("revoke.rs")),
    ("snapshot", include_str!("snapshot.rs")),
    ("start", include_str!("start.rs")),
    ("token", include_str!("token.rs")),
    ("token_exchange", include_str!("token_exchange.rs")),
];

fn tests() -> Vec<String> {
    let of_file = |(file, text): (&str, &str)| {
        let parts = text.split("#[test]\nfn ").skip(1);
        parts.map(|part| format!("{file}::{}", part.split('(').next().unwrap())).collect::<Vec<_>>()
    };
    FILES.iter().copied().flat_map(of_file).collect()
}

#[test]
fn every_test_is_a_requirement_and_every_requirement_a_test() {
    let tests = tests();
    for test in &tests {
        assert!(DOCS.contains(&format!("| `{test}` |")), "docs/emulator.md lacks `{test}`");
    }
    let rows = DOCS.lines().filter_map(|line| line.strip_suffix("` |")?.rsplit_once("| `"));
    for (_, named) in rows.filter(|(_, named)| named.contains("::")) {
        assert!(tests.iter().any(|test| test == named), "`{named}` is no test");
    }
}

#[test]
fn every_switch_is_documented() {
    let switches = include_str!("../../src/switches.rs");
    let fields =
        switches.split("pub struct Switches {").nth(1).unwrap().split("\n}").next().unwrap();
    for name in
        fields.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split(':').next())
    {
        assert!(
            DOCS.contains(&format!("| `{name}` |")),
            "docs/emulator.md lacks the switch `{name}`"
        );
    }
}
