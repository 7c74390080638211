//! `models.embedContent` and `batchEmbedContents`: vectors of unit length made from a hash.
//!
//! In: the texts. Out: numbers that depend on the text, the model and the task alone; near texts are not
//! near vectors, for it imitates the wire, not the model. `outputDimensionality` is honoured.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::error::ApiError;

/// What gemini-embedding-001 gives, and the most that it gives (from memory).
const DIMENSIONS: u64 = 3072;

#[derive(Debug, Serialize)]
pub(crate) struct Embedded {
    embedding: Embedding,
}

#[derive(Debug, Serialize)]
pub(crate) struct EmbeddedBatch {
    embeddings: Vec<Embedding>,
}

#[derive(Debug, Serialize)]
struct Embedding {
    values: Vec<f32>,
}

pub(crate) fn one(model: &str, body: &Value) -> Result<Embedded, ApiError> {
    Ok(Embedded { embedding: embedding(model, body, "EmbedContentRequest")? })
}

pub(crate) fn batch(model: &str, body: &Value) -> Result<EmbeddedBatch, ApiError> {
    let requests = body["requests"].as_array().map(Vec::as_slice).unwrap_or_default();
    if requests.is_empty() {
        return Err(invalid("* BatchEmbedContentsRequest.requests: requests is not specified"));
    }
    let place = |at| format!("BatchEmbedContentsRequest.requests[{at}]");
    let embeddings = requests.iter().enumerate();
    let embeddings = embeddings.map(|(at, request)| embedding(model, request, &place(at)));
    Ok(EmbeddedBatch { embeddings: embeddings.collect::<Result<_, _>>()? })
}

fn embedding(model: &str, request: &Value, place: &str) -> Result<Embedding, ApiError> {
    let parts = request["content"]["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
    if parts.is_empty() {
        return Err(invalid(&format!("* {place}.content: contents is not specified")));
    }
    let dimensions = match &request["outputDimensionality"] {
        Value::Null => DIMENSIONS,
        number => {
            number.as_u64().filter(|number| (1..=DIMENSIONS).contains(number)).ok_or_else(|| {
                invalid(&format!("* {place}.output_dimensionality: must be from 1 to {DIMENSIONS}"))
            })?
        }
    };
    let mut seed = Sha256::new();
    for text in parts.iter().filter_map(|part| part["text"].as_str()) {
        seed.update(text);
    }
    seed.update(format!("\n{model}\n{}", request["taskType"]));
    Ok(Embedding { values: unit_vector(&seed.finalize(), dimensions) })
}

// Own words in this file: no capture of these errors is known.
fn invalid(text: &str) -> ApiError {
    ApiError::InvalidArgument(text.to_owned())
}

fn unit_vector(seed: &[u8], dimensions: u64) -> Vec<f32> {
    let raw: Vec<f64> = (0..dimensions).map(|at| coordinate(seed, at)).collect();
    let length = raw.iter().map(|value| value * value).sum::<f64>().sqrt();
    #[expect(clippy::cast_possible_truncation, reason = "the wire's numbers are single precision")]
    raw.into_iter().map(|value| (value / length) as f32).collect()
}

/// Between −1 and 1, and never 0.
fn coordinate(seed: &[u8], at: u64) -> f64 {
    let digest = Sha256::new().chain_update(seed).chain_update(at.to_be_bytes()).finalize();
    let number = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    (f64::from(number) + 0.5) / 2f64.powi(31) - 1.0
}
