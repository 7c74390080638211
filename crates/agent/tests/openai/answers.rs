//! Whole answers.

use super::{answered, asked_with, json, said, sent, stamp};
use serde_json::Value;

#[test]
fn a_plain_answer_has_openais_shape() {
    let got = answered(
        r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hel"},{"text":"lo"}]},"finishReason":"STOP","index":0}],
            "usageMetadata":{"promptTokenCount":9,"cachedContentTokenCount":4,"candidatesTokenCount":5,"thoughtsTokenCount":20,
                "toolUsePromptTokenCount":3,"totalTokenCount":37},
            "modelVersion":"gemini-3.5-flash-001","responseId":"r1"}"#,
    );
    let want = r#"{"id":"chatcmpl-r1","object":"chat.completion","created":1800000000,"model":"gemini-3.5-flash-001",
        "choices":[{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null},"logprobs":null,"finish_reason":"stop"}],
        "usage":{"prompt_tokens":12,"completion_tokens":25,"total_tokens":37,
            "prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":20}}}"#;
    assert_eq!(got, json(want));
}

#[test]
fn an_answer_without_names_and_counts_gets_them() {
    let got = answered(
        r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"MAX_TOKENS"},{"index":1,"finishReason":"STOP"}]}"#,
    );
    let want = r#"{"id":"chatcmpl-made","object":"chat.completion","created":1800000000,"model":"gemini-3.5-flash",
        "choices":[
            {"index":0,"message":{"role":"assistant","content":"a","refusal":null},"logprobs":null,"finish_reason":"length"},
            {"index":1,"message":{"role":"assistant","content":null,"refusal":null},"logprobs":null,"finish_reason":"stop"}],
        "usage":null}"#;
    assert_eq!(got, json(want));
}

