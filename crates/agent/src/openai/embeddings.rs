//! `embeddings`: texts as vectors, by `batchEmbedContents`.
//!
//! OpenAI takes 2048 texts at once and Google a hundred, so a long list becomes several requests, in order.

use super::call::{Answer, Call, Embeddings, Form, model_path};
use super::fields::Fields;
use super::refusal::Refusal;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use serde_json::{Value, json};

/// Google refuses more (python-genai; the number is from memory). Asking for less is always right.
const LARGEST_BATCH: usize = 100;
/// OpenAI refuses more.
const MOST_TEXTS: usize = 2048;

pub(super) fn call(mut body: Fields) -> Result<Call, Refusal> {
    let model = body.text("model")?;
    let model = body.required("model", model)?;
    let path = model_path(&model)?;
    let texts = texts(&mut body)?;
    let dimensions: Option<u32> = body.whole("dimensions")?;
    let is_base64 = match body.text("encoding_format")?.as_deref() {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => return Err(body.foreign("encoding_format", "has to be `float` or `base64`")),
    };
    body.skip(&["user"]);
    body.end()?;
    let request = |text: &String| {
        let mut one = json!({"model": path, "content": {"parts": [{"text": text}]}});
        if let Some(dimensions) = dimensions {
            one["outputDimensionality"] = dimensions.into();
        }
        one
    };
    let batch = |texts: &[String]| {
        let requests: Vec<Value> = texts.iter().map(request).collect();
        json!({"requests": requests}).to_string().into_bytes()
    };
    let bodies = texts.chunks(LARGEST_BATCH).map(batch).collect();
    let form = Embeddings { model, count: texts.len(), is_base64 };
    let answer = Answer::of(Form::Embeddings(form));
    Ok(Call { method: Method::POST, path: format!("{path}:batchEmbedContents"), bodies, answer })
}

fn texts(body: &mut Fields) -> Result<Vec<String>, Refusal> {
    let input = body.take("input");
    let list = match body.required("input", input)? {
        Value::Array(list) => list,
        text => vec![text],
    };
    if list.is_empty() || list.len() > MOST_TEXTS {
        return Err(body.wrong("input", &format!("has to be 1 to {MOST_TEXTS} texts")));
    }
    let text = |value: Value| match value {
        Value::String(text) if !text.is_empty() => Ok(text),
        Value::String(_) => Err(body.wrong("input", "holds an empty text")),
        _ => Err(body.foreign(
            "input",
            "has to be texts: numbers of another model's tokens mean nothing to Gemini",
        )),
    };
    list.into_iter().map(text).collect()
}

impl Embeddings {
    pub(super) fn answer<B: AsRef<[u8]>>(&self, replies: &[B]) -> Result<Value, Refusal> {
        let mut data = Vec::with_capacity(self.count);
        let mut tokens = 0_u64;
        for reply in replies {
            let reply: Value = serde_json::from_slice(reply.as_ref())
                .map_err(|_| Refusal::unexpected("it is not the JSON that was asked for"))?;
            let count = reply["usageMetadata"]["promptTokenCount"].as_u64().unwrap_or(0);
            tokens = tokens.saturating_add(count);
            for embedding in reply["embeddings"].as_array().into_iter().flatten() {
                let vector = self.vector(&embedding["values"])?;
                data.push(json!({"object": "embedding", "index": data.len(), "embedding": vector}));
            }
        }
        if data.len() != self.count {
            return Err(Refusal::unexpected("it has another number of vectors"));
        }
        Ok(json!({
            "object": "list",
            "data": data,
            "model": self.model,
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }))
    }

    /// Writes a vector as numbers, or as base64 of its 32-bit floats, the lowest byte first.
    fn vector(&self, values: &Value) -> Result<Value, Refusal> {
        let values = values.as_array().ok_or_else(|| Refusal::unexpected("a vector is missing"))?;
        if !self.is_base64 {
            return Ok(values.clone().into());
        }
        let mut bytes = Vec::with_capacity(values.len() * 4);
        for value in values {
            let number = value.as_f64();
            let number = number.ok_or_else(|| Refusal::unexpected("a vector holds no number"))?;
            bytes.extend_from_slice(&(number as f32).to_le_bytes());
        }
        Ok(BASE64_STANDARD.encode(bytes).into())
    }
}
