//! `chat/completions`: the settings of a question.
//!
//! In: the body's fields. Out: `generateContent` or `streamGenerateContent` with the same meaning.
//! Not here: what is said (`messages`), tools (`tools`), Google's own extras (`google`).

use super::call::{Answer, Call, model_path};
use super::fields::Fields;
use super::google;
use super::messages;
use super::refusal::Refusal;
use super::tools;
use hallpass_gemini::generate::{GenerateRequest, GenerationConfig};
use http::Method;
use serde_json::Value;

/// Labels for OpenAI's own records: no answer depends on them, so they are passed over.
const LABELS: [&str; 4] =
    ["user", "safety_identifier", "prompt_cache_key", "prompt_cache_retention"];

pub(super) fn call(mut body: Fields) -> Result<Call, Refusal> {
    let model = body.text("model")?;
    let model = body.required("model", model)?;
    let path = model_path(&model)?;
    let stream = stream(&mut body)?;
    let mut request = GenerateRequest::default();
    let mut config = GenerationConfig::default();
    let said = body.list("messages")?;
    let said = body.required("messages", said)?;
    messages::read(said, &mut request, &mut config)?;
    tools::read(&mut body, &mut request)?;
    settings(&mut body, &mut config)?;
    google::read(&mut body, &model, &mut request, &mut config)?;
    service_tier(&mut body, &mut request)?;
    refuse_known(&mut body)?;
    body.skip(&LABELS);
    body.end()?;
    if config != GenerationConfig::default() {
        request.generation_config = Some(config);
    }
    let path = match stream {
        None => format!("{path}:generateContent"),
        Some(_) => format!("{path}:streamGenerateContent?alt=sse"),
    };
    let bodies =
        vec![serde_json::to_vec(&request).map_err(|_| Refusal::request("the body is not JSON"))?];
    Ok(Call { method: Method::POST, path, bodies, answer: Answer::chat(model, stream) })
}

/// Whether the answer is streamed, and if so, whether its usage is wanted.
fn stream(body: &mut Fields) -> Result<Option<bool>, Refusal> {
    let is_stream = body.flag("stream")?.unwrap_or(false);
    let mut usage = false;
    if let Some(mut options) = body.object("stream_options")? {
        if !is_stream {
            return Err(body.wrong("stream_options", "needs `stream`: true"));
        }
        usage = options.flag("include_usage")?.unwrap_or(false);
        // Padding against observers of a connection; this one is local.
        options.skip(&["include_obfuscation"]);
        options.end()?;
    }
    Ok(is_stream.then_some(usage))
}

fn settings(body: &mut Fields, config: &mut GenerationConfig) -> Result<(), Refusal> {
    config.temperature = body.number("temperature")?;
    config.top_p = body.number("top_p")?;
    config.candidate_count = body.whole("n")?;
    config.seed = body.whole("seed")?;
    let (new, old) = (body.whole("max_completion_tokens")?, body.whole("max_tokens")?);
    if new.is_some() && old.is_some() && new != old {
        return Err(body.wrong("max_tokens", "and `max_completion_tokens` differ: leave out one"));
    }
    config.max_output_tokens = new.or(old);
    config.stop_sequences = stop(body)?;
    for (ours, theirs) in
        [("presence_penalty", "presencePenalty"), ("frequency_penalty", "frequencyPenalty")]
    {
        if let Some(penalty) = body.number(ours)? {
            config.other.insert(theirs.to_owned(), penalty.into());
        }
    }
    if let Some(format) = body.object("response_format")? {
        response_format(format, config)?;
    }
    Ok(())
}

fn stop(body: &mut Fields) -> Result<Vec<String>, Refusal> {
    let texts = match body.take("stop") {
        None => return Ok(Vec::new()),
        Some(Value::String(text)) => return Ok(vec![text]),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(body.wrong("stop", "has to be a string or a list of strings")),
    };
    let text = |value: Value| match value {
        Value::String(text) => Ok(text),
        _ => Err(body.wrong("stop", "has to be a string or a list of strings")),
    };
    texts.into_iter().map(text).collect()
}

fn response_format(mut format: Fields, config: &mut GenerationConfig) -> Result<(), Refusal> {
    let kind = format.text("type")?;
    match format.required("type", kind)?.as_str() {
        "text" => {}
        "json_object" => config.response_mime_type = Some("application/json".to_owned()),
        "json_schema" => {
            let named = format.object("json_schema")?;
            let mut named = format.required("json_schema", named)?;
            let schema = named.take("schema");
            config.response_json_schema = Some(named.required("schema", schema)?);
            config.response_mime_type = Some("application/json".to_owned());
            // Names for OpenAI's records; Google keeps to every schema that it takes.
            named.skip(&["name", "description", "strict"]);
            named.end()?;
        }
        _ => return Err(format.foreign("type", "has to be `text`, `json_object` or `json_schema`")),
    }
    format.end()
}

fn service_tier(body: &mut Fields, request: &mut GenerateRequest) -> Result<(), Refusal> {
    let Some(tier) = body.text("service_tier")? else { return Ok(()) };
    match tier.as_str() {
        "auto" | "default" => Ok(()),
        "flex" | "priority" => {
            request.other.insert("serviceTier".to_owned(), tier.into());
            Ok(())
        }
        _ => Err(body.foreign("service_tier", "has to be `auto`, `default`, `flex` or `priority`")),
    }
}

/// Fields that are harmless at one value and cannot be translated at any other.
fn refuse_known(body: &mut Fields) -> Result<(), Refusal> {
    if body.flag("store")? == Some(true) {
        return Err(
            body.foreign("store", "keeps answers at OpenAI; the Gemini API has no such place")
        );
    }
    body.skip(&["metadata"]);
    if body.flag("logprobs")? == Some(true) {
        return Err(body.foreign("logprobs", "is not translated onto the Gemini API"));
    }
    let modalities = body.list("modalities")?.unwrap_or_default();
    if modalities.iter().any(|one| one != "text") {
        return Err(
            body.foreign("modalities", "has to be [\"text\"]: other answers are not translated")
        );
    }
    let bias = body.take("logit_bias");
    if bias.is_some_and(|bias| bias.as_object().is_none_or(|bias| !bias.is_empty())) {
        return Err(body.foreign("logit_bias", "has no counterpart in the Gemini API"));
    }
    Ok(())
}
