//! Answers as they come: events in their order, the whole at the end, and every way to break off.

use hallpass_gemini::generate::{AnswerStream, Event, NoText};
use hallpass_gemini::{Error, Response};
use hallpass_testbed::{Server, json as answer};
use serde_json::{Value, json};

pub(crate) fn frames(frames: &[&str]) -> String {
    let body: String = frames.iter().map(|frame| format!("data: {frame}\r\n\r\n")).collect();
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{body}")
}

const THOUGHT: &str = r#"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"totalTokenCount":3},"responseId":"r"}"#;
pub(crate) const A: &str = r#"{"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"index":0}],"usageMetadata":{"totalTokenCount":4},"responseId":"r"}"#;
pub(crate) const B: &str =
    r#"{"candidates":[{"content":{"parts":[{"text":"b"}],"role":"model"},"index":0}]}"#;
const CALL: &str = r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"x":1}},"thoughtSignature":"c2ln"},{"functionCall":{"name":"g","args":{}}},{"newKind":{"y":2}}],"role":"model"}}]}"#;
const SIGNED: &str =
    r#"{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"ZW5k"}]}}]}"#;
pub(crate) const END: &str = r#"{"candidates":[{"finishReason":"STOP","index":0}],"usageMetadata":{"totalTokenCount":9},"modelVersion":"m-1"}"#;
const SHAPE_A: &str = r#"{"error":{"code":503,"message":"high demand","status":"UNAVAILABLE"}}"#;
const SHAPE_B: &str = "{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"high demand\",\n    \"status\": \"UNAVAILABLE\"\n  }\n}\n";

async fn open(server: &Server) -> AnswerStream {
    crate::client(server.origin()).model("m").content("x").stream().await.expect("a stream")
}

/// Reads to the end; returns the events, the error, and what had come.
async fn read(reply: String) -> (Vec<Event>, Option<Error>, Response) {
    let server = Server::in_order(&[reply]).await;
    let mut stream = open(&server).await;
    let (mut events, mut failure) = (Vec::new(), None);
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events.push(event),
            Err(error) => failure = Some(error),
        }
    }
    assert_eq!(server.requests().len(), 1, "nothing is sent again after the first frame");
    (events, failure, stream.response().clone())
}

