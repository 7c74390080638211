//! Application Default Credentials: Google's libraries find and use what `hallpass login` wrote.

use hallpass_testbed::World;
use serde_json::Value;

const PAGE_SCOPES: &str = "https://www.googleapis.com/auth/cloud-platform,\
    https://www.googleapis.com/auth/generative-language.retriever";

#[test]
fn python_default_credentials_are_the_ones_of_hallpass_login() {
    let world = signed_in();
    assert_lists_models(&world.python("adc.py"));
    assert_eq!(world.token_requests("refresh_token"), 1, "Python refreshed with our file");
}

#[test]
fn python_gemini_library_finds_them_too() {
    let world = signed_in();
    assert!(world.python("adc_generativeai.py").contains("\"models/gemini-2.5-flash\""));
}

#[test]
fn node_library_gets_the_token_info_of_its_token() {
    let answer: Value = serde_json::from_str(&signed_in().node("token_info.mjs")).expect("JSON");
    assert_eq!(answer["scopes"].as_array().map(Vec::len), Some(2), "{answer}");
}

#[test]
fn grpc_refusal_reaches_python_with_googles_reason() {
    let world = World::with_proxy();
    let scope = "https://www.googleapis.com/auth/cloud-platform";
    world.run(&["login", "--client-id-file", "client_secret.json", "--scopes", scope]).done();
    let answer = world.python("refused.py");
    assert_eq!(
        answer.trim(),
        "PermissionDenied 403 ACCESS_TOKEN_SCOPE_INSUFFICIENT googleapis.com"
    );
}

#[test]
fn node_default_credentials_are_the_ones_of_hallpass_login() {
    let world = signed_in();
    assert_lists_models(&world.node("adc.mjs"));
    assert_eq!(world.token_requests("refresh_token"), 1, "Node refreshed with our file");
}

#[test]
fn quota_project_of_the_file_is_sent_by_python_and_node() {
    let world = signed_in();
    // Ada may not use this project, so the refusal shows that its name was sent.
    world.run(&["set-quota-project", "another-users-project"]).done();
    for answer in [world.python("adc.py"), world.node("adc.mjs")] {
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!(answer["status"], 403);
        let reason = &answer["body"]["error"]["details"][0]["reason"];
        assert_eq!(reason, "USER_PROJECT_DENIED", "{answer}");
    }
}

fn signed_in() -> World {
    let world = World::with_proxy();
    world.run(&["login", "--client-id-file", "client_secret.json", "--scopes", PAGE_SCOPES]).done();
    world
}

fn assert_lists_models(answer: &str) {
    let answer: Value = serde_json::from_str(answer).expect("JSON");
    assert_eq!(answer["status"], 200, "{answer}");
    assert!(
        answer["body"]["models"][0]["name"]
            .as_str()
            .is_some_and(|name| name.starts_with("models/"))
    );
}
