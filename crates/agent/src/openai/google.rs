//! How much a model thinks, and Google's own extras in the dialect: `extra_body.google`, or `google` at the top.
//!
//! Source: Google's page "OpenAI compatibility": `thinking_config`, `cached_content`, `safety_settings`. The budgets of
//! `reasoning_effort` are from that page too, for models that take a budget; newer ones take a level.

use super::fields::Fields;
use super::refusal::Refusal;
use hallpass_gemini::generate::{GenerateRequest, GenerationConfig, ThinkingConfig, ThinkingLevel};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What a budget in tokens stands for.
const BUDGETS: [(&str, i32); 5] =
    [("none", 0), ("minimal", 1024), ("low", 1024), ("medium", 8192), ("high", 24_576)];

pub(super) fn read(
    body: &mut Fields,
    model: &str,
    request: &mut GenerateRequest,
    config: &mut GenerationConfig,
) -> Result<(), Refusal> {
    if let Some(effort) = body.text("reasoning_effort")? {
        config.thinking_config = Some(thinking(&effort, model, body)?);
    }
    if let Some(mut extra) = body.object("extra_body")? {
        if let Some(google) = extra.object("google")? {
            extras(google, request, config)?;
        }
        extra.end()?;
    }
    if let Some(google) = body.object("google")? {
        extras(google, request, config)?;
    }
    Ok(())
}

fn thinking(effort: &str, model: &str, body: &Fields) -> Result<ThinkingConfig, Refusal> {
    let mut thinking = ThinkingConfig::default();
    let model = model.strip_prefix("models/").unwrap_or(model);
    if model.starts_with("gemini-2.") {
        let budget = BUDGETS.iter().find(|(word, _)| *word == effort);
        let (_, budget) = budget.ok_or_else(|| {
            body.foreign(
                "reasoning_effort",
                "has to be `none`, `minimal`, `low`, `medium` or `high`",
            )
        })?;
        thinking.thinking_budget = Some(*budget);
        return Ok(thinking);
    }
    thinking.thinking_level = Some(match effort {
        // The larger models have no lower level.
        "minimal" if model.contains("-pro") => ThinkingLevel::Low,
        "minimal" => ThinkingLevel::Minimal,
        "low" => ThinkingLevel::Low,
        "medium" => ThinkingLevel::Medium,
        "high" => ThinkingLevel::High,
        "xhigh" => ThinkingLevel::ExtraHigh,
        "none" => {
            return Err(body.foreign(
                "reasoning_effort",
                "cannot be `none` for this model, which always thinks; `minimal` is the least",
            ));
        }
        _ => {
            return Err(body.foreign(
                "reasoning_effort",
                "has to be `minimal`, `low`, `medium`, `high` or `xhigh`",
            ));
        }
    });
    Ok(thinking)
}

fn extras(
    mut google: Fields,
    request: &mut GenerateRequest,
    config: &mut GenerationConfig,
) -> Result<(), Refusal> {
    if let Some(value) = google.take("thinking_config") {
        if config.thinking_config.is_some() {
            return Err(google.wrong(
                "thinking_config",
                "is given twice, or together with `reasoning_effort`: leave out one",
            ));
        }
        config.thinking_config = Some(native(&google, "thinking_config", value)?);
    }
    if let Some(name) = google.text("cached_content")? {
        request.cached_content = Some(name);
    }
    if let Some(value) = google.take("safety_settings") {
        request.safety_settings = native(&google, "safety_settings", value)?;
    }
    google.end()
}

/// Reads a value in Google's own words, in snake_case or camelCase; what is unknown in it stays.
fn native<T: DeserializeOwned>(google: &Fields, field: &str, value: Value) -> Result<T, Refusal> {
    serde_json::from_value(camel_case(value, 0))
        .map_err(|_| google.wrong(field, "is not of the form that the Gemini API takes"))
}

/// JSON is read to a depth of 128; nothing real here is deeper than 3.
const DEEPEST: usize = 8;

fn camel_case(value: Value, depth: usize) -> Value {
    match value {
        Value::Object(map) if depth < DEEPEST => {
            let entry = |(key, value): (String, Value)| (camel(&key), camel_case(value, depth + 1));
            Value::Object(map.into_iter().map(entry).collect::<Map<_, _>>())
        }
        Value::Array(list) if depth < DEEPEST => {
            list.into_iter().map(|value| camel_case(value, depth + 1)).collect()
        }
        value => value,
    }
}

fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}
