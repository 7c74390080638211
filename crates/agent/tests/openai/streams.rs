//! Streamed answers.

use super::{events, json, stream};
use bytes::Bytes;

/// Returns the events of a stream that comes in one piece.
fn translated(fields: &str, frames: &str) -> Vec<String> {
    let mut chunks = stream(fields);
    let mut out = chunks.push(Bytes::copy_from_slice(frames.as_bytes()));
    out.extend(chunks.finish());
    events(out)
}

/// A chunk with this choice.
fn chunk(choice: &str) -> serde_json::Value {
    json(format!(
        r#"{{"id":"chatcmpl-r1","object":"chat.completion.chunk","created":1800000000,"model":"gemini-x","choices":[{choice}]}}"#
    ))
}

const FRAMES: &str = concat!(
    r#"data: {"candidates":[{"content":{"role":"model","parts":[{"text":"Hm.","thought":true}]},"index":0}],"modelVersion":"gemini-x","responseId":"r1"}"#,
    "\r\n\r\n",
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hel\u{2028}\"}]},\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":1}}",
    "\r\n\r\n",
    r#"data: {"candidates":[{"content":{"parts":[{"text":"lo"}]},"index":0}]}"#,
    "\r\n\r\n",
    r#"data: {"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"c2ln"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"thoughtsTokenCount":4,"totalTokenCount":9}}"#,
    "\r\n\r\n",
);

#[test]
fn each_frame_is_a_chunk_and_the_end_is_told() {
    let got = translated("", FRAMES);
    let want = [
        r#"{"index":0,"delta":{"role":"assistant","reasoning_content":"Hm."},"logprobs":null,"finish_reason":null}"#,
        "{\"index\":0,\"delta\":{\"content\":\"Hel\u{2028}\"},\"logprobs\":null,\"finish_reason\":null}",
        r#"{"index":0,"delta":{"content":"lo"},"logprobs":null,"finish_reason":null}"#,
        r#"{"index":0,"delta":{"content":"","extra_content":{"google":{"thought_signature":"c2ln"}}},"logprobs":null,"finish_reason":"stop"}"#,
    ];
    assert_eq!(got.len(), want.len() + 1);
    for (got, want) in got.iter().zip(want) {
        assert_eq!(json(got), chunk(want));
    }
    assert_eq!(got.last().expect("an end"), "[DONE]");
}

#[test]
fn usage_comes_last_when_it_is_asked_for() {
    let got = translated(r#","stream_options":{"include_usage":true}"#, FRAMES);
    assert_eq!(got.len(), 6);
    for event in &got[..4] {
        assert!(json(event)["usage"].is_null() && event.contains("\"usage\":null"), "{event}");
    }
    let last = json(&got[4]);
    assert_eq!(last["choices"], json("[]"));
    let want = r#"{"prompt_tokens":3,"completion_tokens":6,"total_tokens":9,
        "prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":4}}"#;
    assert_eq!(last["usage"], json(want));
}

#[test]
fn a_chunk_does_not_wait_for_the_next_frame_and_cuts_do_not_matter() {
    let whole = translated("", FRAMES);
    let first = FRAMES.find("\r\n\r\n").expect("a frame") + 4;
    let mut chunks = stream("");
    assert_eq!(events(chunks.push(Bytes::from(&FRAMES[..first]))), whole[..1]);
    for size in [1, 2, 3, 7, 64] {
        let mut chunks = stream("");
        let mut out = Vec::new();
        FRAMES
            .as_bytes()
            .chunks(size)
            .for_each(|piece| out.extend(chunks.push(Bytes::copy_from_slice(piece))));
        out.extend(chunks.finish());
        assert_eq!(events(out), whole, "{size}");
    }
}

#[test]
fn calls_are_numbered_over_frames_and_keep_their_signatures() {
    let got = translated(
        "",
        concat!(
            r#"data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"a","args":{"x":1}},"thoughtSignature":"c2ln"},{"functionCall":{"id":"g","name":"b"}}]}}],"responseId":"r1","modelVersion":"gemini-x"}"#,
            "\n\n",
            r#"data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"c","args":{}}}]}}]}"#,
            "\n\n",
            r#"data: {"candidates":[{"finishReason":"STOP"}]}"#,
            "\n\n"
        ),
    );
    let want = [
        r#"{"index":0,"delta":{"role":"assistant","tool_calls":[
            {"index":0,"id":"hallpass-call-r1-0-0","type":"function","function":{"name":"a","arguments":"{\"x\":1}"},"extra_content":{"google":{"thought_signature":"c2ln"}}},
            {"index":1,"id":"g","type":"function","function":{"name":"b","arguments":"{}"}}]},"logprobs":null,"finish_reason":null}"#,
        r#"{"index":0,"delta":{"tool_calls":[
            {"index":2,"id":"hallpass-call-r1-0-2","type":"function","function":{"name":"c","arguments":"{}"}}]},"logprobs":null,"finish_reason":null}"#,
        r#"{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}"#,
    ];
    assert_eq!(got.len(), 4);
    for (got, want) in got.iter().zip(want) {
        assert_eq!(json(got), chunk(want));
    }
}

