//! Server-side libraries of Node that sign users in with a client of the type "Web application".

use hallpass_emulator::Emulator;
use hallpass_testbed::World;
use serde_json::{Value, json};

/// A site of a developer's own machine, registered as `--web-client site --redirect-uri …` does.
fn of_a_site() -> World {
    let redirect_uri = "http://localhost:3000/auth/callback/google";
    World::behind_proxy(Emulator::builder().web_client("site", [redirect_uri]))
}

fn of_json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn auth_js_signs_ada_in_and_keeps_a_session() {
    let said = of_a_site().node_24_with("authjs.mjs", &[]);
    let user = json!({"name": "Ada Lovelace", "email": "ada@example.com"});
    assert_eq!(of_json(&said), json!({"back": "http://localhost:3000", "user": user}));
}

#[test]
fn both_strategies_of_passport_give_the_profile_of_ada() {
    let said = of_a_site().node_24_with("passport.mjs", &[]);
    let ada = json!({
        "id": "100000000000000000001",
        "displayName": "Ada Lovelace",
        "email": "ada@example.com",
    });
    assert_eq!(of_json(&said), json!({"oauth20": ada, "oidc": ada}));
}
