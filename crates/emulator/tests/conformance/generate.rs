//! Generating, counting, embedding: the wire of the Gemini API's POST methods.

use crate::wire::{RETRIEVER, Reply, approving, exchange_bytes, send, sign_in};
use hallpass_emulator::{Emulator, Fault, FaultKind, ScriptedReply};
use serde_json::json;
use std::collections::VecDeque;

const HELLO: &str = r#"{"contents":[{"parts":[{"text":"Hello, world"}]}]}"#;
const HELLO_ANSWER: &str = r#"{"candidates":[{"content":{"parts":[{"text":"The emulator answers as gemini-2.5-flash. The prompt has 3 tokens and ends: Hello, world"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":22,"totalTokenCount":25,"promptTokensDetails":[{"modality":"TEXT","tokenCount":3}]},"modelVersion":"gemini-2.5-flash","responseId":""#;

/// Asks a method as ada.
pub(crate) fn ask(emulator: &Emulator, target: &str, body: &str) -> Reply {
    let token = sign_in(emulator, RETRIEVER).field("access_token");
    let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
    send(emulator, &format!("POST {target}"), &headers, body)
}

pub(crate) fn flash(emulator: &Emulator, call: &str, body: &str) -> Reply {
    ask(emulator, &format!("/v1beta/models/gemini-2.5-flash:{call}"), body)
}

/// The body on one line, without its layout.
pub(crate) fn flat(reply: &Reply) -> String {
    reply.body.lines().map(str::trim).collect::<String>().replace("\": ", "\":")
}

#[test]
fn answer_has_the_fields_of_a_response_and_never_varies() {
    let emulator = approving();
    let reply = flash(&emulator, "generateContent", HELLO);
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(flat(&reply).starts_with(HELLO_ANSWER), "{}", reply.body);
    assert_eq!(reply.header("content-type"), Some("application/json; charset=UTF-8"));
    let again = ask(&approving(), "/v1/models/gemini-2.5-flash:generateContent", HELLO);
    assert_eq!(again.body, reply.body);
    let other = flash(&emulator, "generateContent", &HELLO.replace("world", "moon"));
    assert_ne!(other.field("responseId"), reply.field("responseId"));
}

#[test]
fn both_spellings_of_a_name_are_understood() {
    let emulator = approving();
    let camel = r#"{"contents":[{"parts":[{"text":"a"}]}],"systemInstruction":{"parts":[{"text":"12345"}]},"generationConfig":{"maxOutputTokens":2}}"#;
    let snake = r#"{"contents":{"parts":{"text":"a"}},"system_instruction":{"parts":{"text":"12345"}},"generation_config":{"max_output_tokens":2}}"#;
    let reply = flash(&emulator, "generateContent", camel);
    assert_eq!(reply.field("text"), "The emul");
    assert_eq!(reply.field("finishReason"), "MAX_TOKENS");
    assert!(reply.body.contains("\"promptTokenCount\": 3"), "{}", reply.body);
    assert_eq!(flash(&emulator, "generateContent", snake).body, reply.body);
}

