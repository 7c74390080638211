//! golang.org/x/oauth2, as Debian packs it, with the variables of `env.sh` or of `hallpass exec` alone.

use hallpass_testbed::World;
use serde_json::{Value, json};

#[test]
fn go_default_credentials_are_the_ones_of_hallpass_login() {
    let world = World::with_proxy();
    world.run(&["login", "--client-id-file", "client_secret.json"]).done();
    let answer: Value = serde_json::from_str(&world.go("adc.go")).expect("JSON");
    assert_eq!(answer["status"], 200, "{answer}");
    assert_eq!(answer["body"]["models"][0]["name"], "models/gemini-2.5-flash");
    assert_eq!(world.token_requests("refresh_token"), 1, "Go refreshed with our file");
}

#[test]
fn go_gets_its_tokens_by_the_ticket_file() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "demo-project"]).done();
    let said: Value = serde_json::from_str(&world.go_by_exec("agent_auth.go")).expect("JSON");
    let kind = "external_account_authorized_user";
    let model = "models/gemini-2.5-flash";
    assert_eq!(said, json!({"type": kind, "token": "ya29.", "status": 200, "model": model}));
    let asked = world.emulator.requests().pop().expect("a request");
    assert!(asked.headers.contains_key("authorization"), "{asked:?}");
}
