//! Answers that are no models: refusals, retries, a token that has died, nonsense.

use hallpass::ErrorKind;
use hallpass_gemini::Error;
use hallpass_testbed::{Server, json};
use std::error::Error as _;

const AQA: &str = r#"{"name":"models/aqa"}"#;

const EXPIRED: &str = r#"{"error":{"code":401,"message":"Request had invalid authentication credentials.",
    "status":"UNAUTHENTICATED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",
    "reason":"ACCESS_TOKEN_EXPIRED","domain":"googleapis.com","metadata":{}}]}}"#;

const DENIED: &str = r#"{"error":{"code":403,"message":"Caller does not have required permission.",
    "status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",
    "reason":"USER_PROJECT_DENIED","domain":"googleapis.com","metadata":{"consumer":"projects/demo-1"}}]}}"#;

const QUOTA_OF_THE_DAY: &str = r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[
    {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[
    {"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},
    {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"0s"}]}}"#;

/// Asks for one model; returns the result and how many requests it took.
async fn ask(answers: &[String]) -> (Result<String, Error>, usize) {
    let server = Server::in_order(answers).await;
    let result = crate::client(server.origin()).models().get("aqa").await;
    (result.map(|model| model.name), server.requests().len())
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again() {
    for status in ["429 Too Many Requests", "500 Internal Server Error", "503 Service Unavailable"]
    {
        let (result, requests) = ask(&[json(status, "{}"), json("200 OK", AQA)]).await;
        assert_eq!(result.expect("the second answer"), "models/aqa");
        assert_eq!(requests, 2, "{status}");
    }
}

#[tokio::test]
async fn four_attempts_are_enough() {
    let (result, requests) = ask(&[json("503 Service Unavailable", "{}")]).await;
    assert!(result.expect_err("an error").is_transient());
    assert_eq!(requests, 4);
}

#[tokio::test]
async fn a_refusal_is_final_and_names_its_reason() {
    let (result, requests) = ask(&[json("403 Forbidden", DENIED)]).await;
    let error = result.expect_err("a refusal");
    assert_eq!(error.status(), Some(403));
    assert_eq!(error.reason(), Some("USER_PROJECT_DENIED"));
    assert_eq!(error.metadata("consumer"), Some("projects/demo-1"));
    assert!(!error.is_transient() && !error.needs_sign_in());
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn a_quota_of_the_day_is_not_asked_again() {
    let (result, requests) = ask(&[json("429 Too Many Requests", QUOTA_OF_THE_DAY)]).await;
    assert!(result.expect_err("a refusal").is_daily_quota());
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn a_dead_token_is_replaced_once() {
    let server = Server::in_order(&[json("401 Unauthorized", EXPIRED), json("200 OK", AQA)]).await;
    let model = crate::client(server.origin()).models().get("aqa").await.expect("model");
    assert_eq!(model.name, "models/aqa");
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[0].contains("Bearer ya29.first"), "{}", requests[0]);
    assert!(requests[1].contains("Bearer ya29.second"), "{}", requests[1]);
}

#[tokio::test]
async fn a_fresh_token_that_is_refused_too_asks_for_a_sign_in() {
    let (result, requests) = ask(&[json("401 Unauthorized", EXPIRED)]).await;
    assert!(result.expect_err("a refusal").needs_sign_in());
    assert_eq!(requests, 2, "one refresh, no more");
}

#[tokio::test]
async fn nonsense_is_an_error_and_not_asked_again() {
    for body in ["<html>", "[]", "{}", r#"{"name":7}"#] {
        let (result, requests) = ask(&[json("200 OK", body)]).await;
        let error = result.expect_err(body);
        assert!(!error.is_transient() && error.status().is_none(), "{error}");
        assert_eq!(requests, 1);
    }
}

#[tokio::test]
async fn a_cut_body_is_transient() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{\"name\"".to_owned();
    let (result, _) = ask(&[cut]).await;
    assert!(result.expect_err("an error").is_transient());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_transient() {
    let error =
        crate::client("http://127.0.0.1:1").models().get("aqa").await.expect_err("an error");
    assert!(error.is_transient() && error.auth().is_none(), "{error}");
    let connection = error.connection().expect("no connection");
    assert_eq!(*connection.kind(), ErrorKind::Connect);
    let source = error.source().expect("a cause");
    assert!(source.downcast_ref::<hallpass::Error>().is_some(), "{source}");
}

#[tokio::test]
async fn a_name_that_would_change_the_path_is_not_sent() {
    let server = Server::in_order(&[json("200 OK", AQA)]).await;
    let error = crate::client(server.origin()).models().get("../tunedModels/x").await;
    assert!(error.expect_err("an error").is_invalid_name());
    assert_eq!(server.requests().len(), 0);
}
