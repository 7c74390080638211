//! Questions and answers: the bytes of both, and what is told apart.

use hallpass_gemini::generate::{FinishReason, NoText, Part, ThinkingLevel};
use hallpass_gemini::{Client, Error, Response};
use hallpass_testbed::{Server, json as answer};
use http::HeaderName;
use serde_json::{Value, json};

pub(crate) const SKY: &str = r#"{"candidates":[{"content":{"parts":[{"text":"Rayleigh."}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":3,"totalTokenCount":8},"modelVersion":"m-001","responseId":"r"}"#;

pub(crate) async fn serving(replies: &[&str]) -> (Server, Client) {
    let replies: Vec<String> = replies.iter().map(|body| answer("200 OK", body)).collect();
    let server = Server::in_order(&replies).await;
    let client = crate::client(server.origin());
    (server, client)
}

/// Returns the JSON body of a request.
pub(crate) fn body(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").expect("a body").1).expect("JSON")
}

#[tokio::test]
async fn one_line_asks_and_is_these_bytes() {
    let (server, client) = serving(&[SKY]).await;
    let answer = client.generate("gemini-flash-latest", "Why is the sky blue?").await;
    let answer = answer.expect("answer");
    assert_eq!(answer.text().expect("text"), "Rayleigh.");
    assert_eq!(answer.usage_metadata.expect("usage").total_token_count, Some(8));
    let request = &server.requests()[0];
    let line = "POST /v1beta/models/gemini-flash-latest:generateContent HTTP/1.1\r\n";
    assert!(request.starts_with(line), "{request}");
    let text = r#"{"contents":[{"role":"user","parts":[{"text":"Why is the sky blue?"}]}]}"#;
    assert!(request.ends_with(&format!("\r\n\r\n{text}")), "{request}");
}

#[tokio::test]
async fn the_builder_writes_every_setting_where_google_reads_it() {
    let (server, client) = serving(&[SKY]).await;
    let question = client
        .model("tunedModels/mine")
        .system("Be brief")
        .temperature(0.5)
        .max_output_tokens(100)
        .stop_sequence("END")
        .seed(7)
        .thinking(ThinkingLevel::Low)
        .include_thoughts()
        .safety("HARM_CATEGORY_HARASSMENT", "BLOCK_NONE")
        .content([Part::text("What is this?"), Part::bytes("image/png", [1, 2, 3, 255])])
        .header(HeaderName::from_static("x-mine"), "1")
        .quota_project("q-1")
        .extra_body(json!({"serviceTier": "flex", "generationConfig": {"topK": 3, "seed": 8}}));
    let reply = question.with_response().await.expect("answer");
    assert_eq!((reply.status.as_u16(), reply.hops), (200, 0));
    assert_eq!(reply.headers["content-type"], "application/json; charset=UTF-8");
    assert_eq!(reply.body, SKY.as_bytes());
    let request = &server.requests()[0];
    assert!(request.starts_with("POST /v1beta/tunedModels/mine:generateContent "), "{request}");
    assert!(request.contains("\r\nx-mine: 1\r\n"), "{request}");
    assert!(request.contains("\r\nx-goog-user-project: q-1\r\n"), "{request}");
    assert_eq!(
        body(request),
        json!({
            "contents": [{"role": "user", "parts": [{"text": "What is this?"},
                {"inlineData": {"mimeType": "image/png", "data": "AQID/w=="}}]}],
            "systemInstruction": {"parts": [{"text": "Be brief"}]},
            "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
            "generationConfig": {"temperature": 0.5, "maxOutputTokens": 100, "stopSequences": ["END"],
                "seed": 8, "topK": 3, "thinkingConfig": {"thinkingLevel": "LOW", "includeThoughts": true}},
            "serviceTier": "flex",
        })
    );
}

#[tokio::test]
async fn an_empty_prompt_and_an_odd_model_are_not_sent() {
    let (server, client) = serving(&[SKY]).await;
    for empty in ["", "  "].map(Part::text) {
        let is_sent = empty.text.as_deref() == Some("  ");
        let result = client.generate("m", empty).await;
        assert_eq!(result.is_ok(), is_sent, "{result:?}");
    }
    let error = client.model("m").send().await.expect_err("no prompt");
    assert_eq!(error.to_string(), "the request cannot be sent: the prompt is empty");
    for odd in ["../files", "m?key=x", "corpora/a", "models/a/b", ""] {
        let error = client.generate(odd, "x").await.expect_err(odd);
        assert!(error.is_invalid_name(), "{error}");
    }
    assert_eq!(server.requests().len(), 1);
}

