//! Functions of the program that a model calls: the bytes of the round trip, and every way to go wrong.

use crate::generate::{SKY, body, serving};
use hallpass_gemini::generate::CallingMode;
use hallpass_gemini::tools::Tool;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;

const CALLS: &str = r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"functionCall":{"id":"1","name":"slow","args":{"name":"Rome"}},"thoughtSignature":"c2ln"},{"functionCall":{"id":"2","name":"fast","args":{"name":"Oslo"}}}]},"finishReason":"STOP"}],"usageMetadata":{"totalTokenCount":10}}"#;

#[derive(Deserialize, JsonSchema)]
struct City {
    name: String,
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"name": {"type": "string"}}})
}

#[tokio::test]
async fn calls_of_one_turn_run_at_once_and_are_answered_in_their_order() {
    let (server, client) = serving(&[CALLS, SKY]).await;
    let both = Arc::new(Barrier::new(2));
    let (one, other) = (Arc::clone(&both), both);
    let slow = Tool::new("slow", "Slow", schema(), move |city: City| {
        let barrier = Arc::clone(&one);
        async move {
            barrier.wait().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok::<_, Infallible>(json!({"sunny": city.name}))
        }
    });
    let fast = Tool::typed("fast", "Fast", move |city: City| {
        let barrier = Arc::clone(&other);
        async move {
            barrier.wait().await;
            Ok::<_, Infallible>(city.name)
        }
    });
    let mut seen = Vec::new();
    let question = client.model("m").content("x").calling(CallingMode::Auto).tools([slow, fast]);
    let run =
        question.on_step(|step| seen.push(step.call.name.clone())).send().await.expect("answer");
    assert_eq!(run.answer.text().expect("text"), "Rayleigh.");
    assert_eq!(run.usage.expect("usage").total_token_count, Some(18));
    assert_eq!((seen.len(), run.steps.len(), run.contents.len()), (2, 2, 3));
    let [first, second] = server.requests().try_into().expect("two requests");
    let declared = &body(&first)["tools"][0]["functionDeclarations"];
    assert_eq!(
        declared[0],
        json!({"name": "slow", "description": "Slow", "parametersJsonSchema": schema()})
    );
    assert_eq!(declared[1]["parametersJsonSchema"]["required"], json!(["name"]));
    assert_eq!(body(&first)["toolConfig"], json!({"functionCallingConfig": {"mode": "AUTO"}}));
    assert_eq!(
        body(&second)["contents"],
        json!([
            {"role": "user", "parts": [{"text": "x"}]},
            {"role": "model", "parts": [{"text": "hm", "thought": true},
                {"functionCall": {"id": "1", "name": "slow", "args": {"name": "Rome"}}, "thoughtSignature": "c2ln"},
                {"functionCall": {"id": "2", "name": "fast", "args": {"name": "Oslo"}}}]},
            {"role": "user", "parts": [
                {"functionResponse": {"id": "1", "name": "slow", "response": {"output": {"sunny": "Rome"}}}},
                {"functionResponse": {"id": "2", "name": "fast", "response": {"output": "Oslo"}}}]},
        ])
    );
}

#[tokio::test]
async fn a_tool_that_goes_wrong_is_told_to_the_model() {
    let (server, client) = serving(&[CALLS, SKY, CALLS, SKY, CALLS, SKY]).await;
    let panics = Tool::new("slow", "", schema(), |_: Value| async { panic_now() });
    let endless =
        Tool::new("fast", "", schema(), |_: Value| std::future::pending::<Result<(), String>>());
    let run = client.model("m").content("x").tools([panics, endless]);
    run.time_limit(Duration::from_millis(20)).send().await.expect("answer");
    let fails = Tool::new("slow", "", schema(), |_: Value| async { Err::<(), _>("no such city") });
    client.model("m").content("x").tools([fails]).await.expect("answer");
    let misfit = Tool::new("fast", "", schema(), |_: u32| async { Ok::<_, Infallible>(1) });
    client.model("m").content("x").tools([misfit]).await.expect("answer");
    let told = |number: usize, part: usize| {
        let request = body(&server.requests()[number]);
        request["contents"][2]["parts"][part]["functionResponse"]["response"].clone()
    };
    assert_eq!(told(1, 0), json!({"error": "the function has panicked"}));
    assert_eq!(told(1, 1), json!({"error": "the function takes too long"}));
    assert_eq!(told(3, 0), json!({"error": "no such city"}));
    assert_eq!(told(3, 1), json!({"error": "there is no function of this name"}));
    let misfit = told(5, 1)["error"].as_str().expect("a text").to_owned();
    assert!(misfit.starts_with("the arguments do not fit: "), "{misfit}");
}

fn panic_now() -> Result<(), String> {
    panic!("a tool's bug")
}

#[tokio::test]
async fn rounds_end() {
    let (server, client) = serving(&[CALLS]).await;
    let question = client.model("m").content("x").tools([]).max_rounds(3);
    let error = question.send().await.expect_err("without end");
    assert!(error.to_string().ends_with("the model calls functions without end"), "{error}");
    assert_eq!(error.partial().expect("the last turn").function_calls().count(), 2);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_tool_that_google_would_refuse_is_not_sent() {
    let (server, client) = serving(&[SKY]).await;
    let named =
        |name: &str| Tool::new(name, "", schema(), |_: Value| async { Ok::<_, Infallible>(1) });
    for bad in ["", "1a", "a b", "ä", &"a".repeat(65)] {
        client.model("m").content("x").tools([named(bad)]).await.expect_err(bad);
    }
    let odd = Tool::new("a", "", json!(1), |_: Value| async { Ok::<_, Infallible>(1) });
    client.model("m").content("x").tools([odd]).await.expect_err("a schema");
    assert!(server.requests().is_empty());
    client.model("m").content("x").tools([named("_a.b:c-1")]).await.expect("answer");
}

#[tokio::test]
async fn tools_of_google_are_named_as_it_reads_them() {
    let (server, client) = serving(&[SKY]).await;
    let question = client.model("m").google_search().url_context().code_execution();
    question.file_search(["fileSearchStores/a"]).content("x").await.expect("answer");
    assert_eq!(
        body(&server.requests()[0])["tools"],
        json!([{"googleSearch": {}}, {"urlContext": {}}, {"codeExecution": {}},
            {"fileSearch": {"fileSearchStoreNames": ["fileSearchStores/a"]}}])
    );
}
