//! Google's current Gemini libraries, and LangChain's on top of one, with the emulator's key: in Python and in Node.
//!
//! Each program runs every method once and prints what it gave; a method that fails gives its error instead.

use hallpass_testbed::World;
use serde_json::{Value, json};

const SAYS: &str =
    "The emulator answers as gemini-2.5-flash. The prompt has 2 tokens and ends: Hello.";

fn of_json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn joined(pieces: &Value) -> String {
    pieces.as_array().expect("pieces").iter().filter_map(Value::as_str).collect()
}

/// Whether the model answers a function's answer.
fn ends(text: &Value, end: &str) -> bool {
    text.as_str().is_some_and(|text| text.ends_with(end))
}

fn signed_in() -> World {
    let world = World::with_proxy();
    world.run(&["login", "--client-id-file", "client_secret.json"]).done();
    world
}

#[test]
fn google_genai_for_python_does_all_with_a_key_and_nothing_without() {
    let said = of_json(&signed_in().python("google_genai.py"));
    assert_eq!(said["models"], json!([14, "Gemini 2.5 Flash"]));
    assert_eq!(said["generate"], json!([SAYS, "STOP", 23]));
    assert_eq!(joined(&said["stream"]), SAYS);
    assert_eq!(said["asynchronous"], SAYS);
    assert_eq!((&said["count"], &said["embed"]), (&json!(2), &json!([2, 2])));
    assert_eq!(said["chat"], json!([4, true]));
    assert_eq!((&said["tools"][0], &said["tools"][1]), (&json!({"city": "Rome"}), &json!(true)));
    assert!(
        ends(&said["tools"][2], r#"get_weather returned {"result":"sunny in Rome"}"#),
        "{said}"
    );
    assert_eq!(said["schema"], json!({"city": "Rome"}));
    let refusal = said["refusal"].as_str().expect("an error");
    assert!(refusal.starts_with("ClientError: 400 INVALID_ARGUMENT."), "{refusal}");
    let without_key = said["without_key"].as_str().expect("an error");
    assert!(without_key.starts_with("ValueError: No API key was provided."), "{without_key}");
}

#[test]
fn langchain_calls_tools_streams_and_embeds() {
    let said = of_json(&signed_in().python("langchain.py"));
    let says = SAYS.replace("2.5-flash", "3.1-pro-preview");
    assert_eq!(said["invoke"], json!([says, 24]));
    assert_eq!(said["stream"], says);
    assert_eq!(said["tools"][0], json!([{"city": "Rome"}]));
    assert!(
        ends(&said["tools"][1], r#"get_weather returned {"output":"sunny in Rome"}"#),
        "{said}"
    );
    assert_eq!((&said["schema"], &said["embed"]), (&json!({"city": "Rome"}), &json!([2, 2])));
}

#[test]
fn google_genai_for_node_does_the_same_with_a_key_and_with_the_sign_in() {
    let world = signed_in();
    let [key, adc] =
        ["key", "adc"].map(|with| of_json(&world.node_24_with("google_genai.mjs", &[with])));
    assert_eq!(key, adc);
    assert_eq!(world.token_requests("refresh_token"), 1, "with the sign-in alone");
    assert_eq!(key["models"], json!([14, "Gemini 2.5 Flash"]));
    assert_eq!(key["generate"], json!([SAYS, "STOP", 23]));
    assert_eq!(joined(&key["stream"]), SAYS);
    assert_eq!(
        (&key["count"], &key["embed"], &key["chat"]),
        (&json!(2), &json!([2, 2]), &json!(4))
    );
    assert_eq!((&key["tools"][0], &key["tools"][1]), (&json!({"city": "Rome"}), &json!(true)));
    assert!(ends(&key["tools"][2], r#"get_weather returned {"result":"sunny in Rome"}"#), "{key}");
    assert_eq!(key["schema"], json!({"city": "Rome"}));
    assert_eq!(key["refusal"], "ApiError: 404");
}

#[test]
fn google_genai_for_python_keeps_files_stores_caches_batches_and_interactions() {
    let said = of_json(&signed_in().python("google_genai_resources.py"));
    assert_eq!(said["files"], json!(["ACTIVE", 64, "text/plain", true, true, 0]));
    let gone = said["file_that_is_gone"].as_str().expect("an error");
    assert!(gone.starts_with("ClientError: 403 PERMISSION_DENIED."), "{gone}");
    assert_eq!(said["file_search"], json!([true, "guide.txt", ["STATE_ACTIVE"], 0]));
    assert_eq!(said["caches"], json!([true, true, true, 0]));
    assert_eq!(said["batches"], json!(["JOB_STATE_SUCCEEDED", ["One.", "Two."], true]));
    let events = ["interaction.created", "interaction.completed"];
    assert_eq!(said["interactions"], json!(["completed", "completed", events[0], events[1]]));
}

#[test]
fn google_genai_for_node_keeps_the_same_with_a_key_and_with_the_sign_in() {
    let world = signed_in();
    for with in ["key", "adc"] {
        let said = of_json(&world.node_24_with("google_genai_resources.mjs", &[with]));
        assert_eq!(said["files"], json!(["ACTIVE", "64", "text/plain", true, true, 0]), "{with}");
        assert_eq!(said["fileSearch"], json!([true, "guide.txt"]), "{with}");
        assert_eq!(said["caches"], json!(true), "{with}");
        assert_eq!(said["batches"], json!(["JOB_STATE_SUCCEEDED", 2]), "{with}");
        let events = ["interaction.created", "interaction.completed"];
        assert_eq!(said["interactions"], json!(["completed", events[0], events[1]]), "{with}");
    }
}
