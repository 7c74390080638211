//! Answers of a form: the schema that goes out, and the type that comes back.

use crate::generate::{body, serving};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
struct Recipe {
    name: String,
    minutes: u32,
}

fn saying(text: &str) -> String {
    json!({"candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}]})
        .to_string()
}

#[tokio::test]
async fn a_type_is_asked_for_by_its_schema() {
    let (server, client) = serving(&[&saying(r#"{"name":"cake","minutes":40}"#)]).await;
    let recipe: Recipe = client.model("m").content("a cake").generate_as().await.expect("a recipe");
    assert_eq!(recipe, Recipe { name: "cake".to_owned(), minutes: 40 });
    let config = body(&server.requests()[0])["generationConfig"].clone();
    assert_eq!(config["responseMimeType"], "application/json");
    let schema = &config["responseJsonSchema"];
    assert_eq!(schema["type"], "object");
    assert_eq!(schema["properties"]["name"], json!({"type": "string"}));
    assert_eq!(schema["required"], json!(["name", "minutes"]));
    assert!(schema.get("$schema").is_none(), "{schema}");
}

#[tokio::test]
async fn a_text_of_another_form_is_kept() {
    let (_server, client) = serving(&[&saying("Sorry, no.")]).await;
    let error =
        client.model("m").content("x").generate_as::<Recipe>().await.expect_err("no recipe");
    assert_eq!(error.partial().expect("the answer").text_so_far(), "Sorry, no.");
    let (_server, client) = serving(&[r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#]).await;
    let error = client.model("m").content("x").generate_as::<Recipe>().await.expect_err("blocked");
    assert!(error.no_text().is_some());
}

#[tokio::test]
async fn a_schema_that_cannot_be_one_is_not_sent() {
    let (server, client) = serving(&["{}"]).await;
    let question = client.model("m").content("x").json_schema(json!("string"));
    let error = question.send_as::<Value>().await.expect_err("a schema");
    assert_eq!(error.to_string(), "the request cannot be sent: the schema is no JSON object");
    assert!(server.requests().is_empty());
}