#[test]
fn several_candidates_each_have_their_own_chunks() {
    let got = translated(
        "",
        concat!(
            r#"data: {"candidates":[{"index":0,"content":{"parts":[{"text":"a"}]}},{"index":1,"content":{"parts":[{"text":"b"}]},"finishReason":"STOP"}],"responseId":"r1","modelVersion":"gemini-x"}"#,
            "\n\n",
            r#"data: {"candidates":[{"index":0,"finishReason":"MAX_TOKENS"}]}"#,
            "\n\n"
        ),
    );
    let want = [
        r#"{"index":0,"delta":{"role":"assistant","content":"a"},"logprobs":null,"finish_reason":null}"#,
        r#"{"index":1,"delta":{"role":"assistant","content":"b"},"logprobs":null,"finish_reason":"stop"}"#,
        r#"{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}"#,
    ];
    for (got, want) in got.iter().zip(want) {
        assert_eq!(json(got), chunk(want));
    }
    assert_eq!(got[3..], ["[DONE]"]);
}

#[test]
fn parts_that_a_message_cannot_hold_are_in_the_delta() {
    let got = translated(
        "",
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"executableCode\":{\"code\":\"1\",\"language\":\"PYTHON\"}}]},\"finishReason\":\"STOP\"}]}\n\n",
    );
    let delta = &json(&got[0])["choices"][0]["delta"];
    assert_eq!(
        delta["extra_content"]["google"]["parts"],
        json(r#"[{"executableCode":{"code":"1","language":"PYTHON"}}]"#)
    );
}

#[test]
fn a_blocked_prompt_is_a_chunk_and_a_whole_stream() {
    let got = translated(
        "",
        "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"},\"responseId\":\"r1\",\"modelVersion\":\"gemini-x\"}\n\n",
    );
    let want = r#"{"index":0,"delta":{"role":"assistant","content":null,"refusal":"Gemini blocked the prompt: SAFETY"},
        "logprobs":null,"finish_reason":"content_filter","extra_content":{"google":{"block_reason":"SAFETY"}}}"#;
    assert_eq!(json(&got[0]), chunk(want));
    assert_eq!(got[1..], ["[DONE]"]);
}

/// A frame that is not the last.
const BEGUN: &str = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n";

#[test]
fn errors_within_a_stream_are_its_last_event() {
    let event = "data: {\"error\":{\"code\":503,\"message\":\"High demand.\",\"status\":\"UNAVAILABLE\"}}\n\n";
    let bare = "{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"High demand.\",\n    \"status\": \"UNAVAILABLE\"\n  }\n}\n";
    for end in [event, bare] {
        let got = translated("", &format!("{BEGUN}{end}"));
        assert_eq!(got.len(), 2, "{got:?}");
        let want = r#"{"error":{"message":"High demand.","type":"server_error","param":null,"code":"UNAVAILABLE"}}"#;
        assert_eq!(json(&got[1]), json(want));
    }
    // What would come after it is not said.
    let got = translated("", &format!("{event}{BEGUN}"));
    assert_eq!(got.len(), 1);
}

#[test]
fn a_stream_without_its_end_is_an_error() {
    for frames in ["", BEGUN, ": nothing\n\n", "data: {\"usageMetadata\":{}}\n\n", "data: \n\n"] {
        let got = translated("", frames);
        let last = json(got.last().expect("an event"));
        assert_eq!(
            last["error"]["message"],
            "Gemini's answer cannot be understood: it ends before its end",
            "{frames:?}"
        );
        assert!(!got.contains(&"[DONE]".to_owned()));
    }
}

#[test]
fn frames_that_are_none_are_an_error() {
    for frames in ["data: 7\n\n", "data: <html>\n\n", "data: {\"candidates\":{}}\n\n"] {
        let got = translated("", &format!("{BEGUN}{frames}{BEGUN}"));
        assert_eq!(got.len(), 2, "{frames:?}");
        assert_eq!(json(&got[1])["error"]["code"], "bad_answer", "{frames:?}");
    }
}

#[test]
fn a_connection_that_fails_is_told_once() {
    let mut chunks = stream("");
    let _ = chunks.push(BEGUN.into());
    let refusal =
        hallpass_agent::openai::Refusal::new(502, "no answer of the Gemini API", "no_connection");
    let got = events(chunks.cut(&refusal));
    let want = r#"{"error":{"message":"no answer of the Gemini API","type":"server_error","param":null,"code":"no_connection"}}"#;
    assert_eq!(json(&got[0]), json(want));
    assert!(
        chunks.cut(&refusal).is_empty()
            && chunks.push(BEGUN.into()).is_empty()
            && chunks.finish().is_empty()
    );
}
