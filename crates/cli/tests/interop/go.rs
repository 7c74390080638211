//! golang.org/x/oauth2, from Debian's packages, with the variables of `env.sh` alone.
//!
//! Where the tests run as another user than root, or not on Debian, Go may be absent; the test says so.

use hallpass_testbed::World;
use serde_json::{Value, json};

#[expect(clippy::print_stdout, reason = "the tests say that they did not run")]
fn is_installed() -> bool {
    let installed = World::has_go();
    if !installed {
        println!(
            "Go and golang-golang-x-oauth2-google-dev are not installed here, so their case did not run"
        );
    }
    installed
}

#[test]
fn go_default_credentials_are_the_ones_of_hallpass_login() {
    if !is_installed() {
        return;
    }
    let world = World::with_proxy();
    world.run(&["login", "--client-id-file", "client_secret.json"]).done();
    let answer: Value = serde_json::from_str(&world.go("adc.go")).expect("JSON");
    assert_eq!(answer["status"], 200, "{answer}");
    assert_eq!(answer["body"]["models"][0]["name"], "models/gemini-2.5-flash");
    assert_eq!(world.token_requests("refresh_token"), 1, "Go refreshed with our file");
}

#[test]
fn debians_go_library_is_older_than_the_type_of_the_ticket_file() {
    if !is_installed() {
        return;
    }
    let said: Value =
        serde_json::from_str(&World::signed_in().go_by_exec("agent_auth.go")).expect("JSON");
    let refused = said["refused"].as_str().unwrap_or_default();
    let why = r#"unknown credential type: "external_account_authorized_user""#;
    assert!(refused.ends_with(why), "{said}");
    assert_eq!(said, json!({"refused": refused}));
}