#[tokio::test]
async fn events_come_in_order_and_the_whole_has_every_part_and_the_last_usage() {
    let (events, error, whole) = read(frames(&[THOUGHT, A, B, CALL, SIGNED, END])).await;
    assert!(error.is_none(), "{error:?}");
    let [thought, a, b, f, g, new] = events.try_into().expect("six events");
    assert_eq!(thought, Event::Thought("hm".to_owned()));
    assert_eq!((a, b), (Event::Text("a".to_owned()), Event::Text("b".to_owned())));
    assert!(matches!(f, Event::Call(call) if call.name == "f" && call.args["x"] == 1));
    assert!(matches!(g, Event::Call(call) if call.name == "g"));
    assert!(matches!(new, Event::Part(part) if part.other["newKind"]["y"] == 2));
    assert_eq!(
        serde_json::to_value(&whole).expect("JSON"),
        json!({
            "candidates": [{"content": {"role": "model", "parts": [
                {"text": "hm", "thought": true}, {"text": "ab"},
                {"functionCall": {"name": "f", "args": {"x": 1}}, "thoughtSignature": "c2ln"},
                {"functionCall": {"name": "g"}}, {"newKind": {"y": 2}},
                {"text": "", "thoughtSignature": "ZW5k"}]},
                "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"totalTokenCount": 9}, "modelVersion": "m-1", "responseId": "r",
        })
    );
}

#[tokio::test]
async fn a_signature_stays_on_the_part_that_it_came_on() {
    let (_, error, whole) = read(frames(&[A, B, SIGNED, A, END])).await;
    assert!(error.is_none(), "{error:?}");
    let parts = serde_json::to_value(whole.parts()).expect("JSON");
    let signed = json!({"text": "", "thoughtSignature": "ZW5k"});
    assert_eq!(parts, json!([{"text": "ab"}, signed, {"text": "a"}]));
}

#[tokio::test]
async fn an_answer_without_its_end_is_an_error_that_hands_back_what_had_come() {
    let (events, error, _) = read(frames(&[A, B])).await;
    let error = error.expect("truncated");
    assert_eq!(events.len(), 2);
    assert!(error.is_truncated());
    assert_eq!(error.to_string(), "Gemini's answer ends before its end");
    assert_eq!(error.partial().expect("what had come").text_so_far(), "ab");
    let asked = "POST /v1beta/models/m:streamGenerateContent";
    assert_eq!((error.request(), error.attempts()), (Some(asked), 1));
    let (_, error, _) = read(frames(&[])).await;
    assert!(error.expect("nothing came").is_truncated());
}

#[tokio::test]
async fn both_shapes_of_an_error_in_the_middle_are_googles_refusal() {
    let good = frames(&[A]);
    for reply in [frames(&[A, SHAPE_A]), format!("{good}{SHAPE_B}")] {
        let (events, error, _) = read(reply).await;
        let error = error.expect("a refusal");
        assert_eq!(events, [Event::Text("a".to_owned())]);
        assert_eq!((error.status(), error.google_status()), (Some(503), Some("UNAVAILABLE")));
        assert!(error.is_transient());
        let asked = "POST /v1beta/models/m:streamGenerateContent";
        assert_eq!((error.request(), error.attempts()), (Some(asked), 1));
        assert_eq!(error.partial().expect("what had come").text_so_far(), "a");
    }
}

#[tokio::test]
async fn a_blocked_prompt_is_an_answer() {
    let blocked = r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}}"#;
    let (events, error, whole) = read(frames(&[blocked])).await;
    assert!(events.is_empty() && error.is_none(), "{error:?}");
    assert!(matches!(whole.text(), Err(NoText::PromptBlocked(_))));
}

#[tokio::test]
async fn a_stream_that_stops_goes_on_in_the_next_reply() {
    let hop = r#"{"candidates":[{"content":{"parts":[{"text":"!"}]},"finishReason":"CONTINUATION","continuationToken":"dG9rZW4="}],"usageMetadata":{"totalTokenCount":5}}"#;
    let server = Server::in_order(&[frames(&[A, hop]), frames(&[B, END])]).await;
    let mut stream = open(&server).await;
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        if let Event::Text(piece) = event.expect("event") {
            text.push_str(&piece);
        }
    }
    assert_eq!((text.as_str(), stream.hops()), ("a!b", 1));
    let whole = stream.finish().await.expect("the whole");
    assert_eq!(whole.text().expect("text"), "a!b");
    assert_eq!(whole.usage_metadata.expect("usage").total_token_count, Some(14));
    let body = |request: &str| -> Value { crate::generate::body(request) };
    assert_eq!(body(&server.requests()[1])["continuationToken"], "dG9rZW4=");

    let server = Server::in_order(&[frames(&[A, hop]), answer("404 Not Found", "{}")]).await;
    let error = open(&server).await.finish().await.expect_err("a refusal");
    assert_eq!(error.status(), Some(404));
    assert_eq!(error.partial().expect("what had come").text_so_far(), "a!");
}

#[tokio::test]
async fn a_second_candidate_is_in_the_whole_and_has_no_events() {
    let second =
        r#"{"candidates":[{"content":{"parts":[{"text":"z"}]},"finishReason":"STOP","index":1}]}"#;
    let (events, error, whole) = read(frames(&[A, second, END])).await;
    assert!(error.is_none() && events == [Event::Text("a".to_owned())], "{error:?}");
    assert_eq!(whole.candidates.len(), 2);
    let (_, error, _) = read(frames(&[A, second])).await;
    assert!(error.expect("the first has no end").is_truncated());
}
