//! google-generativeai, the library of the quickstart's page, past its first call: with the sign-in of Application
//! Default Credentials, over REST and over gRPC, which have to give the same.

use hallpass_testbed::World;
use serde_json::{Value, json};

#[test]
fn python_library_of_the_page_does_the_same_over_rest_and_over_grpc() {
    let world = World::with_proxy();
    world.run(&["login", "--client-id-file", "client_secret.json"]).done();
    let [rest, grpc] = ["rest", "grpc"].map(|transport| {
        let said = world.python_with("generativeai.py", &[transport]);
        serde_json::from_str::<Value>(&said).expect("JSON")
    });
    let says = "The emulator answers as gemini-2.5-flash. The prompt has 2 tokens and ends: Hello.";
    for said in [&rest, &grpc] {
        assert_eq!(said["generate"], json!([says, "STOP", 23]));
        let pieces = said["stream"].as_array().expect("pieces").iter();
        assert_eq!(pieces.filter_map(Value::as_str).collect::<String>(), says);
        assert_eq!(
            (&said["count"], &said["embed"], &said["chat"]),
            (&json!(2), &json!([2, 2]), &json!(4))
        );
        assert_eq!(
            (&said["tools"][0], &said["tools"][1]),
            (&json!("get_weather"), &json!({"city": "Rome"}))
        );
        let told = said["tools"][2].as_str().expect("a text");
        assert!(told.ends_with(r#"get_weather returned {"result":"sunny in Rome"}"#), "{told}");
        assert_eq!(said["schema"], r#"{"city":"Rome"}"#);
        let keyless = said["files_without_key"].as_str().expect("an error");
        assert!(keyless.starts_with("ValueError: Invalid operation: Uploading"), "{keyless}");
        assert_eq!(said["files"], json!(["ACTIVE", 64, true, true]));
        assert_eq!(said["caches"], json!([true, 0]));
        let refusal = said["refusal"].as_str().expect("an error");
        assert!(refusal.starts_with("NotFound: 404 "), "{refusal}");
    }
}
