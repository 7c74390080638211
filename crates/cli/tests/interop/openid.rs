//! openid-client, the certified OpenID Connect client for Node: at the emulator's own address, and at Google's
//! through the proxy.

use hallpass_emulator::Issuer;
use hallpass_testbed::World;
use serde_json::{Value, json};

/// What the program prints of a sign-in with PKCE, a nonce, a refresh and a revocation that all went well.
fn signed_in(issuer: &str) -> Value {
    json!({"iss": issuer, "email": "ada@example.com", "models": 200, "after": "invalid_grant"})
}

fn of_json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn openid_client_signs_in_at_the_emulators_own_address() {
    let world = World::with_proxy();
    world.emulator.update_config(|config| config.switches.issuer = Issuer::Origin);
    let url = world.emulator.url();
    let said = world.node_with("openid_client.mjs", &[&url, &url]);
    assert_eq!(of_json(&said), signed_in(&url));
    assert_eq!(world.token_requests("refresh_token"), 2, "the second is refused");
}

#[test]
fn openid_client_signs_in_at_googles_address_through_the_proxy() {
    let world = World::with_proxy();
    let google = "https://accounts.google.com";
    let gemini = "https://generativelanguage.googleapis.com";
    let said = world.node_24_with("openid_client.mjs", &[google, gemini]);
    assert_eq!(of_json(&said), signed_in(google));
    let hosts: Vec<String> =
        world.emulator.requests().iter().map(|request| request.host.clone()).collect();
    assert!(
        hosts.iter().all(|host| host.ends_with(".googleapis.com") || host == "accounts.google.com"),
        "{hosts:?}"
    );
}
