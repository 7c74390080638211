//! What is read from an answer that is no success.

use super::*;

const SCOPE_INSUFFICIENT: &str = r#"{"error":{"code":403,
    "message":"Request had insufficient authentication scopes.","status":"PERMISSION_DENIED",
    "details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",
    "reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT","domain":"googleapis.com",
    "metadata":{"service":"generativelanguage.googleapis.com",
    "method":"google.ai.generativelanguage.v1beta.ModelService.ListModels"}}]}}"#;

const QUOTA: &str = r#"{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED",
    "details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[
    {"quotaMetric":"m","quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier",
    "quotaDimensions":{"location":"global"},"quotaValue":"2"}]},
    {"@type":"type.googleapis.com/google.rpc.Help","links":[]},
    {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"54.887755558s"}]}}"#;

fn refused(status: u16, body: &[u8]) -> Error {
    Error::from_response(status, HeaderMap::new(), body)
}

#[test]
fn error_info_is_read_from_googles_body() {
    let error = refused(403, SCOPE_INSUFFICIENT.as_bytes());
    assert_eq!(error.status(), Some(403));
    assert_eq!(error.google_status(), Some("PERMISSION_DENIED"));
    assert_eq!(error.message(), Some("Request had insufficient authentication scopes."));
    assert_eq!(error.reason(), Some("ACCESS_TOKEN_SCOPE_INSUFFICIENT"));
    assert_eq!(error.domain(), Some("googleapis.com"));
    assert_eq!(error.metadata("service"), Some("generativelanguage.googleapis.com"));
    assert_eq!(
        error.to_string(),
        "Gemini answered 403 PERMISSION_DENIED, reason ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    );
    assert!(!error.is_transient() && !error.needs_sign_in());
}

#[test]
fn retry_info_and_daily_quota_are_read_from_googles_body() {
    let error = refused(429, QUOTA.as_bytes());
    assert_eq!(error.retry_delay(), Some(Duration::from_nanos(54_887_755_558)));
    assert!(error.is_daily_quota() && error.is_transient());
}

#[test]
fn bodies_that_are_no_google_errors_still_have_a_status() {
    for body in ["", "<html>", "[]", "null", r#"{"error":7}"#, r#"{"error":{"details":[3]}}"#] {
        let error = refused(502, body.as_bytes());
        assert_eq!(error.to_string(), "Gemini answered 502", "{body}");
        assert!(error.is_transient());
    }
}

#[test]
fn an_error_wrapped_in_an_array_is_read_too() {
    let error = refused(429, format!("[{QUOTA}]").as_bytes());
    assert_eq!(error.google_status(), Some("RESOURCE_EXHAUSTED"));
}

#[test]
fn words_of_the_server_cannot_move_the_cursor() {
    let body = r#"{"error":{"status":"A\u001b[2J\nB"}}"#;
    let error = refused(400, body.as_bytes());
    assert_eq!(error.to_string(), r"Gemini answered 400 A\u{1b}[2J\nB");
}
