//! docs/emulator.md and the pages below docs/emulator against the conformance tests: every test is in a table, every
//! name in a table is a test.
//!
//! The pages are outside this crate, so the published package leaves this file out.

const DOCS: &str = concat!(
    include_str!("../../../docs/emulator.md"),
    include_str!("../../../docs/emulator/caches.md"),
    include_str!("../../../docs/emulator/batches.md"),
    include_str!("../../../docs/emulator/cloud.md"),
    include_str!("../../../docs/emulator/file-search.md"),
    include_str!("../../../docs/emulator/files.md"),
    include_str!("../../../docs/emulator/gemini.md"),
    include_str!("../../../docs/emulator/generate.md"),
    include_str!("../../../docs/emulator/interactions.md"),
    include_str!("../../../docs/emulator/oauth.md"),
    include_str!("../../../docs/emulator/openai.md"),
    include_str!("../../../docs/emulator/scripts.md"),
);
/// What only helps the tests.
const NO_TESTS: &[&str] = &["wire"];
const FILES: &[(&str, &str)] = &[
    ("authorize", include_str!("conformance/authorize.rs")),
    ("caches", include_str!("conformance/caches.rs")),
    ("batches", include_str!("conformance/batches.rs")),
    ("cloud", include_str!("conformance/cloud.rs")),
    ("console", include_str!("conformance/console.rs")),
    ("control", include_str!("conformance/control.rs")),
    ("curl", include_str!("conformance/curl.rs")),
    ("device", include_str!("conformance/device.rs")),
    ("error_pages", include_str!("conformance/error_pages.rs")),
    ("failures", include_str!("conformance/failures.rs")),
    ("faults", include_str!("conformance/faults.rs")),
    ("file_search", include_str!("conformance/file_search.rs")),
    ("files", include_str!("conformance/files.rs")),
    ("gemini", include_str!("conformance/gemini.rs")),
    ("generate", include_str!("conformance/generate.rs")),
    ("grpc", include_str!("conformance/grpc.rs")),
    ("hostile", include_str!("conformance/hostile.rs")),
    ("identity", include_str!("conformance/identity.rs")),
    ("impersonation", include_str!("conformance/impersonation.rs")),
    ("interactions", include_str!("conformance/interactions.rs")),
    ("jwt_bearer", include_str!("conformance/jwt_bearer.rs")),
    ("library", include_str!("conformance/library.rs")),
    ("metadata", include_str!("conformance/metadata.rs")),
    ("openai", include_str!("conformance/openai.rs")),
    ("methods", include_str!("conformance/methods.rs")),
    ("others", include_str!("conformance/others.rs")),
    ("outcomes", include_str!("conformance/outcomes.rs")),
    ("pages", include_str!("conformance/pages.rs")),
    ("proxy", include_str!("conformance/proxy.rs")),
    ("refresh", include_str!("conformance/refresh.rs")),
    ("refresh_json", include_str!("conformance/refresh_json.rs")),
    ("revoke", include_str!("conformance/revoke.rs")),
    ("schemas", include_str!("conformance/schemas.rs")),
    ("scripts", include_str!("conformance/scripts.rs")),
    ("snapshot", include_str!("conformance/snapshot.rs")),
    ("start", include_str!("conformance/start.rs")),
    ("stores", include_str!("conformance/stores.rs")),
    ("strangers", include_str!("conformance/strangers.rs")),
    ("stream_faults", include_str!("conformance/stream_faults.rs")),
    ("token", include_str!("conformance/token.rs")),
    ("token_exchange", include_str!("conformance/token_exchange.rs")),
    ("uploads", include_str!("conformance/uploads.rs")),
    ("tools", include_str!("conformance/tools.rs")),
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
        assert!(DOCS.contains(&format!("| `{test}` |")), "no page of docs/emulator has `{test}`");
    }
    let rows = DOCS.lines().filter_map(|line| line.strip_suffix("` |")?.rsplit_once("| `"));
    for (_, named) in rows.filter(|(_, named)| named.contains("::")) {
        assert!(tests.iter().any(|test| test == named), "`{named}` is no test");
    }
}

#[test]
fn every_file_of_tests_is_looked_into() {
    let modules = include_str!("conformance/main.rs").lines();
    for name in modules.filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')) {
        let is_known = NO_TESTS.contains(&name) || FILES.iter().any(|(file, _)| *file == name);
        assert!(is_known, "`{name}` is not in the list of this file");
    }
}

#[test]
fn every_switch_is_documented() {
    let switches = include_str!("../src/config/switches.rs");
    let fields =
        switches.split("pub struct Switches {").nth(1).unwrap().split("\n}").next().unwrap();
    for name in
        fields.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split(':').next())
    {
        assert!(
            DOCS.contains(&format!("| `{name}` |")),
            "no page of docs/emulator has the switch `{name}`"
        );
    }
}
