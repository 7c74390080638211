//! A `GenerateContentResponse` as the steps, status and usage of an interaction.
//!
//! In: the response. Out: JSON in snake_case. A signature is a `thought` before what it belongs to, because calls and texts
//! have no place for one there. Source: google-genai 3.6.1; which status goes with which reason is inferred.

use serde_json::{Map, Value, json};

fn parts(response: &Value) -> impl Iterator<Item = &Value> {
    response["candidates"][0]["content"]["parts"].as_array().into_iter().flatten()
}

/// The steps that a model took.
pub(super) fn of(response: &Value) -> Vec<Value> {
    let grounding = &response["candidates"][0]["groundingMetadata"];
    let mut steps = Vec::new();
    if let Some(queries) = grounding.get("webSearchQueries") {
        let id = "search_1";
        steps.push(
            json!({"type": "google_search_call", "id": id, "arguments": {"queries": queries}}),
        );
        let found =
            json!([{"search_suggestions": grounding["searchEntryPoint"]["renderedContent"]}]);
        steps.push(json!({"type": "google_search_result", "call_id": id, "result": found}));
    }
    for part in parts(response) {
        if part["thought"] == true {
            let summary = json!([{"type": "text", "text": part["text"]}]);
            steps.push(json!({"type": "thought", "summary": summary}));
            continue;
        }
        if let Some(signature) = part.get("thoughtSignature") {
            match steps.last_mut() {
                Some(last) if last["type"] == "thought" => last["signature"] = signature.clone(),
                _ => steps.push(json!({"type": "thought", "signature": signature})),
            }
        }
        steps.extend(step(part, grounding));
    }
    steps
}

fn step(part: &Value, grounding: &Value) -> Option<Value> {
    if let Some(text) = part["text"].as_str() {
        let mut content = json!({"type": "text", "text": text});
        let citations = [citations(grounding), file_citations(grounding)].concat();
        if !citations.is_empty() {
            content["annotations"] = citations.into();
        }
        return Some(json!({"type": "model_output", "content": [content]}));
    }
    if let Some(call) = part.get("functionCall") {
        let (id, name, args) = (&call["id"], &call["name"], &call["args"]);
        return Some(json!({"type": "function_call", "id": id, "name": name, "arguments": args}));
    }
    if let Some(code) = part.get("executableCode") {
        let arguments = json!({"language": "python", "code": code["code"]});
        return Some(
            json!({"type": "code_execution_call", "id": "code_1", "arguments": arguments}),
        );
    }
    let result = part.get("codeExecutionResult")?;
    Some(json!({"type": "code_execution_result", "call_id": "code_1", "result": result["output"]}))
}

/// The pages that a text rests on.
fn citations(grounding: &Value) -> Vec<Value> {
    let chunks = grounding["groundingChunks"].as_array().into_iter().flatten();
    let segment = &grounding["groundingSupports"][0]["segment"];
    let pages = chunks.filter_map(|chunk| chunk.get("web"));
    pages
        .map(|page| {
            json!({
                "type": "url_citation",
                "url": page["uri"],
                "title": page["title"],
                "start_index": 0,
                "end_index": segment["endIndex"],
            })
        })
        .collect()
}

/// The passages and pictures of File Search that a text rests on.
fn file_citations(grounding: &Value) -> Vec<Value> {
    let chunks = grounding["groundingChunks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let supports = grounding["groundingSupports"].as_array().into_iter().flatten();
    let cited = supports.filter_map(|support| {
        let at = usize::try_from(support["groundingChunkIndices"][0].as_u64()?).ok()?;
        let context = chunks.get(at)?.get("retrievedContext")?;
        let segment = &support["segment"];
        let mut citation = json!({
            "type": "file_citation",
            "file_name": context["title"],
            "start_index": segment["startIndex"].as_u64().unwrap_or_default(),
            "end_index": segment["endIndex"],
        });
        for (to, from) in
            [("source", "text"), ("page_number", "pageNumber"), ("media_id", "mediaId")]
        {
            if let Some(value) = context.get(from) {
                citation[to] = value.clone();
            }
        }
        Some(citation)
    });
    cited.collect()
}

pub(super) fn status(response: &Value) -> &'static str {
    if parts(response).any(|part| part["functionCall"].is_object()) {
        return "requires_action";
    }
    match response["candidates"][0]["finishReason"].as_str() {
        Some("STOP") => "completed",
        Some("MAX_TOKENS") => "incomplete",
        Some("CONTINUATION") => "requires_continuation",
        _ => "failed",
    }
}

/// Why an interaction has failed.
pub(super) fn errors(response: &Value) -> Option<Value> {
    if status(response) != "failed" {
        return None;
    }
    let blocked = response["promptFeedback"]["blockReason"].as_str();
    let reason = blocked.or_else(|| response["candidates"][0]["finishReason"].as_str())?;
    let message = format!("The answer ended for this reason: {reason}.");
    Some(json!([{"code": reason.to_lowercase(), "message": message}]))
}

pub(super) fn usage(response: &Value) -> Value {
    let usage = &response["usageMetadata"];
    let number = |name: &str| usage[name].as_u64().unwrap_or_default();
    let mut json = Map::new();
    for (to, from) in [
        ("total_input_tokens", "promptTokenCount"),
        ("total_output_tokens", "candidatesTokenCount"),
        ("total_thought_tokens", "thoughtsTokenCount"),
        ("total_cached_tokens", "cachedContentTokenCount"),
        ("total_tool_use_tokens", "toolUsePromptTokenCount"),
        ("total_tokens", "totalTokenCount"),
    ] {
        json.insert(to.into(), number(from).into());
    }
    let details = usage["promptTokensDetails"].as_array().into_iter().flatten();
    let by_modality = details.map(|one| {
        let modality = one["modality"].as_str().unwrap_or_default().to_lowercase();
        json!({"modality": modality, "tokens": one["tokenCount"]})
    });
    json.insert("input_tokens_by_modality".into(), by_modality.collect());
    Value::Object(json)
}
