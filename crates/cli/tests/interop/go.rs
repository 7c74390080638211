//! golang.org/x/oauth2, from Debian's packages, with the variables of `env.sh` alone.
//!
//! Where the tests run as another user than root, or not on Debian, Go may be absent; the test says so.

use hallpass_testbed::World;
use serde_json::Value;

#[test]
fn go_default_credentials_are_the_ones_of_hallpass_login() {
    let world = World::with_proxy();
    if !World::has_go() {
        println!(
            "Go and golang-golang-x-oauth2-google-dev are not installed here, so their case did not run"
        );
        return;
    }
    world.run(&["login", "--client-id-file", "client_secret.json"]).done();
    let answer: Value = serde_json::from_str(&world.go("adc.go")).expect("JSON");
    assert_eq!(answer["status"], 200, "{answer}");
    assert_eq!(answer["body"]["models"][0]["name"], "models/gemini-2.5-flash");
    assert_eq!(world.token_requests("refresh_token"), 1, "Go refreshed with our file");
}
