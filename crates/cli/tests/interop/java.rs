//! google-auth-library-java, from Debian's packages: Java has no variable for a proxy or a trust store, so both are given as
//! docs/emulator.md says.
//!
//! Where the tests run as another user than root, or not on Debian, Java may be absent; the test says so.

use hallpass_testbed::World;
use serde_json::Value;

#[test]
fn java_default_credentials_are_the_ones_of_hallpass_login() {
    let world = World::with_proxy();
    if !World::has_java() {
        println!("Java and libgoogle-auth-java are not installed here, so their case did not run");
        return;
    }
    world.run(&["login", "--client-id-file", "client_secret.json"]).done();
    let answer: Value = serde_json::from_str(&world.java("Adc.java")).expect("JSON");
    assert_eq!(answer["status"], 200, "{answer}");
    assert_eq!(answer["body"]["models"][0]["name"], "models/gemini-2.5-flash");
    assert_eq!(world.token_requests("refresh_token"), 1, "Java refreshed with our file");
}
