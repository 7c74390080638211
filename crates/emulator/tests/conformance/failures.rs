//! Failures of the Gemini API that come from quotas, API keys and faults: rows 12 and 14 to 21.

use crate::generate::{flash, flat};
use crate::wire::{Reply, approving, send};
use hallpass_emulator::{Emulator, Fault, FaultKind, GeminiFault, KeyRefusal, Quota, QuotaPeriod};
use std::time::Duration;

const HELLO: &str = r#"{"contents":[{"parts":[{"text":"hello"}]}]}"#;
const INFO: &str = r#""@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"#;

fn limited(per: QuotaPeriod, model: Option<&str>) -> Emulator {
    let emulator = approving();
    emulator.update_config(|config| {
        let mut quota = Quota::new(per, 2);
        quota.project = Some("demo-project".into());
        quota.model = model.map(str::to_owned);
        config.quotas.push(quota);
    });
    emulator
}

fn seconds_to_wait(reply: &Reply) -> u64 {
    reply.field("retryDelay").strip_suffix('s').expect("seconds").parse().expect("a number")
}

#[test]
fn third_call_of_a_minute_is_row_12() {
    let emulator = limited(QuotaPeriod::Minute, None);
    for _ in 0..2 {
        assert_eq!(flash(&emulator, "generateContent", HELLO).status, 200);
    }
    let reply = flash(&emulator, "generateContent", HELLO);
    assert_eq!((reply.status, reply.field("status").as_str()), (429, "RESOURCE_EXHAUSTED"));
    let start = r#"{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 2\nPlease retry in "#;
    assert!(flat(&reply).starts_with(start), "{}", reply.body);
    let details = r#""details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_requests","quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier","quotaDimensions":{"location":"global","model":"gemini-2.5-flash"},"quotaValue":"2"}]},{"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Learn more about Gemini API quotas","url":"https://ai.google.dev/gemini-api/docs/rate-limits"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":""#;
    assert!(flat(&reply).contains(details), "{}", reply.body);
    assert_eq!(flash(&emulator, "countTokens", HELLO).status, 200);
    emulator.advance(Duration::from_secs(seconds_to_wait(&reply) + 1));
    assert_eq!(flash(&emulator, "generateContent", HELLO).status, 200);
}

#[test]
fn quota_of_a_day_is_named_and_ends_with_the_day() {
    let emulator = limited(QuotaPeriod::Day, None);
    let stream = || flash(&emulator, "streamGenerateContent?alt=sse", HELLO);
    assert_eq!((stream().status, stream().status), (200, 200));
    emulator.advance(Duration::from_secs(3000));
    let reply = stream();
    assert_eq!(reply.status, 429);
    assert_eq!(reply.field("quotaId"), "GenerateRequestsPerDayPerProjectPerModel-FreeTier");
    emulator.advance(Duration::from_secs(seconds_to_wait(&reply) + 1));
    assert_eq!(stream().status, 200);
}

#[test]
fn quota_of_a_model_spares_the_others_and_refused_calls_cost_nothing() {
    let emulator = limited(QuotaPeriod::Minute, Some("gemini-2.5-pro"));
    for _ in 0..3 {
        assert_eq!(flash(&emulator, "generateContent", HELLO).status, 200);
    }
    let patch = r#"{"quotas": [{"per": "minute", "limit": 0}]}"#;
    let json = "Content-Type: application/json\r\n";
    assert_eq!(send(&emulator, "PATCH /emulator/v1/config", json, patch).status, 200);
    assert_eq!(flash(&emulator, "generateContent", HELLO).status, 429);
    emulator.reset();
    assert_eq!(flash(&emulator, "generateContent", HELLO).status, 200);
}

/// The reply to an API key that is refused so.
fn with_key(refusal: KeyRefusal) -> Reply {
    let emulator = approving();
    emulator.update_config(|config| {
        config.projects[0].refused_api_keys.insert("AIza-old".into(), refusal);
    });
    let line = "POST /v1beta/models/gemini-2.5-flash:generateContent?key=AIza-old";
    send(&emulator, line, "", HELLO)
}

#[test]
fn expired_key_is_row_14() {
    let reply = with_key(KeyRefusal::Expired);
    assert_eq!(
        flat(&reply),
        format!(
            r#"{{"error":{{"code":400,"message":"API key expired. Please renew the API key.","status":"INVALID_ARGUMENT","details":[{{{INFO}"API_KEY_INVALID","domain":"googleapis.com","metadata":{{"service":"generativelanguage.googleapis.com"}}}},{{"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US","message":"API key expired. Please renew the API key."}}]}}}}"#
        )
    );
}

