//! Conversations: what goes back to the model, byte for byte, and what does not.

use crate::generate::{body, serving};
use hallpass_gemini::generate::{ForeignSignatures, History};
use hallpass_testbed::{Server, json as answer};
use serde_json::{Value, json};

const ODD: &str = r#"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"functionCall":{"name":"f","args":{},"newField":1},"thoughtSignature":"c2ln"},{"toolCall":{"id":"t","toolType":"GOOGLE_SEARCH_WEB"}},{"text":"","thoughtSignature":"ZW5k"}],"role":"model"},"finishReason":"STOP"}]}"#;

/// The same turn as it must go back; an empty `args` says what none says.
fn odd_turn() -> Value {
    json!({"role": "model", "parts": [
        {"text": "hm", "thought": true},
        {"functionCall": {"name": "f", "newField": 1}, "thoughtSignature": "c2ln"},
        {"toolCall": {"id": "t", "toolType": "GOOGLE_SEARCH_WEB"}},
        {"text": "", "thoughtSignature": "ZW5k"},
    ]})
}

#[tokio::test]
async fn every_part_and_signature_goes_back_where_it_was() {
    let (server, client) = serving(&[ODD, crate::generate::SKY]).await;
    let mut chat = client.chat("gemini-3-pro").with(|model| model.system("Be brief"));
    chat.send("one").await.expect("answer");
    // Through its JSON, as a program keeps it between two runs.
    let kept = serde_json::to_string(chat.history()).expect("JSON");
    let history: History = serde_json::from_str(&kept).expect("history");
    let chat = client.chat("models/gemini-3-pro").with(|model| model.system("Be brief"));
    let mut chat = chat.with_history(history).expect("the same model");
    chat.send("two").await.expect("answer");
    let request = body(&server.requests()[1]);
    assert_eq!(request["systemInstruction"], json!({"parts": [{"text": "Be brief"}]}));
    let user = |text: &str| json!({"role": "user", "parts": [{"text": text}]});
    assert_eq!(request["contents"], json!([user("one"), odd_turn(), user("two")]));
    assert_eq!(chat.history().contents().len(), 4);
}

#[tokio::test]
async fn an_answer_is_a_content_of_the_next_question() {
    let (server, client) = serving(&[ODD]).await;
    let first = client.generate("m", "one").await.expect("answer");
    let next = client.model("m").content("one").content(&first).content("two");
    next.await.expect("answer");
    assert_eq!(body(&server.requests()[1])["contents"][1], odd_turn());
}

#[tokio::test]
async fn signatures_go_to_another_model_by_choice_alone() {
    let (server, client) = serving(&[ODD]).await;
    let mut chat = client.chat("gemini-3-pro");
    chat.send("one").await.expect("answer");
    let history = chat.into_history();
    let error = client.chat("other").with_history(history.clone()).expect_err("foreign");
    assert!(error.to_string().ends_with("its thought signatures are another model's"));
    for (choice, signature) in [
        (ForeignSignatures::Drop, Value::Null),
        (ForeignSignatures::Skip, json!("skip_thought_signature_validator")),
    ] {
        let mut history = history.clone();
        history.hand_over("other", choice);
        let mut chat = client.chat("other").with_history(history).expect("handed over");
        chat.send("two").await.expect("answer");
        let request = body(server.requests().last().expect("a request"));
        assert_eq!(request["contents"][1]["parts"][1]["thoughtSignature"], signature);
    }
}

#[tokio::test]
async fn a_turn_that_fails_or_is_blocked_is_not_kept() {
    let blocked = answer("200 OK", r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#);
    let server = Server::in_order(&[answer("400 Bad Request", "{}"), blocked]).await;
    let client = crate::client(server.origin());
    let mut chat = client.chat("m");
    chat.send("one").await.expect_err("a refusal");
    assert!(chat.send("one").await.expect("an answer").text().is_err());
    assert!(chat.history().contents().is_empty());
}

#[tokio::test]
async fn a_streamed_turn_is_kept_when_it_was_read_to_its_end() {
    let stream =
        |body: &str| format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\ndata: {body}\n\n");
    let cut = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"#;
    let server = Server::in_order(&[stream(cut), stream(ODD), stream(ODD)]).await;
    let client = crate::client(server.origin());
    let mut chat = client.chat("m");
    chat.stream("one").await.expect("a stream").finish().await.expect_err("truncated");
    assert!(chat.history().contents().is_empty());
    drop(chat.stream("one").await.expect("a stream"));
    assert!(chat.history().contents().is_empty());
    chat.stream("one").await.expect("a stream").finish().await.expect("answer");
    let kept = serde_json::to_value(chat.history()).expect("JSON");
    assert_eq!(kept["contents"][1], odd_turn());
}
