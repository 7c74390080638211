//! A request for an interaction as a `GenerateContentRequest`.
//!
//! In: the body, and the contents that the previous interaction left. Out: the request that means the same. Names
//! are in snake_case alone, as in google-genai 3.6.1; a name in camelCase is refused like any other unknown one. Signatures
//! stand in a `thought` before the call or text that they belong to.

use crate::api::error::ApiError;
use serde_json::{Map, Value, json};

/// What a request may have.
const NAMES: [&str; 26] = [
    "agent",
    "agent_config",
    "api_version",
    "background",
    "cached_content",
    "continuation_token",
    "environment",
    "generation_config",
    "input",
    "labels",
    "model",
    "previous_interaction_id",
    "response_format",
    "response_mime_type",
    "response_modalities",
    "safety_settings",
    "service_tier",
    "store",
    "stream",
    "system_instruction",
    "tools",
    "webhook_config",
    "continuation_ids",
    "environment_id",
    "id",
    "status",
];

fn invalid<T>(words: impl Into<String>) -> Result<T, ApiError> {
    Err(ApiError::InvalidArgument(words.into()))
}

/// Reads and checks the body.
pub(super) fn read(bytes: &[u8]) -> Result<Value, ApiError> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(bytes) else {
        return invalid("Invalid JSON payload received. Unexpected token.");
    };
    let unknown = fields.keys().map(String::as_str).filter(|name| !NAMES.contains(name));
    if let Some(error) = ApiError::unknown_names(unknown) {
        return Err(error);
    }
    let has = |name: &str| fields.get(name).is_some_and(|value| !value.is_null());
    // The words of these are the emulator's own.
    if has("model") == has("agent") {
        return invalid("exactly one of `model` and `agent` has to be given");
    }
    if !has("input") && !has("continuation_token") {
        return invalid("`input` has to be given");
    }
    if fields.get("store") == Some(&json!(false)) && fields.get("background") == Some(&json!(true))
    {
        return invalid("an interaction in the background has to be stored");
    }
    Ok(Value::Object(fields))
}

/// The request for `generateContent`.
pub(super) fn to_generate(sent: &Value, mut contents: Vec<Value>) -> Result<Value, ApiError> {
    add_input(&sent["input"], &mut contents)?;
    let mut body = Map::new();
    body.insert("contents".into(), contents.into());
    if let Some(text) = sent["system_instruction"].as_str() {
        body.insert("systemInstruction".into(), json!({"parts": [{"text": text}]}));
    }
    let (tools, config) = tools(sent)?;
    if !tools.is_empty() {
        body.insert("tools".into(), tools.into());
    }
    if let Some(config) = config {
        body.insert("toolConfig".into(), json!({"functionCallingConfig": config}));
    }
    if let Some(token) = sent.get("continuation_token").filter(|token| token.is_string()) {
        body.insert("continuationToken".into(), token.clone());
    }
    body.insert("generationConfig".into(), config_of(sent).into());
    Ok(Value::Object(body))
}

fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn add_input(input: &Value, contents: &mut Vec<Value>) -> Result<(), ApiError> {
    let is_step = |one: &&Value| {
        let kind = one["type"].as_str().unwrap_or_default();
        kind.contains('_') || kind == "thought" || one.get("role").is_some()
    };
    let items = list(input);
    if let Value::String(text) = input {
        contents.push(json!({"role": "user", "parts": [{"text": text}]}));
    } else if items.iter().any(is_step) {
        add_steps(&items, contents)?;
    } else {
        let parts = items.into_iter().map(part).collect::<Result<Vec<_>, _>>()?;
        contents.push(json!({"role": "user", "parts": parts}));
    }
    Ok(())
}

/// Adds steps: those of one side after another are one content.
fn add_steps(steps: &[&Value], contents: &mut Vec<Value>) -> Result<(), ApiError> {
    let mut signature = None;
    for step in steps {
        let kind = step["type"].as_str().unwrap_or_default();
        let (role, mut parts) = match kind {
            "thought" => {
                signature = step["signature"].as_str().map(str::to_owned);
                continue;
            }
            "function_call" => {
                let call =
                    json!({"id": step["id"], "name": step["name"], "args": step["arguments"]});
                ("model", vec![json!({"functionCall": call})])
            }
            "function_result" => ("user", vec![result(step, contents)?]),
            "model_output" => ("model", parts_of(&step["content"])?),
            "user_input" => ("user", parts_of(&step["content"])?),
            // The form of the first months: turns with a role.
            "" if step["role"] == "model" => ("model", parts_of(&step["content"])?),
            "" => ("user", parts_of(&step["content"])?),
            // What Google's tools did is theirs.
            _ => continue,
        };
        if role == "model"
            && let (Some(signature), Some(first)) = (signature.take(), parts.first_mut())
        {
            first["thoughtSignature"] = signature.into();
        }
        match contents.last_mut() {
            Some(last) if last["role"] == role => {
                last["parts"].as_array_mut().into_iter().for_each(|have| have.append(&mut parts));
            }
            _ => contents.push(json!({"role": role, "parts": parts})),
        }
    }
    Ok(())
}