#[test]
fn stop_sequences_candidates_and_json_are_honoured() {
    let emulator = approving();
    let with = |config: &str| {
        let body = HELLO.replace("}]}]}", &format!("}}]}}],\"generationConfig\":{config}}}"));
        flash(&emulator, "generateContent", &body)
    };
    assert_eq!(with(r#"{"stopSequences":[" answers"]}"#).field("text"), "The emulator");
    let two = with(r#"{"candidateCount":2}"#);
    assert!(two.body.contains("Hello, world (2)") && two.body.contains("\"index\": 1"));
    assert_eq!(with(r#"{"candidateCount":9}"#).status, 400);
    let json = with(r#"{"responseMimeType":"application/json"}"#);
    assert!(json.body.contains(r#""text": "{\"asked\":\"Hello, world\""#), "{}", json.body);
}

#[test]
fn stream_of_events_ends_with_reason_and_usage() {
    let emulator = approving();
    let reply = flash(&emulator, "streamGenerateContent?alt=sse", HELLO);
    assert_eq!(reply.header("content-type"), Some("text/event-stream"));
    let events: Vec<&str> = reply.body.split("\r\n\r\n").collect();
    assert_eq!((events.len(), events[3]), (4, ""), "{}", reply.body);
    let first = r#"data: {"candidates":[{"content":{"parts":[{"text":"The emulator answers as gemin"}],"role":"model"},"index":0}],"modelVersion":"gemini-2.5-flash","responseId":""#;
    assert!(events[0].starts_with(first), "{}", events[0]);
    let last = r#""finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":22,"totalTokenCount":25,"#;
    assert!(events[2].contains(last) && !events[1].contains("usageMetadata"), "{}", reply.body);
    emulator.update_config(|config| config.switches.sse_crlf = false);
    let reply = flash(&emulator, "streamGenerateContent?alt=sse", HELLO);
    assert_eq!((reply.body.matches("\n\n").count(), reply.body.matches('\r').count()), (3, 0));
}

#[test]
fn stream_without_alt_is_an_array() {
    let reply = flash(&approving(), "streamGenerateContent", HELLO);
    assert_eq!(reply.header("content-type"), Some("application/json; charset=UTF-8"));
    assert!(reply.body.starts_with("[{\n  \"candidates\": [") && reply.body.ends_with("\n}\n]"));
    assert_eq!(reply.body.matches("\n},\r\n{\n").count(), 2, "{}", reply.body);
    assert_eq!(reply.body.matches("usageMetadata").count(), 1);
    let refused = flash(&approving(), "streamGenerateContent", "{}");
    assert!(
        refused.body.ends_with("\n}\n]"),
        "api_core refuses all that follows: {}",
        refused.body
    );
}

#[test]
fn stream_can_be_cut_and_slow() {
    let emulator = approving();
    let path = "/v1beta/models/gemini-2.5-flash:streamGenerateContent";
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    let request = format!(
        "POST {path}?alt=sse HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{HELLO}",
        HELLO.len()
    );
    emulator.fault(Fault::once(path, FaultKind::CutBody));
    let cut = String::from_utf8(exchange_bytes(&emulator, request.as_bytes())).unwrap();
    assert!(cut.contains("data: {\"candidates\"") && !cut.contains("usageMetadata"), "{cut}");
    emulator.fault(Fault::once(path, FaultKind::SlowBytes { milliseconds: 0 }));
    let slow = String::from_utf8(exchange_bytes(&emulator, request.as_bytes())).unwrap();
    assert!(slow.contains("usageMetadata") && slow.ends_with("\r\n\r\n"), "{slow}");
}

#[test]
fn scripted_replies_come_in_order_and_then_the_emulators_own() {
    let emulator = approving();
    let body = json!({"promptFeedback": {"blockReason": "SAFETY"}});
    emulator.update_config(|config| {
        let replies = [ScriptedReply::Text("Paris.".into()), ScriptedReply::Response(body)];
        config.replies.insert("gemini-2.5-flash".into(), VecDeque::from(replies));
    });
    assert_eq!(flash(&emulator, "countTokens", HELLO).status, 200);
    assert_eq!(flash(&emulator, "generateContent", HELLO).field("text"), "Paris.");
    let second = flash(&emulator, "streamGenerateContent?alt=sse", HELLO);
    assert_eq!(second.body, "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\r\n\r\n");
    assert!(flat(&flash(&emulator, "generateContent", HELLO)).starts_with(HELLO_ANSWER));
}

#[test]
fn replies_can_be_scripted_by_the_control_path() {
    let emulator = approving();
    let patch = r#"{"replies": {"gemini-2.5-pro": ["one", {"candidates": []}]}}"#;
    let json = "Content-Type: application/json\r\n";
    assert_eq!(send(&emulator, "PATCH /emulator/v1/config", json, patch).status, 200);
    let pro = |call: &str| ask(&emulator, &format!("/v1beta/models/gemini-2.5-pro:{call}"), HELLO);
    assert_eq!(pro("generateContent").field("text"), "one");
    assert_eq!(pro("generateContent?prettyPrint=false").body, r#"{"candidates":[]}"#);
    let wrong = r#"{"replies": {"gemini-2.5-pro": "one"}}"#;
    assert_eq!(send(&emulator, "PATCH /emulator/v1/config", json, wrong).status, 400);
}

#[test]
fn tokens_are_counted_by_the_rule() {
    let emulator = approving();
    let body = r#"{"contents":[{"parts":[{"text":"12345"},{"inline_data":{"mime_type":"image/png","data":"AA=="}}]}]}"#;
    let reply = flash(&emulator, "countTokens", body);
    let counted = r#"{"totalTokens":260,"promptTokensDetails":[{"modality":"TEXT","tokenCount":2},{"modality":"IMAGE","tokenCount":258}]}"#;
    assert_eq!(flat(&reply), counted);
    let whole = format!(r#"{{"generate_content_request":{{"model":"models/x",{}}}"#, &body[1..]);
    assert_eq!(flat(&flash(&emulator, "countTokens", &whole)), counted);
    assert_eq!(flash(&emulator, "countTokens", "{}").status, 400);
}

#[test]
fn batch_of_more_than_a_hundred_is_refused() {
    let one = r#"{"content":{"parts":[{"text":"a"}]},"outputDimensionality":1}"#;
    let target = "/v1beta/models/gemini-embedding-001:batchEmbedContents";
    let of = |count: usize| format!(r#"{{"requests":[{}]}}"#, vec![one; count].join(","));
    let emulator = approving();
    assert_eq!(ask(&emulator, target, &of(100)).status, 200);
    let reply = ask(&emulator, target, &of(101));
    let text = "* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch";
    assert_eq!((reply.status, reply.field("message").as_str()), (400, text));
}

#[test]
fn reply_or_quota_for_a_name_that_is_never_met_is_a_mistake() {
    let emulator = approving();
    for (patch, field) in [
        (r#"{"replies": {"models/gemini-2.5-pro": []}}"#, "replies"),
        (r#"{"quotas": [{"per": "day", "limit": 1, "model": "models/aqa"}]}"#, "quotas"),
        (r#"{"quotas": [{"per": "day", "limit": 1, "project": "demo"}]}"#, "quotas"),
    ] {
        let json = "Content-Type: application/json\r\n";
        let reply = send(&emulator, "PATCH /emulator/v1/config", json, patch);
        assert_eq!(reply.status, 400, "{patch}");
        assert!(reply.field("error").starts_with(&format!("field `{field}`: ")), "{}", reply.body);
    }
}

/// The numbers of the first vector of a reply.
fn vector(reply: &Reply) -> Vec<f64> {
    let text = flat(reply);
    let at = text.find("\"values\":[").expect("values") + "\"values\":[".len();
    let end = at + text[at..].find(']').expect("an end");
    text[at..end].split(',').map(|number| number.parse().expect("a number")).collect()
}

#[test]
fn embeddings_have_unit_length_and_the_dimensions_asked_for() {
    let emulator = approving();
    let embed =
        |body: &str| ask(&emulator, "/v1beta/models/gemini-embedding-001:embedContent", body);
    let hello = r#"{"content":{"parts":[{"text":"hello"}]}}"#;
    let reply = embed(hello);
    assert!(flat(&reply).starts_with("{\"embedding\":{\"values\":["), "{}", reply.body);
    let long = vector(&reply);
    let length = long.iter().map(|value| value * value).sum::<f64>();
    assert!(long.len() == 3072 && (length - 1.0).abs() < 1e-4, "{} {length}", long.len());
    assert_eq!(vector(&embed(hello)), long);
    let short = r#"{"content":{"parts":[{"text":"hello"}]},"output_dimensionality":8}"#;
    let small = vector(&embed(short));
    let length = small.iter().map(|value| value * value).sum::<f64>();
    assert!(small.len() == 8 && (length - 1.0).abs() < 1e-4, "{} {length}", small.len());
    assert_ne!(vector(&embed(&short.replace("hello", "world"))), small);
    assert_eq!(embed(&short.replace(":8", ":3073")).status, 400);
    assert_eq!(embed("{}").status, 400);
}

#[test]
fn batch_embeds_each_request() {
    let emulator = approving();
    let one = r#"{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"a"}]},"outputDimensionality":2}"#;
    let target = "/v1beta/models/gemini-embedding-001:batchEmbedContents";
    let reply = ask(&emulator, target, &format!(r#"{{"requests":[{one},{one},{one}]}}"#));
    assert!(flat(&reply).starts_with("{\"embeddings\":[{\"values\":["), "{}", reply.body);
    assert_eq!(reply.body.matches("\"values\"").count(), 3);
    let unknown = one.replace("\"model\"", "\"modle\"");
    let reply = ask(&emulator, target, &format!(r#"{{"requests":[{one},{unknown}]}}"#));
    assert!(reply.body.contains("Unknown name \\\"modle\\\" at 'requests[1]': Cannot find field."));
    assert_eq!(ask(&emulator, target, "{}").status, 400);
}

#[test]
fn model_that_is_missing_or_lacks_the_method_is_row_11() {
    let emulator = approving();
    let reply = ask(&emulator, "/v1beta/models/gemini-0:generateContent", HELLO);
    let row = r#"{"error":{"code":404,"message":"models/gemini-0 is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.","status":"NOT_FOUND"}}"#;
    assert_eq!((reply.status, flat(&reply).as_str()), (404, row));
    let aqa = ask(&emulator, "/v1/models/aqa:countTokens", HELLO);
    assert!(aqa.field("message").contains(
        "models/aqa is not found for API version v1, or is not supported for countTokens."
    ));
    let content = r#"{"content":{"parts":[{"text":"a"}]}}"#;
    assert_eq!(flash(&emulator, "embedContent", content).status, 404);
}

#[test]
fn unknown_name_in_a_body_is_row_22() {
    let emulator = approving();
    let reply = flash(&emulator, "generateContent", r#"{"x":1}"#);
    // `flat` takes the space after a quote and a colon away, in the words too.
    let text = r#"Invalid JSON payload received. Unknown name \"x\":Cannot find field."#;
    assert_eq!(
        flat(&reply),
        format!(
            r#"{{"error":{{"code":400,"message":"{text}","status":"INVALID_ARGUMENT","details":[{{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{{"description":"{text}"}}]}}]}}}}"#
        )
    );
    let nested = r#"{"contents":[{"parts":[{"txt":"a"}]}],"generation_config":{"topp":1}}"#;
    let reply = flash(&emulator, "generateContent", nested);
    for (name, place) in [("txt", "contents[0].parts[0]"), ("topp", "generation_config")] {
        let text = format!("Unknown name \\\"{name}\\\" at '{place}': Cannot find field.");
        assert!(reply.body.contains(&text), "{}", reply.body);
        assert!(flat(&reply).contains(&format!("\"field\":\"{place}\"")), "{}", reply.body);
    }
}

#[test]
fn value_of_the_wrong_type_and_text_that_is_no_json_are_refused() {
    let emulator = approving();
    for body in [
        "{",
        "[]",
        "7",
        "\"x\"",
        "\u{1}",
        r#"{"contents":7}"#,
        r#"{"contents":[{"parts":[{"text":7}]}]}"#,
    ] {
        let reply = flash(&emulator, "generateContent", body);
        assert_eq!(
            (reply.status, reply.field("status").as_str()),
            (400, "INVALID_ARGUMENT"),
            "{body}"
        );
    }
    let reply = flash(&emulator, "generateContent", r#"{"contents":"x"}"#);
    let text = "Invalid value at 'contents' (type.googleapis.com/google.ai.generativelanguage.v1beta.Content), ";
    assert!(reply.body.contains(text), "{}", reply.body);
}

#[test]
fn empty_contents_are_row_23() {
    let emulator = approving();
    let row = r#"{"error":{"code":400,"message":"* GenerateContentRequest.contents: contents is not specified","status":"INVALID_ARGUMENT"}}"#;
    for body in ["", "{}", r#"{"contents":[]}"#, r#"{"contents":null}"#] {
        assert_eq!(flat(&flash(&emulator, "generateContent", body)), row, "{body}");
    }
    let reply = flash(&emulator, "streamGenerateContent", "{}");
    assert_eq!(flat(&reply), format!("[{row}]"));
    assert_eq!(flat(&flash(&emulator, "streamGenerateContent?alt=sse", "{}")), row);
    emulator.update_config(|config| config.switches.stream_error_in_array = false);
    assert_eq!(flat(&flash(&emulator, "streamGenerateContent", "{}")), row);
}

#[test]
fn enums_are_numbers_where_the_query_wants_them() {
    let emulator = approving();
    let reply = flash(&emulator, "generateContent?$alt=json;enum-encoding=int", HELLO);
    assert!(flat(&reply).contains("\"finishReason\":1,"), "{}", reply.body);
    assert!(flat(&reply).contains("\"modality\":1,"), "{}", reply.body);
    let reply = flash(&emulator, "streamGenerateContent?$alt=json%3Benum-encoding%3Dint", HELLO);
    assert_eq!(reply.body.matches("\"finishReason\": 1").count(), 1, "{}", reply.body);
    assert!(reply.body.starts_with("[{"));
}

#[test]
fn layout_goes_where_the_query_wants_none() {
    let emulator = approving();
    let reply = flash(
        &emulator,
        "generateContent?prettyPrint=false",
        &HELLO.replace("world", "wo  \\\"rl: d"),
    );
    assert!(
        !reply.body.contains('\n')
            && reply.body.contains(r#"Hello, wo  \"rl: d"}],"role":"model"}"#)
    );
    let error = flash(&emulator, "generateContent?$prettyPrint=false", "{}");
    assert!(error.body.starts_with(r#"{"error":{"code":400,"message":"* Gen"#), "{}", error.body);
}
