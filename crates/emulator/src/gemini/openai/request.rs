//! A chat of OpenAI's as a `GenerateContentRequest`.
//!
//! In: messages, tools and settings. Out: contents and configuration that mean the same. A thought signature is in
//! `extra_content.google.thought_signature` of a tool call, as Google's page on thought signatures has it.

use crate::api::error::ApiError;
use serde_json::{Map, Value, json};

fn invalid<T>(words: impl Into<String>) -> Result<T, ApiError> {
    Err(ApiError::InvalidArgument(words.into()))
}

pub(super) fn to_generate(body: &Value) -> Result<Value, ApiError> {
    let (mut system, mut contents) = (Vec::new(), Vec::new());
    for message in body["messages"].as_array().into_iter().flatten() {
        let (role, mut parts) = match message["role"].as_str().unwrap_or_default() {
            "system" | "developer" => {
                system.extend(parts(&message["content"])?);
                continue;
            }
            "user" => ("user", parts(&message["content"])?),
            "assistant" => ("model", said(message)?),
            "tool" => ("user", vec![result(message, &contents)?]),
            _ => return invalid("Please use a valid role: user, model."),
        };
        let is_result = parts.iter().any(|part| part.get("functionResponse").is_some());
        match contents.last_mut() {
            // The answers of parallel calls are one turn.
            Some(last) if is_result && last["parts"][0].get("functionResponse").is_some() => {
                last["parts"].as_array_mut().into_iter().for_each(|have| have.append(&mut parts));
            }
            _ => contents.push(json!({"role": role, "parts": parts})),
        }
    }
    let mut native = Map::new();
    native.insert("contents".into(), contents.into());
    if !system.is_empty() {
        native.insert("systemInstruction".into(), json!({"parts": system}));
    }
    tools(body, &mut native);
    native.insert("generationConfig".into(), config(body).into());
    Ok(Value::Object(native))
}

fn parts(content: &Value) -> Result<Vec<Value>, ApiError> {
    match content {
        Value::String(text) => Ok(vec![json!({"text": text})]),
        Value::Array(list) => list.iter().map(part).collect(),
        _ => Ok(Vec::new()),
    }
}

fn part(part: &Value) -> Result<Value, ApiError> {
    let inline =
        |mime_type: &str, data: &str| json!({"inlineData": {"mimeType": mime_type, "data": data}});
    match part["type"].as_str().unwrap_or_default() {
        "text" => Ok(json!({"text": part["text"]})),
        "image_url" => {
            let url = part["image_url"]["url"].as_str().unwrap_or_default();
            let data = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
            Ok(match data {
                Some((mime_type, data)) => inline(mime_type, data),
                None => json!({"fileData": {"mimeType": "image/jpeg", "fileUri": url}}),
            })
        }
        "input_audio" => {
            let audio = &part["input_audio"];
            let format = audio["format"].as_str().unwrap_or("wav");
            Ok(inline(&format!("audio/{format}"), audio["data"].as_str().unwrap_or_default()))
        }
        other => invalid(format!("Invalid content part type: {other}")),
    }
}

/// What an assistant said and called.
fn said(message: &Value) -> Result<Vec<Value>, ApiError> {
    let mut said = parts(&message["content"])?;
    said.retain(|part| part["text"] != "");
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        let arguments = call["function"]["arguments"].as_str().unwrap_or("{}");
        let Ok(args) = serde_json::from_str::<Value>(arguments) else {
            return invalid("Invalid function arguments: not JSON.");
        };
        let (id, name) = (&call["id"], &call["function"]["name"]);
        let mut part = json!({"functionCall": {"id": id, "name": name, "args": args}});
        if let Some(signature) = call["extra_content"]["google"].get("thought_signature") {
            part["thoughtSignature"] = signature.clone();
        }
        said.push(part);
    }
    Ok(said)
}

/// The answer of a tool, by the name of the call that it belongs to.
fn result(message: &Value, contents: &[Value]) -> Result<Value, ApiError> {
    let id = &message["tool_call_id"];
    let parts = contents.iter().filter_map(|content| content["parts"].as_array()).flatten();
    let mut calls = parts.map(|part| &part["functionCall"]);
    let call = calls.rfind(|call| call["id"] == *id);
    let Some(name) = call.map(|call| &call["name"]).or(message.get("name")) else {
        return invalid("tool_call_id is not that of a tool call");
    };
    let text = message["content"].as_str().unwrap_or_default();
    let response = serde_json::from_str::<Value>(text).ok().filter(Value::is_object);
    let response = response.unwrap_or_else(|| json!({"result": message["content"]}));
    Ok(json!({"functionResponse": {"id": id, "name": name, "response": response}}))
}

fn tools(body: &Value, native: &mut Map<String, Value>) {
    let tools = body["tools"].as_array().into_iter().flatten();
    let functions = tools.filter_map(|tool| tool.get("function")).map(|function| {
        let mut declared = json!({"name": function["name"]});
        for (from, to) in [("description", "description"), ("parameters", "parametersJsonSchema")] {
            if let Some(value) = function.get(from).filter(|value| !value.is_null()) {
                declared[to] = value.clone();
            }
        }
        declared
    });
    let functions: Vec<Value> = functions.collect();
    if functions.is_empty() {
        return;
    }
    native.insert("tools".into(), json!([{"functionDeclarations": functions}]));
    let choice = &body["tool_choice"];
    let config = match choice.as_str() {
        Some("none") => json!({"mode": "NONE"}),
        Some("required") => json!({"mode": "ANY"}),
        Some(_) => json!({"mode": "AUTO"}),
        None if choice["function"]["name"].is_string() => {
            json!({"mode": "ANY", "allowedFunctionNames": [choice["function"]["name"]]})
        }
        None => return,
    };
    native.insert("toolConfig".into(), json!({"functionCallingConfig": config}));
}

fn config(body: &Value) -> Map<String, Value> {
    let mut config = Map::new();
    for (from, to) in [
        ("max_tokens", "maxOutputTokens"),
        ("max_completion_tokens", "maxOutputTokens"),
        ("temperature", "temperature"),
        ("top_p", "topP"),
        ("n", "candidateCount"),
        ("seed", "seed"),
    ] {
        if let Some(value) = body.get(from).filter(|value| !value.is_null()) {
            config.insert(to.into(), value.clone());
        }
    }
    match &body["stop"] {
        Value::Null => {}
        Value::String(stop) => drop(config.insert("stopSequences".into(), json!([stop]))),
        stops => drop(config.insert("stopSequences".into(), stops.clone())),
    }
    let format = &body["response_format"];
    if matches!(format["type"].as_str(), Some("json_object" | "json_schema")) {
        config.insert("responseMimeType".into(), "application/json".into());
        if let Some(schema) = format["json_schema"].get("schema") {
            config.insert("responseJsonSchema".into(), schema.clone());
        }
    }
    // Google's table: none is off; the others are budgets.
    let budget = match body["reasoning_effort"].as_str() {
        Some("none") => Some(0),
        Some("minimal" | "low") => Some(1024),
        Some("medium") => Some(8192),
        Some("high") => Some(24576),
        _ => None,
    };
    if let Some(budget) = budget {
        config.insert("thinkingConfig".into(), json!({"thinkingBudget": budget}));
    }
    config
}
