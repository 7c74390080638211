//! Vectors and counts: their bytes, and the emulator's.

use crate::generate::{body, serving};
use hallpass_gemini::embed::Task;
use hallpass_gemini::generate::Part;
use serde_json::{Value, json};

#[tokio::test]
async fn one_text_is_one_request() {
    let (server, client) = serving(&[r#"{"embedding":{"values":[0.5,-1.0]}}"#]).await;
    let embed = client.embed("gemini-embedding-001").task(Task::Document).title("t").dimensions(2);
    assert_eq!(embed.one("a").await.expect("a vector").values, [0.5, -1.0]);
    let request = &server.requests()[0];
    assert!(request.starts_with("POST /v1beta/models/gemini-embedding-001:embedContent "));
    assert_eq!(
        body(request),
        json!({"model": "models/gemini-embedding-001", "taskType": "RETRIEVAL_DOCUMENT", "title": "t",
            "outputDimensionality": 2, "content": {"role": "user", "parts": [{"text": "a"}]}})
    );
}

#[tokio::test]
async fn many_texts_are_asked_for_a_hundred_at_a_time() {
    let reply =
        |count: usize| json!({"embeddings": vec![json!({"values": [1.0]}); count]}).to_string();
    let (server, client) = serving(&[&reply(100), &reply(50)]).await;
    let texts = (0..150).map(|number| number.to_string());
    let vectors = client.embed("m").all(texts).await.expect("vectors");
    assert_eq!(vectors.len(), 150);
    let bodies: Vec<Value> = server.requests().iter().map(|request| body(request)).collect();
    assert_eq!(bodies[0]["requests"].as_array().expect("requests").len(), 100);
    assert_eq!(bodies[1]["requests"][0]["content"]["parts"][0]["text"], "100");
    assert_eq!(bodies[1]["requests"][0]["model"], "models/m");
    let error = client.embed("m").all(["a"]).await.expect_err("fifty for one");
    assert!(error.to_string().ends_with("another number of vectors"), "{error}");
}

#[tokio::test]
async fn an_empty_text_is_not_sent() {
    let (server, client) = serving(&["{}"]).await;
    client.embed("m").one("").await.expect_err("empty");
    client.embed("m").all(["a", ""]).await.expect_err("empty");
    client.embed("../m").one("a").await.expect_err("a name");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_count_has_the_whole_question() {
    let (server, client) =
        serving(&[r#"{"totalTokens":7,"promptTokensDetails":[{"modality":"TEXT"}]}"#]).await;
    let question = client.model("m").system("s").content([Part::text("a")]).google_search();
    assert_eq!(question.count_tokens().await.expect("a count").total_tokens, 7);
    let request = &server.requests()[0];
    assert!(request.starts_with("POST /v1beta/models/m:countTokens "));
    assert_eq!(
        body(request),
        json!({"generateContentRequest": {"model": "models/m",
            "contents": [{"role": "user", "parts": [{"text": "a"}]}],
            "systemInstruction": {"parts": [{"text": "s"}]}, "tools": [{"googleSearch": {}}]}})
    );
}
