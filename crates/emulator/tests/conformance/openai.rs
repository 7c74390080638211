//! The OpenAI-compatible paths.

use crate::wire::{RETRIEVER, Reply, approving, get, send, sign_in};
use hallpass_emulator::{Emulator, Script, ScriptedAnswer};
use serde_json::json;

const KEY: &str = "Authorization: Bearer emulator-api-key\r\nContent-Type: application/json\r\n";

fn chat(emulator: &Emulator, body: &str) -> Reply {
    send(emulator, "POST /v1beta/openai/chat/completions", KEY, body)
}

#[test]
fn chat_is_answered_in_openais_shape() {
    let emulator = approving();
    let body = r#"{"model":"gemini-2.5-flash","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello, world"}]}"#;
    let reply = chat(&emulator, body);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let choice = r#""choices":[{"finish_reason":"stop","index":0,"message":{"content":"The emulator answers as gemini-2.5-flash. The prompt has 6 tokens and ends: Hello, world","role":"assistant"}}],"created":"#;
    assert!(reply.body.contains(choice), "{}", reply.body);
    assert!(reply.body.contains(r#""model":"gemini-2.5-flash","object":"chat.completion","usage":{"completion_tokens":22,"prompt_tokens":6,"total_tokens":28}"#), "{}", reply.body);
    assert_eq!(emulator.asked()[0].system, "Be brief.");
}

#[test]
fn chat_is_streamed_and_ends_with_done() {
    let emulator = approving();
    let body = r#"{"model":"models/gemini-2.5-flash","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}]}"#;
    let reply = chat(&emulator, body);
    assert_eq!(reply.header("content-type"), Some("text/event-stream"));
    let events: Vec<&str> = reply.body.split("\n\n").collect();
    assert_eq!((events.len(), events[4], events[5]), (6, "data: [DONE]", ""), "{}", reply.body);
    assert!(
        events[0].starts_with(r#"data: {"choices":[{"delta":{"content":"The emul"#),
        "{}",
        events[0]
    );
    assert!(
        events[0].contains(r#""finish_reason":null"#)
            && events[2].contains(r#""finish_reason":"stop""#)
    );
    assert!(
        events[3].contains(r#""choices":[],"#) && events[3].contains("\"total_tokens\""),
        "{}",
        events[3]
    );
}

#[test]
fn tools_are_called_and_their_signatures_demanded() {
    let emulator = approving();
    let tools = r#""tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]"#;
    let question = r#"{"role":"user","content":"What is the weather in Rome?"}"#;
    let reply = chat(
        &emulator,
        &format!(r#"{{"model":"gemini-3.5-flash",{tools},"messages":[{question}]}}"#),
    );
    let call = r#""message":{"role":"assistant","tool_calls":[{"extra_content":{"google":{"thought_signature":""#;
    assert!(
        reply.body.contains(call) && reply.body.contains(r#""finish_reason":"tool_calls""#),
        "{}",
        reply.body
    );
    assert!(reply.body.contains(
        r#""function":{"arguments":"{\"city\":\"Rome\"}","name":"get_weather"},"id":"call_"#
    ));
    let start = reply.body.find("{\"extra_content\"").expect("a call");
    let call = &reply.body[start..start + reply.body[start..].find("}]}").expect("an end") + 1];
    let id = &call[call.find("\"id\":\"").expect("an id") + 6..][..17];
    let answer =
        format!(r#"{{"role":"tool","tool_call_id":"{id}","content":"{{\"degrees\":21}}"}}"#);
    let round = |call: &str| {
        let said = format!(r#"{{"role":"assistant","tool_calls":[{call}]}}"#);
        chat(
            &emulator,
            &format!(
                r#"{{"model":"gemini-3.5-flash",{tools},"messages":[{question},{said},{answer}]}}"#
            ),
        )
    };
    let whole = round(call);
    assert!(whole.body.contains(r#"get_weather returned {\"degrees\":21}"#), "{}", whole.body);
    let bare = format!(
        r#"{{"id":"{id}","type":"function","function":{{"name":"get_weather","arguments":"{{}}"}}}}"#
    );
    let lost = round(&bare);
    assert!(
        lost.status == 400 && lost.body.contains("missing a thought_signature"),
        "{}",
        lost.body
    );
}

#[test]
fn settings_mean_what_they_mean_there() {
    let emulator = approving();
    let ask = |settings: &str| {
        chat(
            &emulator,
            &format!(
                r#"{{"model":"gemini-2.5-flash","messages":[{{"role":"user","content":"Hello"}}],{settings}}}"#
            ),
        )
    };
    let short = ask(r#""max_tokens":2"#);
    assert!(
        short.body.contains(r#""finish_reason":"length""#)
            && short.body.contains(r#""content":"The emul""#),
        "{}",
        short.body
    );
    assert!(ask(r#""stop":" answers""#).body.contains(r#""content":"The emulator""#));
    assert!(ask(r#""n":2"#).body.contains(r#""index":1"#));
    let schema = r#""response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","properties":{"a":{"const":7}}}}}"#;
    assert!(ask(schema).body.contains(r#""content":"{\"a\":7}""#));
    emulator.script(Script::answer(ScriptedAnswer::text("No").finish("SAFETY")));
    assert!(ask(r#""seed":1"#).body.contains(r#""finish_reason":"content_filter""#));
    emulator.script(Script::answer(ScriptedAnswer::call("f", json!({"a": 1}))));
    assert!(ask(r#""seed":1"#).body.contains(r#""arguments":"{\"a\":1}""#));
    assert_eq!(ask(r#""reasoning_effort":"low""#).status, 200);
}

#[test]
fn embeddings_come_as_numbers_or_base64() {
    let emulator = approving();
    let ask = |settings: &str| {
        let body = format!(r#"{{"model":"gemini-embedding-001","dimensions":2,{settings}}}"#);
        send(&emulator, "POST /v1beta/openai/embeddings", KEY, &body)
    };
    let reply = ask(r#""input":["a","b"]"#);
    assert!(reply.body.starts_with(r#"{"data":[{"embedding":["#), "{}", reply.body);
    assert!(
        reply.body.ends_with(
            r#""index":1,"object":"embedding"}],"model":"gemini-embedding-001","object":"list"}"#
        ),
        "{}",
        reply.body
    );
    let packed = ask(r#""input":"a","encoding_format":"base64""#);
    let start = packed.body.find("\"embedding\":\"").expect("text") + 13;
    assert_eq!(packed.body[start..].find('"'), Some(12), "eight bytes: {}", packed.body);
    assert_eq!(ask(r#""input":[]"#).status, 400);
}

#[test]
fn models_are_listed() {
    let emulator = approving();
    let list = get(&emulator, "/v1beta/openai/models", KEY);
    assert!(
        list.body
            .contains(r#"{"id":"models/gemini-2.5-flash","object":"model","owned_by":"google"}"#),
        "{}",
        list.body
    );
    let one = get(&emulator, "/v1beta/openai/models/gemini-2.5-flash", KEY);
    assert_eq!(
        one.body,
        r#"{"id":"models/gemini-2.5-flash","object":"model","owned_by":"google"}"#
    );
    assert_eq!(get(&emulator, "/v1beta/openai/models/gemini-0", KEY).status, 404);
}

#[test]
fn token_is_refused_and_so_is_no_key() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    let body = r#"{"model":"gemini-2.5-flash","messages":[{"role":"user","content":"Hello"}]}"#;
    let ask =
        |headers: &str| send(&emulator, "POST /v1beta/openai/chat/completions", headers, body);
    let refused = ask(&format!("Authorization: Bearer {token}\r\n"));
    assert_eq!((refused.status, refused.field("status").as_str()), (401, "UNAUTHENTICATED"));
    assert!(refused.body.starts_with("[{") && refused.body.ends_with("}\n]"), "{}", refused.body);
    assert!(
        refused.body.contains("Request had invalid authentication credentials."),
        "{}",
        refused.body
    );
    let none = ask("");
    assert_eq!(
        (none.status, none.field("message").as_str()),
        (400, "Missing or invalid Authorization header.")
    );
    let bad = ask("Authorization: Bearer AIzaNonsense\r\n");
    assert!(bad.status == 400 && bad.body.contains("API_KEY_INVALID"), "{}", bad.body);
    emulator.update_config(|config| config.switches.openai_error_in_array = false);
    assert!(ask("").body.starts_with("{"));
    let missing =
        chat(&emulator, r#"{"model":"gpt-4","messages":[{"role":"user","content":"a"}]}"#);
    assert!(
        missing.status == 404 && missing.field("message").starts_with("models/gpt-4 is not found")
    );
    for body in ["7", "{", "{}", r#"{"model":"gemini-2.5-flash","messages":[{"role":"robot"}]}"#] {
        assert_eq!(chat(&emulator, body).status, 400, "{body}");
    }
}
