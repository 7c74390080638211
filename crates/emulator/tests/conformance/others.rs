//! Methods that few programs call, large requests, and what is not imitated.

use crate::generate::flat;
use crate::tools::keyed;
use crate::wire::{Reply, approving, exchange_bytes, get, send};
use hallpass_emulator::{Fault, FaultKind, GeminiFault, StreamErrorShape};

const KEY: &str = "x-goog-api-key: emulator-api-key\r\nContent-Type: application/json\r\n";

#[test]
fn lists_of_tuned_models_and_corpora_are_empty() {
    let emulator = approving();
    for path in ["tunedModels?pageSize=5", "corpora", "models/gemini-2.5-flash/operations"] {
        let reply = get(&emulator, &format!("/v1beta/{path}"), KEY);
        assert_eq!((reply.status, reply.body.as_str()), (200, "{}"), "{path}");
    }
    for path in ["tunedModels/mine", "corpora/mine", "models/gemini-2.5-flash/operations/x"] {
        assert_eq!(
            get(&emulator, &format!("/v1beta/{path}"), KEY).field("status"),
            "NOT_FOUND",
            "{path}"
        );
    }
    let tune = send(&emulator, "POST /v1beta/tunedModels", KEY, "{}");
    assert_eq!((tune.status, tune.field("message").as_str()), (400, "No model can be tuned."));
    assert_eq!(get(&emulator, "/v1beta/corpora", "").status, 403);
}

#[test]
fn answer_is_the_passage_that_has_most_words_of_the_question() {
    let emulator = approving();
    let ask = |style: &str| {
        let body = format!(
            r#"{{"contents":[{{"parts":[{{"text":"Where does the spinach grow?"}}]}}],{style}"inline_passages":{{"passages":[{{"id":"a","content":{{"parts":[{{"text":"Cheese is white."}}]}}}},{{"id":"b","content":{{"parts":[{{"text":"Our spinach can grow indoors."}}]}}}}]}}}}"#
        );
        keyed(&emulator, "aqa:generateAnswer", &body)
    };
    let reply = flat(&ask(r#""answerStyle":"EXTRACTIVE","#));
    assert!(reply.starts_with(r#"{"answer":{"content":{"parts":[{"text":"Our spinach can grow indoors."}],"role":"model"},"finishReason":"STOP","groundingAttributions":[{"content":"#), "{reply}");
    assert!(
        reply.contains(r#""passageId":"b""#) && reply.ends_with(r#""answerableProbability":0.9}"#),
        "{reply}"
    );
    assert_eq!(ask("").status, 400);
    assert_eq!(ask(r#""answerStyle":"LONG","#).status, 400);
    assert_eq!(keyed(&emulator, "gemini-2.5-flash:generateAnswer", "{}").status, 404);
}

#[test]
fn models_that_predict_are_not_there() {
    let emulator = approving();
    for method in ["predict", "predictLongRunning"] {
        let reply = keyed(&emulator, &format!("imagen-4.0-generate-001:{method}"), "{}");
        let words = format!(
            "models/imagen-4.0-generate-001 is not found for API version v1beta, or is not supported for {method}. Call ListModels to see the list of available models and their supported methods."
        );
        assert_eq!((reply.status, reply.field("message")), (404, words));
    }
}

#[test]
fn ephemeral_token_has_its_times_by_the_clock() {
    let emulator = approving();
    let reply = send(
        &emulator,
        "POST /v1alpha/auth_tokens",
        KEY,
        r#"{"uses":2,"expire_time":"2030-01-01T00:00:00Z"}"#,
    );
    assert!(
        reply.field("name").starts_with("auth_tokens/") && reply.body.contains("\"uses\": 2"),
        "{}",
        reply.body
    );
    assert_eq!(reply.field("expireTime"), "2030-01-01T00:00:00Z");
    assert!(reply.body.contains("newSessionExpireTime"), "{}", reply.body);
    assert_eq!(send(&emulator, "POST /v1beta/auth_tokens", KEY, "{}").status, 404);
}

#[test]
fn families_that_are_not_imitated_say_so() {
    let emulator = approving();
    for path in ["agents", "webhooks/x", "voices", "environments/e/files/f"] {
        let reply = get(&emulator, &format!("/v1beta/{path}"), KEY);
        assert_eq!(
            (reply.status, reply.field("status").as_str()),
            (501, "UNIMPLEMENTED"),
            "{path}"
        );
    }
}

#[test]
fn request_of_some_megabytes_is_read_and_one_of_more_than_twenty_is_refused() {
    let emulator = approving();
    let data = "AAAA".repeat(1_000_000);
    let body = format!(
        r#"{{"contents":[{{"parts":[{{"inlineData":{{"mimeType":"image/png","data":"{data}"}}}}]}}]}}"#
    );
    let reply = keyed(&emulator, "gemini-2.5-flash:generateContent", &body);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let head = "POST /v1beta/models/gemini-2.5-flash:generateContent HTTP/1.1\r\nHost: x\r\nContent-Length: 20971521\r\nConnection: close\r\n\r\n";
    let reply = Reply::parse(&exchange_bytes(&emulator, head.as_bytes()));
    assert_eq!(
        (reply.status, reply.field("message").as_str()),
        (400, "Request payload size exceeds the limit: 20971520 bytes.")
    );
}

#[test]
fn error_in_the_stream_of_an_interaction_is_an_event() {
    let emulator = approving();
    let (shape, error) = (StreamErrorShape::Frame, GeminiFault::HighDemand);
    emulator.fault(Fault::once(
        "/v1beta/interactions",
        FaultKind::StreamError { after: 3, shape, error },
    ));
    let body = r#"{"model":"gemini-2.5-flash","input":"Hi","stream":true}"#;
    let reply = send(&emulator, "POST /v1beta/interactions", KEY, body);
    let last = reply.body.split("\n\n").nth(3).expect("a fourth event");
    let event = r#"event: error
data: {"error":{"code":"unavailable","message":"This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later."},"event_type":"error"}"#;
    assert_eq!((last, reply.body.contains("[DONE]")), (event, false), "{}", reply.body);
}

#[test]
fn task_of_an_embedding_changes_it_and_has_to_be_one() {
    let emulator = approving();
    let ask = |task: &str| {
        let body = format!(
            r#"{{"content":{{"parts":[{{"text":"a"}}]}},"outputDimensionality":3,"taskType":"{task}"}}"#
        );
        keyed(&emulator, "gemini-embedding-001:embedContent", &body)
    };
    assert_ne!(ask("RETRIEVAL_QUERY").body, ask("RETRIEVAL_DOCUMENT").body);
    let reply = ask("GUESSING");
    let words = r#"Invalid value at 'task_type' (type.googleapis.com/google.ai.generativelanguage.v1beta.TaskType), \"GUESSING\""#;
    assert!(reply.status == 400 && reply.body.contains(words), "{}", reply.body);
}
