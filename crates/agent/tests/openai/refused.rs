//! What has no counterpart is refused by its name, in OpenAI's shape, and nothing is made to send.

use super::{asked, asked_with, json, refused, said};
use hallpass_agent::openai::translate;
use http::Method;

#[test]
fn every_field_that_is_not_translated_is_named() {
    let fields = [
        (r#""audio":{"voice":"x"}"#, "audio"),
        (r#""prediction":{"type":"content","content":"x"}"#, "prediction"),
        (r#""verbosity":"low""#, "verbosity"),
        (r#""web_search_options":{}"#, "web_search_options"),
        (r#""functions":[]"#, "functions"),
        (r#""function_call":"auto""#, "function_call"),
        (r#""logprobs":true"#, "logprobs"),
        (r#""top_logprobs":3"#, "top_logprobs"),
        (r#""logit_bias":{"50256":-100}"#, "logit_bias"),
        (r#""store":true"#, "store"),
        (r#""modalities":["text","audio"]"#, "modalities"),
        (r#""parallel_tool_calls":false"#, "parallel_tool_calls"),
        (r#""service_tier":"scale""#, "service_tier"),
        (r#""response_format":{"type":"grammar"}"#, "response_format.type"),
        (r#""response_format":{"type":"text","x":1}"#, "response_format.x"),
        (r#""tools":[{"type":"custom","custom":{"name":"x"}}]"#, "tools[0].type"),
        (
            r#""tools":[{"type":"function","function":{"name":"f","cache":1}}]"#,
            "tools[0].function.cache",
        ),
        (r#""extra_body":{"openai":{}}"#, "extra_body.openai"),
        (r#""extra_body":{"google":{"tools":[]}}"#, "extra_body.google.tools"),
        (r#""stream":true,"stream_options":{"x":1}"#, "stream_options.x"),
        (r#""a_field_of_next_year":{}"#, "a_field_of_next_year"),
    ];
    for (field, name) in fields {
        let (status, body) = refused(asked_with(field));
        assert_eq!(status, 400, "{field}");
        assert_eq!(body["error"]["type"], "invalid_request_error", "{field}");
        assert_eq!(body["error"]["param"], name, "{field}");
        assert_eq!(body["error"]["code"], "unsupported_parameter", "{field}");
        let message = body["error"]["message"].as_str().expect("a message");
        assert!(message.starts_with(&format!("`{name}` ")), "{message}");
    }
}

#[test]
fn values_that_cannot_be_meant_are_named() {
    for (field, name) in [
        (r#""temperature":"hot""#, "temperature"),
        (r#""n":1.5"#, "n"),
        (r#""n":-1"#, "n"),
        (r#""seed":3000000000"#, "seed"),
        (r#""max_tokens":1,"max_completion_tokens":2"#, "max_tokens"),
        (r#""stop":7"#, "stop"),
        (r#""stop":["a",7]"#, "stop"),
        (r#""stream":"yes""#, "stream"),
        (r#""stream_options":{"include_usage":true}"#, "stream_options"),
        (r#""tools":{}"#, "tools"),
        (r#""tools":[7]"#, "tools[0]"),
        (r#""tool_choice":7,"tools":[{"type":"function","function":{"name":"f"}}]"#, "tool_choice"),
        (r#""extra_body":7"#, "extra_body"),
    ] {
        let (status, body) = refused(asked_with(field));
        assert_eq!((status, &body["error"]["code"]), (400, &"invalid_value".into()), "{field}");
        assert_eq!(body["error"]["param"], name, "{field}");
    }
}

#[test]
fn messages_that_mean_nothing_to_google_are_named() {
    for (message, name) in [
        (r#"{"role":"robot","content":"a"}"#, "messages[0].role"),
        (r#"{"role":"function","name":"f","content":"a"}"#, "messages[0].role"),
        (r#"{"content":"a"}"#, "messages[0].role"),
        (r#"{"role":"user"}"#, "messages[0].content"),
        (r#"{"role":"user","content":[]}"#, "messages[0].content"),
        (r#"{"role":"user","content":7}"#, "messages[0].content"),
        (r#"{"role":"user","name":"ada","content":"a"}"#, "messages[0].name"),
        (r#"{"role":"user","content":[{"type":"video_url"}]}"#, "messages[0].content[0].type"),
        (
            r#"{"role":"user","content":[{"type":"file","file":{"file_id":"x"}}]}"#,
            "messages[0].content[0].file.file_id",
        ),
        (
            r#"{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA","format":"pcm"}}]}"#,
            "messages[0].content[0].input_audio.format",
        ),
        (
            r#"{"role":"system","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]}"#,
            "messages[0].content[0].type",
        ),
        (r#"{"role":"system","content":"a"}"#, "messages"),
        (r#"{"role":"assistant","content":null,"audio":{"id":"x"}}"#, "messages[0].audio"),
        (
            r#"{"role":"assistant","function_call":{"name":"f","arguments":"{}"}}"#,
            "messages[0].function_call",
        ),
        ("7", "messages[0]"),
        ("", "messages"),
    ] {
        let (status, body) = refused(said(message));
        assert_eq!((status, &body["error"]["param"]), (400, &name.into()), "{message}");
    }
}

#[test]
fn bodies_that_are_no_request_are_refused() {
    for body in ["", "{", "[]", "7", "\u{0}", r#"{"model":"m"}"#, r#"{"messages":[]}"#] {
        assert_eq!(refused(asked(body)).0, 400, "{body:?}");
    }
    let (_, body) = refused(asked(r#"{"messages":[]}"#));
    let want = r#"{"error":{"message":"`model` is missing","type":"invalid_request_error","param":"model","code":"missing_required_parameter"}}"#;
    assert_eq!(body, json(want));
    // As deep as it may be: an error, not a crash.
    let deep = format!(r#"{{"model":{}"#, "[".repeat(100_000));
    assert_eq!(refused(asked(&deep)).0, 400);
}

#[test]
fn a_name_that_is_no_models_is_refused_before_it_is_part_of_a_path() {
    for name in [
        "",
        "..",
        "models/..",
        "a/b",
        "models/a/b",
        "a:b",
        "a?b",
        "a%2fb",
        "models/",
        "gémini",
        "a b",
    ] {
        let body = format!(r#"{{"model":"{name}","messages":[{{"role":"user","content":"a"}}]}}"#);
        let (status, body) = refused(asked(&body));
        assert_eq!((status, &body["error"]["code"]), (404, &"model_not_found".into()), "{name}");
    }
}

#[test]
fn paths_and_methods_that_are_not_translated_are_named() {
    for path in [
        "responses",
        "completions",
        "images/generations",
        "audio/speech",
        "files",
        "batches",
        "",
        "chat",
    ] {
        let (status, body) = refused(translate(&Method::POST, path, b"{}"));
        assert_eq!(status, 404, "{path}");
        let message = body["error"]["message"].as_str().expect("a message");
        assert!(message.starts_with(&format!("`{path}` is not translated")), "{message}");
    }
    for (method, path) in [
        (Method::GET, "chat/completions"),
        (Method::GET, "embeddings"),
        (Method::POST, "models"),
        (Method::DELETE, "models/gemini-3.5-flash"),
    ] {
        assert_eq!(refused(translate(&method, path, b"{}")).0, 405, "{method} {path}");
    }
}