fn text_of(json: Value) -> Result<String, NoText> {
    serde_json::from_value::<Response>(json).expect("a response").text()
}

#[test]
fn an_answer_without_text_says_why() {
    let ended = |reason: &str, parts: Value| {
        text_of(json!({"candidates": [{"content": {"parts": parts}, "finishReason": reason}]}))
    };
    let said = || json!([{"text": "a"}, {"text": "hm", "thought": true}, {"text": "b"}]);
    let text = || "ab".to_owned();
    assert_eq!(ended("STOP", said()), Ok(text()));
    let reason = Some(FinishReason::MaxTokens);
    assert_eq!(ended("MAX_TOKENS", said()), Err(NoText::Truncated { reason, text: text() }));
    let reason = FinishReason::Safety;
    assert_eq!(ended("SAFETY", said()), Err(NoText::Blocked { reason, text: text() }));
    let reason = FinishReason::Other("NEW".to_owned());
    assert_eq!(ended("NEW", said()), Err(NoText::Failed { reason, text: text() }));
    let thought = json!([{"text": "hm", "thought": true}]);
    assert_eq!(ended("STOP", thought), Err(NoText::OnlyThoughts));
    let call = json!([{"text": "hm", "thought": true}, {"functionCall": {"name": "f"}}]);
    assert_eq!(ended("STOP", call), Err(NoText::OnlyCalls));
    assert_eq!(ended("STOP", json!([])), Err(NoText::Empty));
    let blocked = text_of(json!({"promptFeedback": {"blockReason": "SAFETY"}}));
    assert_eq!(blocked.expect_err("blocked").to_string(), "the prompt was blocked: SAFETY");
    let open = text_of(json!({"candidates": [{"content": {"parts": said()}}]}));
    assert_eq!(open, Err(NoText::Truncated { reason: None, text: text() }));
    // It is an error of this crate, too.
    let error = Error::from(NoText::OnlyCalls);
    assert_eq!(error.no_text(), Some(&NoText::OnlyCalls));
}

const HOP: &str = r#"{"candidates":[{"content":{"parts":[{"text":"one "}],"role":"model"},"finishReason":"CONTINUATION","continuationToken":"dG9rZW4="}],"usageMetadata":{"totalTokenCount":10}}"#;

#[tokio::test]
async fn an_answer_that_stops_is_asked_to_go_on_and_its_costs_are_added() {
    let (server, client) = serving(&[HOP, HOP, SKY]).await;
    let reply = client.model("m").content("x").with_response().await.expect("answer");
    assert_eq!(reply.value.text().expect("text"), "one one Rayleigh.");
    assert_eq!(reply.hops, 2);
    assert_eq!(reply.value.usage_metadata.expect("usage").total_token_count, Some(28));
    let [first, second, third] = server.requests().try_into().expect("three requests");
    assert!(body(&first).get("continuationToken").is_none());
    for later in [second, third] {
        assert_eq!(body(&later)["continuationToken"], "dG9rZW4=");
        assert_eq!(body(&later)["contents"], body(&first)["contents"]);
    }
}

#[tokio::test]
async fn hops_end_and_one_that_fails_hands_back_what_had_come() {
    let (server, client) = serving(&[HOP]).await;
    let answer = client.model("m").content("x").max_hops(3).send().await.expect("answer");
    assert_eq!(answer.finish_reason(), Some(&FinishReason::Continuation));
    assert_eq!(server.requests().len(), 4);
    let answer = client.model("m").content("x").max_hops(0).send().await.expect("answer");
    assert_eq!(answer.text_so_far(), "one ");
    assert_eq!(server.requests().len(), 5);

    let refused = hallpass_testbed::json("403 Forbidden", "{}");
    let replies = [answer_of(HOP), refused];
    let server = Server::in_order(&replies).await;
    let error = crate::client(server.origin()).generate("m", "x").await.expect_err("a refusal");
    assert_eq!(error.status(), Some(403));
    assert_eq!(error.partial().expect("a piece").text_so_far(), "one ");
}

fn answer_of(body: &str) -> String {
    answer("200 OK", body)
}
