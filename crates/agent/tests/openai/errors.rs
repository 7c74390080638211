//! Google's refusals in OpenAI's shape.

use super::json;
use hallpass_agent::openai::Refusal;
use http::HeaderMap;

fn of_google(status: u16, body: &str) -> Refusal {
    Refusal::of_google(status, &HeaderMap::new(), body.as_bytes())
}

#[test]
fn the_status_and_googles_words_stay() {
    let refusal = of_google(
        429,
        r#"{"error":{"code":429,"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED","details":[
            {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[]},
            {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"12.3s"}]}}"#,
    );
    let want = r#"{"error":{"message":"You exceeded your current quota.","type":"rate_limit_error","param":null,"code":"RESOURCE_EXHAUSTED"}}"#;
    assert_eq!((refusal.status(), refusal.retry_after()), (429, Some(13)));
    assert_eq!(json(refusal.body()), json(want));
}

#[test]
fn the_reason_and_the_field_are_told_when_google_tells_them() {
    let refusal = of_google(
        403,
        r#"[{"error":{"code":403,"message":"Disabled.","status":"PERMISSION_DENIED","details":[
            {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED","domain":"googleapis.com"}]}}]"#,
    );
    let want = r#"{"error":{"message":"Disabled.","type":"permission_error","param":null,"code":"SERVICE_DISABLED"}}"#;
    assert_eq!(json(refusal.body()), json(want));
    let refusal = of_google(
        400,
        r#"{"error":{"code":400,"message":"Bad.","status":"INVALID_ARGUMENT","details":[
            {"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents","description":"x"}]}]}}"#,
    );
    let want = r#"{"error":{"message":"Bad.","type":"invalid_request_error","param":"contents","code":"INVALID_ARGUMENT"}}"#;
    assert_eq!(json(refusal.body()), json(want));
}

#[test]
fn the_header_says_how_long_to_wait_before_the_body_does() {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", "7".parse().expect("a value"));
    let body = br#"{"error":{"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"99s"}]}}"#;
    assert_eq!(Refusal::of_google(503, &headers, body).retry_after(), Some(7));
    headers.insert("retry-after", "Fri, 27 Nov 2026 00:00:00 GMT".parse().expect("a value"));
    assert_eq!(Refusal::of_google(503, &headers, body).retry_after(), Some(99));
    for odd in ["-1s", "NaNs", "infs", "1e300s", "5", "s"] {
        let body = format!(
            r#"{{"error":{{"details":[{{"@type":"x.RetryInfo","retryDelay":"{odd}"}}]}}}}"#
        );
        assert_eq!(of_google(503, &body).retry_after(), None, "{odd}");
    }
}

#[test]
fn an_answer_that_is_no_error_object_still_has_the_status() {
    for body in ["", "<html>Not found</html>", "[]", "{}", r#"{"error":"no"}"#] {
        let refusal = of_google(404, body);
        let want = r#"{"error":{"message":"the Gemini API answered 404 without a message","type":"invalid_request_error","param":null,"code":null}}"#;
        assert_eq!((refusal.status(), json(refusal.body())), (404, json(want)), "{body}");
    }
}

#[test]
fn each_status_has_openais_type() {
    for (status, kind) in [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "server_error"),
        (503, "server_error"),
    ] {
        assert_eq!(json(of_google(status, "").body())["error"]["type"], kind);
    }
}
