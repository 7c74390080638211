//! What an error says of its request, and when requests are not sent again.

use hallpass_gemini::{Client, Retry};
use hallpass_testbed::{Server, json as answer};
use http::Method;
use serde_json::Value;
use std::time::Duration;

const INSUFFICIENT: &str = r#"{"error":{"code":403,"message":"Request had insufficient authentication scopes.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT","domain":"googleapis.com"},{"@type":"type.googleapis.com/google.rpc.Help","links":[{"url":"https://x.example"}]}]}}"#;

#[tokio::test]
async fn an_error_has_its_request_its_attempts_and_all_details() {
    let server = Server::in_order(&[answer("503 Service Unavailable", INSUFFICIENT)]).await;
    let client = crate::client(server.origin());
    let error = client.generate("m", "x").await.expect_err("a refusal");
    assert_eq!(error.request(), Some("POST /v1beta/models/m:generateContent"));
    assert_eq!(error.attempts(), 4);
    assert_eq!(error.details()[1]["links"][0]["url"], "https://x.example");
}

#[tokio::test]
async fn a_refused_scope_names_those_that_would_open_the_method() {
    let status = "403 Forbidden\r\nWWW-Authenticate: Bearer realm=\"https://accounts.google.com/\", error=\"insufficient_scope\", scope=\"https://a.example/x https://a.example/y\"";
    let replies = [answer(status, INSUFFICIENT), answer("403 Forbidden", INSUFFICIENT)];
    let server = Server::in_order(&replies).await;
    let client = crate::client(server.origin());
    let error = client.generate("m", "x").await.expect_err("a refusal");
    assert_eq!(error.missing_scopes(), ["https://a.example/x", "https://a.example/y"]);
    let error = client.generate("m", "x").await.expect_err("a refusal");
    let retriever = "https://www.googleapis.com/auth/generative-language.retriever";
    assert_eq!(
        error.missing_scopes(),
        [retriever],
        "without the header, one that every client can have"
    );

    let server = Server::in_order(&[answer(status, "{}")]).await;
    let error = crate::client(server.origin()).generate("m", "x").await.expect_err("a refusal");
    assert!(error.missing_scopes().is_empty(), "another reason");
}

#[tokio::test]
async fn all_requests_of_a_client_share_one_budget_of_retries() {
    let server = Server::in_order(&[answer("503 Service Unavailable", "{}")]).await;
    let retry = Retry { first_wait: Duration::ZERO, ..Retry::default() };
    let client =
        Client::builder(crate::credential()).base_url(server.origin()).retry(retry).build();
    for _ in 0..50 {
        let request = client.clone();
        request.request(Method::GET, "models").send::<Value>().await.expect_err("unavailable");
    }
    assert_eq!(server.requests().len(), 50 + 100);
}

#[tokio::test]
async fn a_quota_of_the_day_ends_a_question_at_once() {
    let quota = r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}}"#;
    let server = Server::in_order(&[answer("429 Too Many Requests", quota)]).await;
    let client = crate::client(server.origin());
    let error = client.model("m").content("x").stream().await.expect_err("a quota");
    assert!(error.is_daily_quota());
    assert_eq!((error.attempts(), server.requests().len()), (1, 1));
}