/// The answer of a function, which takes its name from the call if it has none.
fn result(step: &Value, contents: &[Value]) -> Result<Value, ApiError> {
    let id = step["call_id"].as_str().unwrap_or_default();
    let calls = contents.iter().flat_map(|content| list(&content["parts"]));
    let mut calls = calls.map(|part| &part["functionCall"]).filter(|call| call["id"] == id);
    let name = step["name"].as_str().or_else(|| calls.next()?["name"].as_str());
    let Some(name) = name else {
        return invalid(format!("`call_id` `{id}` is not that of a function call"));
    };
    let response = match &step["result"] {
        object @ Value::Object(_) => object.clone(),
        other => json!({"result": other}),
    };
    Ok(json!({"functionResponse": {"id": id, "name": name, "response": response}}))
}

fn parts_of(content: &Value) -> Result<Vec<Value>, ApiError> {
    match content {
        Value::String(text) => Ok(vec![json!({"text": text})]),
        content => list(content).into_iter().map(part).collect(),
    }
}

fn part(content: &Value) -> Result<Value, ApiError> {
    let kind = content["type"].as_str().unwrap_or_default();
    match kind {
        "text" => Ok(json!({"text": content["text"]})),
        "image" | "audio" | "video" | "document" | "file" => {
            let default = match kind {
                "image" => "image/png",
                "audio" => "audio/wav",
                "video" => "video/mp4",
                _ => "application/pdf",
            };
            let mime_type = content["mime_type"].as_str().unwrap_or(default);
            Ok(match content["uri"].as_str() {
                Some(uri) => json!({"fileData": {"mimeType": mime_type, "fileUri": uri}}),
                None => json!({"inlineData": {"mimeType": mime_type, "data": content["data"]}}),
            })
        }
        _ => invalid(format!("`{kind}` is not a type of content")),
    }
}

type Tools = (Vec<Value>, Option<Value>);

fn tools(sent: &Value) -> Result<Tools, ApiError> {
    let (mut tools, mut functions) = (Vec::new(), Vec::new());
    for tool in list(&sent["tools"]) {
        let kind = tool["type"].as_str().unwrap_or_default();
        match kind {
            "function" => {
                let mut function = json!({"name": tool["name"]});
                for (from, to) in
                    [("description", "description"), ("parameters", "parametersJsonSchema")]
                {
                    if let Some(value) = tool.get(from).filter(|value| !value.is_null()) {
                        function[to] = value.clone();
                    }
                }
                functions.push(function);
            }
            "google_search" => tools.push(json!({"googleSearch": {}})),
            "url_context" => tools.push(json!({"urlContext": {}})),
            "code_execution" => tools.push(json!({"codeExecution": {}})),
            "google_maps" => tools.push(json!({"googleMaps": {}})),
            "file_search" => {
                let names = &tool["file_search_store_names"];
                tools.push(json!({"fileSearch": {"fileSearchStoreNames": names}}));
            }
            "computer_use" | "mcp_server" | "retrieval" | "tool_search" => {}
            _ => return invalid(format!("`{kind}` is not a type of tool")),
        }
    }
    if !functions.is_empty() {
        tools.insert(0, json!({"functionDeclarations": functions}));
    }
    let choice = &sent["generation_config"]["tool_choice"];
    let allowed = &choice["allowed_tools"];
    let mode = choice.as_str().or_else(|| allowed["mode"].as_str());
    let config = mode.map(|mode| {
        let mut config = json!({"mode": mode.to_uppercase()});
        if let Some(names) = allowed.get("tools").filter(|_| matches!(mode, "any" | "validated")) {
            config["allowedFunctionNames"] = names.clone();
        }
        config
    });
    Ok((tools, config))
}

fn config_of(sent: &Value) -> Map<String, Value> {
    let mut config = Map::new();
    let given = &sent["generation_config"];
    for (from, to) in [
        ("max_output_tokens", "maxOutputTokens"),
        ("stop_sequences", "stopSequences"),
        ("seed", "seed"),
        ("temperature", "temperature"),
        ("top_p", "topP"),
    ] {
        if let Some(value) = given.get(from).filter(|value| !value.is_null()) {
            config.insert(to.into(), value.clone());
        }
    }
    let mut thinking = Map::new();
    if let Some(level) = given["thinking_level"].as_str() {
        thinking.insert("thinkingLevel".into(), level.to_uppercase().into());
    }
    if given["thinking_summaries"] == "auto" {
        thinking.insert("includeThoughts".into(), true.into());
    }
    if !thinking.is_empty() {
        config.insert("thinkingConfig".into(), thinking.into());
    }
    let format = list(&sent["response_format"]).into_iter().find(|format| format["type"] == "text");
    let format = format.unwrap_or(&Value::Null);
    let mime_type = format.get("mime_type").or_else(|| sent.get("response_mime_type"));
    if let Some(mime_type) = mime_type.filter(|value| value.is_string()) {
        config.insert("responseMimeType".into(), mime_type.clone());
    }
    if let Some(schema) = format.get("schema").filter(|schema| !schema.is_null()) {
        config.insert("responseMimeType".into(), "application/json".into());
        config.insert("responseJsonSchema".into(), schema.clone());
    }
    config
}
