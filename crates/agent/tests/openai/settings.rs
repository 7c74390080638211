//! Settings, tools, forms of answers and Google's extras.

use super::{asked, asked_with, json, refused, sent};
use http::Method;

/// What Google is asked beside the message.
fn beside(fields: &str) -> serde_json::Value {
    let mut body = sent(asked_with(fields));
    let contents = body.as_object_mut().and_then(|body| body.remove("contents"));
    assert_eq!(contents, Some(json(r#"[{"role":"user","parts":[{"text":"Hello"}]}]"#)));
    body
}

#[test]
fn the_model_and_the_form_of_the_answer_are_in_the_path() {
    for (model, path) in [
        ("gemini-3.5-flash", "models/gemini-3.5-flash"),
        ("models/gemini-3.5-flash", "models/gemini-3.5-flash"),
        ("tunedModels/mine-1", "tunedModels/mine-1"),
    ] {
        for (stream, method) in [
            ("", ":generateContent"),
            (r#","stream":false"#, ":generateContent"),
            (
                r#","stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}"#,
                ":streamGenerateContent?alt=sse",
            ),
        ] {
            let call = asked(&format!(
                r#"{{"model":"{model}","messages":[{{"role":"user","content":"Hi"}}]{stream}}}"#
            ));
            let call = call.expect("a call");
            assert_eq!((call.method, call.path), (Method::POST, format!("{path}{method}")));
        }
    }
}

#[test]
fn settings_have_googles_names() {
    let body = beside(
        r#""temperature":0.2,"top_p":0.9,"n":2,"seed":-7,"max_completion_tokens":50,"max_tokens":50,
           "stop":["END","STOP"],"presence_penalty":0.5,"frequency_penalty":-0.5,"service_tier":"flex",
           "user":"ada","metadata":{"a":"b"},"store":false,"logprobs":false,"modalities":["text"],
           "logit_bias":{},"safety_identifier":"x","prompt_cache_key":"y","parallel_tool_calls":true,
           "top_logprobs":null,"reasoning_effort":null"#,
    );
    let want = r#"{
        "generationConfig":{"temperature":0.2,"topP":0.9,"candidateCount":2,"seed":-7,"maxOutputTokens":50,
            "stopSequences":["END","STOP"],"presencePenalty":0.5,"frequencyPenalty":-0.5},
        "serviceTier":"flex"}"#;
    assert_eq!(body, json(want));
    assert_eq!(
        beside(r#""max_tokens":7,"stop":"END""#),
        json(r#"{"generationConfig":{"maxOutputTokens":7,"stopSequences":["END"]}}"#)
    );
}

#[test]
fn forms_of_answers() {
    assert_eq!(beside(r#""response_format":{"type":"text"}"#), json("{}"));
    assert_eq!(
        beside(r#""response_format":{"type":"json_object"}"#),
        json(r#"{"generationConfig":{"responseMimeType":"application/json"}}"#)
    );
    assert_eq!(
        beside(
            r#""response_format":{"type":"json_schema","json_schema":{"name":"city","strict":true,"schema":
                {"type":"object","properties":{"b":{"type":"string"},"a":{"type":"integer"}},"additionalProperties":false}}}"#
        ),
        json(
            r#"{"generationConfig":{"responseMimeType":"application/json","responseJsonSchema":
                {"type":"object","properties":{"b":{"type":"string"},"a":{"type":"integer"}},"additionalProperties":false}}}"#
        )
    );
}

/// One function.
const TOOLS: &str = r#""tools":[{"type":"function","function":{"name":"weather","description":"Tells it.","strict":true,
    "parameters":{"type":"object","properties":{"city":{"type":"string"}}}}},
    {"type":"function","function":{"name":"now"}}]"#;

#[test]
fn tools_are_declared_once_and_the_choice_has_googles_words() {
    let declared = r#""tools":[{"functionDeclarations":[
        {"name":"weather","description":"Tells it.","parametersJsonSchema":{"type":"object","properties":{"city":{"type":"string"}}}},
        {"name":"now"}]}]"#;
    assert_eq!(beside(TOOLS), json(format!("{{{declared}}}")));
    for (choice, calling) in [
        (r#""auto""#, r#"{"mode":"AUTO"}"#),
        (r#""none""#, r#"{"mode":"NONE"}"#),
        (r#""required""#, r#"{"mode":"ANY"}"#),
        (
            r#"{"type":"function","function":{"name":"now"}}"#,
            r#"{"mode":"ANY","allowedFunctionNames":["now"]}"#,
        ),
        (
            r#"{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"now"}}]}}"#,
            r#"{"mode":"VALIDATED","allowedFunctionNames":["now"]}"#,
        ),
        (
            r#"{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"now"}}]}}"#,
            r#"{"mode":"ANY","allowedFunctionNames":["now"]}"#,
        ),
    ] {
        assert_eq!(
            beside(&format!(r#"{TOOLS},"tool_choice":{choice}"#)),
            json(format!(r#"{{{declared},"toolConfig":{{"functionCallingConfig":{calling}}}}}"#))
        );
    }
    assert_eq!(beside(r#""tools":[],"tool_choice":"auto""#), json("{}"));
    assert_eq!(
        refused(asked_with(r#""tool_choice":"required""#)).1["error"]["param"],
        "tool_choice"
    );
}

/// What `thinkingConfig` is for a model and an effort.
fn thinking(model: &str, effort: &str) -> Result<serde_json::Value, serde_json::Value> {
    let call = asked(&format!(
        r#"{{"model":"{model}","messages":[{{"role":"user","content":"a"}}],"reasoning_effort":"{effort}"}}"#
    ));
    match call {
        Ok(call) => Ok(json(&call.bodies[0])["generationConfig"]["thinkingConfig"].clone()),
        Err(refusal) => Err(json(refusal.body())["error"]["param"].clone()),
    }
}

#[test]
fn effort_is_a_level_or_a_budget() {
    for (model, effort, want) in [
        ("gemini-2.5-flash", "none", r#"{"thinkingBudget":0}"#),
        ("gemini-2.5-flash", "minimal", r#"{"thinkingBudget":1024}"#),
        ("models/gemini-2.5-pro", "low", r#"{"thinkingBudget":1024}"#),
        ("gemini-2.5-flash", "medium", r#"{"thinkingBudget":8192}"#),
        ("gemini-2.5-flash", "high", r#"{"thinkingBudget":24576}"#),
        ("gemini-3.5-flash", "minimal", r#"{"thinkingLevel":"MINIMAL"}"#),
        ("gemini-3.1-pro-preview", "minimal", r#"{"thinkingLevel":"LOW"}"#),
        ("gemini-flash-latest", "medium", r#"{"thinkingLevel":"MEDIUM"}"#),
        ("gemini-3.5-flash", "high", r#"{"thinkingLevel":"HIGH"}"#),
        ("gemini-3.5-flash", "xhigh", r#"{"thinkingLevel":"XHIGH"}"#),
    ] {
        assert_eq!(thinking(model, effort), Ok(json(want)), "{model} {effort}");
    }
    for (model, effort) in
        [("gemini-3.5-flash", "none"), ("gemini-2.5-flash", "xhigh"), ("gemini-3.5-flash", "much")]
    {
        assert_eq!(thinking(model, effort), Err("reasoning_effort".into()), "{model} {effort}");
    }
}

#[test]
fn googles_extras_are_taken_where_google_documents_them() {
    let want = json(
        r#"{"cachedContent":"cachedContents/a",
            "safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}],
            "generationConfig":{"thinkingConfig":{"thinkingBudget":800,"includeThoughts":true,"newField":{"deepField":1}}}}"#,
    );
    let google = r#""google":{"cached_content":"cachedContents/a",
        "safety_settings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}],
        "thinking_config":{"thinking_budget":800,"include_thoughts":true,"new_field":{"deepField":1}}}"#;
    assert_eq!(beside(google), want);
    assert_eq!(beside(&format!(r#""extra_body":{{{google}}}"#)), want);
    let (_, body) = refused(asked_with(&format!(r#""reasoning_effort":"low",{google}"#)));
    assert_eq!(body["error"]["param"], "google.thinking_config");
    let (_, body) = refused(asked_with(
        r#""extra_body":{"google":{"thinking_config":{"thinking_budget":"much"}}}"#,
    ));
    assert_eq!(body["error"]["param"], "extra_body.google.thinking_config");
}
