//! The document by which clients that are made from it find the methods of the Gemini API.

use crate::wire::{approving, exchange, get};
use hallpass_emulator::Emulator;
use serde_json::Value;

/// Asks as one of Google's hosts.
fn of_host(emulator: &Emulator, host: &str, target: &str) -> crate::wire::Reply {
    let head = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    exchange(emulator, &head)
}

#[test]
fn document_of_the_methods_has_the_root_that_was_asked() {
    let emulator = approving();
    let reply = get(&emulator, "/$discovery/rest?version=v1beta&key=any", "");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/json; charset=UTF-8"));
    assert!(reply.body.contains("\"kind\": \"discovery#restDescription\""));
    assert!(reply.body.contains("\"id\": \"generativelanguage:v1beta\""));
    assert!(reply.body.contains(&format!("\"rootUrl\": \"{}/\"", emulator.url())));
    assert!(reply.body.contains("\"path\": \"v1beta/{+model}:generateContent\""));

    let google = "generativelanguage.googleapis.com";
    let newer = of_host(&emulator, google, "/$discovery/rest?version=v1");
    let older =
        of_host(&emulator, "www.googleapis.com", "/discovery/v1/apis/generativelanguage/v1/rest");
    assert_eq!(newer.body, older.body);
    assert!(newer.body.contains("\"rootUrl\": \"https://generativelanguage.googleapis.com/\""));
    let mtls = "\"mtlsRootUrl\": \"https://generativelanguage.mtls.googleapis.com/\"";
    assert!(newer.body.contains(mtls));
    assert!(newer.body.contains("\"path\": \"v1/{+model}:generateContent\""));
}

#[test]
fn every_method_of_the_document_is_one_of_the_api() {
    let emulator = approving();
    let reply = get(&emulator, "/$discovery/rest?version=v1beta", "");
    let document: Value = serde_json::from_str(&reply.body).expect("JSON");
    let mut seen = 0;
    for resource in document["resources"].as_object().expect("resources").values() {
        for method in resource["methods"].as_object().expect("methods").values() {
            let verb = method["httpMethod"].as_str().expect("a verb");
            let path = method["flatPath"].as_str().expect("a path");
            let path = path.replace("{modelsId}", "m").replace("{filesId}", "f");
            let head = format!(
                "{verb} /{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            );
            let reply = exchange(&emulator, &head);
            // Without a credential: known, and refused.
            assert_eq!(reply.status, 403, "{verb} {path}: {}", reply.body);
            for side in ["request", "response"] {
                let schema = method[side]["$ref"].as_str();
                let is_there = |name: &str| document["schemas"][name].is_object();
                assert!(schema.is_none_or(is_there), "{path}: no schema for its {side}");
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 11);
}

#[test]
fn version_or_api_without_a_document_is_said_so() {
    let emulator = approving();
    let reply = get(&emulator, "/$discovery/rest?version=v9", "");
    assert_eq!(reply.status, 404);
    let words = "Discovery document not found for API service: generativelanguage.googleapis.com format: rest \
        version: v9";
    assert_eq!(
        reply.body.split_whitespace().collect::<Vec<_>>().join(" "),
        format!(
            "{{ \"error\": {{ \"code\": 404, \"message\": \"{words}\", \"status\": \"NOT_FOUND\" }} }}"
        )
    );
    let other = of_host(&emulator, "serviceusage.googleapis.com", "/$discovery/rest?version=v1");
    assert_eq!(other.status, 501);
}