#[test]
fn calls_have_names_and_signatures_and_come_back_as_they_came() {
    let parts = r#"[{"text":"Both.","thoughtSignature":"c2lnMA=="},
        {"functionCall":{"id":"g1","name":"weather","args":{"city":"Bern"}},"thoughtSignature":"c2lnMQ=="},
        {"functionCall":{"name":"now"}}]"#;
    let got = answered(&format!(
        r#"{{"candidates":[{{"content":{{"role":"model","parts":{parts}}},"finishReason":"STOP"}}],"responseId":"r1"}}"#
    ));
    let want = r#"{"role":"assistant","content":"Both.","refusal":null,
        "extra_content":{"google":{"thought_signature":"c2lnMA=="}},
        "tool_calls":[
            {"id":"g1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bern\"}"},
             "extra_content":{"google":{"thought_signature":"c2lnMQ=="}}},
            {"id":"hallpass-call-r1-0-1","type":"function","function":{"name":"now","arguments":"{}"}}]}"#;
    let message = &got["choices"][0]["message"];
    assert_eq!(*message, json(want));
    assert_eq!(got["choices"][0]["finish_reason"], "tool_calls");
    let results = r#"{"role":"tool","tool_call_id":"g1","content":"a"},{"role":"tool","tool_call_id":"hallpass-call-r1-0-1","content":"b"}"#;
    let body = sent(said(&format!(r#"{message},{results}"#)));
    assert_eq!(body["contents"][0]["parts"], json(parts));
}

/// Returns what the model said once it has gone to a program and come back.
fn returned(parts: &str) -> (Value, Value) {
    let got = answered(&format!(
        r#"{{"candidates":[{{"content":{{"role":"model","parts":{parts}}},"finishReason":"STOP"}}]}}"#
    ));
    let message = got["choices"][0]["message"].clone();
    let body = sent(said(&format!(r#"{message},{{"role":"user","content":"Go on."}}"#)));
    (message, body["contents"][0]["parts"].clone())
}

#[test]
fn parts_that_a_message_cannot_hold_survive_the_way_there_and_back() {
    for parts in [
        r#"[{"executableCode":{"language":"PYTHON","code":"1"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"1"}},{"text":"One."}]"#,
        r#"[{"text":"a"},{"text":"","thoughtSignature":"c2ln"}]"#,
        r#"[{"text":"a","thoughtSignature":"c2ln"},{"text":"b","thoughtSignature":"c2lo"}]"#,
        r#"[{"thought":true,"text":"hm","thoughtSignature":"c2ln"},{"text":"b"}]"#,
        r#"[{"functionCallOfNextYear":{"a":1},"thoughtSignature":"c2ln"}]"#,
        r#"[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]"#,
        r#"[{"text":"a","partMetadata":{"b":1}}]"#,
    ] {
        let (message, back) = returned(parts);
        assert_eq!(back, json(parts));
        assert_eq!(message["extra_content"]["google"]["parts"], json(parts));
    }
}

#[test]
fn thoughts_stand_beside_the_answer_and_do_not_go_back() {
    let (message, back) = returned(
        r#"[{"text":"First ","thought":true},{"text":"this.","thought":true},{"text":"Yes.","thoughtSignature":"c2ln"}]"#,
    );
    let want = r#"{"role":"assistant","content":"Yes.","refusal":null,"reasoning_content":"First this.",
        "extra_content":{"google":{"thought_signature":"c2ln"}}}"#;
    assert_eq!(message, json(want));
    assert_eq!(back, json(r#"[{"text":"Yes.","thoughtSignature":"c2ln"}]"#));
}

#[test]
fn an_answer_that_was_stopped_is_never_taken_for_a_whole_one() {
    for (reason, word) in [
        ("MAX_TOKENS", "length"),
        ("CONTINUATION", "length"),
        ("SAFETY", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("MALFORMED_FUNCTION_CALL", "content_filter"),
        ("OTHER", "content_filter"),
        ("A_WORD_OF_NEXT_YEAR", "content_filter"),
    ] {
        let got = answered(&format!(r#"{{"candidates":[{{"finishReason":"{reason}"}}]}}"#));
        let choice = &got["choices"][0];
        assert_eq!(choice["finish_reason"], word, "{reason}");
        let refusal = format!("Gemini stopped the answer: {reason}");
        let refusal = if word == "length" { Value::Null } else { refusal.into() };
        assert_eq!(choice["message"]["refusal"], refusal, "{reason}");
        let own = if reason == "MAX_TOKENS" { Value::Null } else { reason.into() };
        assert_eq!(choice["extra_content"]["google"]["finish_reason"], own, "{reason}");
    }
    let got = answered(r#"{"candidates":[{"finishReason":"SAFETY","finishMessage":"Not this."}]}"#);
    assert_eq!(got["choices"][0]["message"]["refusal"], "Not this.");
}

#[test]
fn a_blocked_prompt_is_a_choice_with_a_refusal() {
    let got = answered(
        r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3,"totalTokenCount":3},"responseId":"r"}"#,
    );
    let want = r#"[{"index":0,"message":{"role":"assistant","content":null,"refusal":"Gemini blocked the prompt: SAFETY"},
        "logprobs":null,"finish_reason":"content_filter","extra_content":{"google":{"block_reason":"SAFETY"}}}]"#;
    assert_eq!(got["choices"], json(want));
    assert_eq!(got["usage"]["prompt_tokens"], 3);
}

#[test]
fn where_an_answer_is_from_stands_beside_it() {
    let got = answered(
        r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP","groundingMetadata":{"webSearchQueries":["b"]}}]}"#,
    );
    assert_eq!(
        got["choices"][0]["extra_content"],
        json(r#"{"google":{"grounding_metadata":{"webSearchQueries":["b"]}}}"#)
    );
}

#[test]
fn replies_that_are_none_are_errors_of_the_server() {
    let call = asked_with(r#""n":1"#).expect("a call");
    for reply in ["", "[]", "{}", "<html>", r#"{"candidates":7}"#, r#"{"candidates":[]}"#] {
        let refusal = call.answer.whole(&[reply], &stamp()).expect_err("a refusal");
        assert_eq!(refusal.status(), 502, "{reply}");
        assert_eq!(json(refusal.body())["error"]["type"], "server_error", "{reply}");
    }
}