#[test]
fn leaked_key_is_row_15() {
    let reply = with_key(KeyRefusal::Leaked);
    assert_eq!(
        flat(&reply),
        r#"{"error":{"code":403,"message":"Your API key was reported as leaked. Please use another API key.","status":"PERMISSION_DENIED"}}"#
    );
}

#[test]
fn suspended_key_is_row_16() {
    let reply = with_key(KeyRefusal::Suspended);
    assert_eq!(
        flat(&reply),
        format!(
            r#"{{"error":{{"code":403,"message":"Permission denied: Consumer 'api_key:AIza-old' has been suspended.","status":"PERMISSION_DENIED","details":[{{{INFO}"CONSUMER_SUSPENDED","domain":"googleapis.com","metadata":{{"service":"generativelanguage.googleapis.com","consumer":"projects/710000000001","containerInfo":"api_key:AIza-old"}}}}]}}}}"#
        )
    );
}

#[test]
fn blocked_key_is_row_17() {
    let reply = with_key(KeyRefusal::Blocked);
    let method = "google.ai.generativelanguage.v1beta.GenerativeService.GenerateContent";
    assert_eq!(
        flat(&reply),
        format!(
            r#"{{"error":{{"code":403,"message":"Requests to this API generativelanguage.googleapis.com method {method} are blocked.","status":"PERMISSION_DENIED","details":[{{{INFO}"API_KEY_SERVICE_BLOCKED","domain":"googleapis.com","metadata":{{"service":"generativelanguage.googleapis.com","consumer":"projects/710000000001","methodName":"{method}","apiName":"generativelanguage.googleapis.com"}}}}]}}}}"#
        )
    );
}

/// The reply under a fault of this name, asked for over the control path.
fn scripted(name: &str) -> String {
    let emulator = approving();
    let fault =
        format!(r#"{{"path":"/v1beta/models","fault":{{"kind":"gemini","error":"{name}"}}}}"#);
    let json = "Content-Type: application/json\r\n";
    assert_eq!(send(&emulator, "POST /emulator/v1/faults", json, &fault).status, 200);
    let reply = flash(&emulator, "generateContent", HELLO);
    assert_eq!(flash(&emulator, "generateContent", HELLO).status, 200);
    flat(&reply)
}

#[test]
fn overloaded_model_is_row_18() {
    assert_eq!(
        scripted("overloaded"),
        r#"{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}"#
    );
}

#[test]
fn internal_error_is_row_19() {
    assert_eq!(
        scripted("internal"),
        r#"{"error":{"code":500,"message":"An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting","status":"INTERNAL"}}"#
    );
}

#[test]
fn deadline_is_row_20() {
    assert_eq!(
        scripted("deadline"),
        r#"{"error":{"code":504,"message":"The request timed out. Please try again.","status":"DEADLINE_EXCEEDED"}}"#
    );
}

#[test]
fn region_is_row_21() {
    assert_eq!(
        scripted("region"),
        r#"{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}"#
    );
}

#[test]
fn quota_can_be_a_fault_too() {
    assert!(scripted("quota").contains(r#"PerMinutePerProjectPerModel-FreeTier","quotaDimensions":{"location":"global","model":"gemini-2.5-flash"},"quotaValue":"2""#));
    assert!(scripted("quota").contains(r#""retryDelay":"54s""#));
    assert!(scripted("daily_quota").contains("GenerateRequestsPerDayPerProjectPerModel-FreeTier"));
}

#[test]
fn fault_of_a_stream_is_in_an_array_as_its_chunks_are() {
    let emulator = approving();
    let overloaded = FaultKind::Gemini { error: GeminiFault::Overloaded };
    emulator.fault(Fault::once("/v1beta/models", overloaded).times(2));
    let array = flash(&emulator, "streamGenerateContent", HELLO);
    assert!(array.status == 503 && flat(&array).starts_with("[{\"error\":"), "{}", array.body);
    let events = flash(&emulator, "streamGenerateContent?alt=sse", HELLO);
    assert!(events.status == 503 && flat(&events).starts_with("{\"error\":"), "{}", events.body);
}
