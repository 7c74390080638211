//! `models.embedContent` and `batchEmbedContents`: vectors of unit length made from a hash.
//!
//! In: the texts. Out: numbers that depend on the text, the model and the task alone; near texts are not
//! near vectors, for it imitates the wire, not the model. `outputDimensionality` is honoured.

use crate::api::error::ApiError;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What gemini-embedding-001 gives, and the most that it gives (from memory).
const DIMENSIONS: u64 = 3072;

/// From memory, as are the words of its error.
pub(crate) const LARGEST_BATCH: usize = 100;
/// Coordinates from one hash: four bytes each.
const PER_HASH: u64 = 8;

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

/// The numbers of one embedding.
pub(crate) fn values(model: &str, body: &Value) -> Result<Vec<f32>, ApiError> {
    Ok(embedding(model, body, "EmbedContentRequest")?.values)
}

pub(crate) fn batch(model: &str, body: &Value) -> Result<EmbeddedBatch, ApiError> {
    let requests = body["requests"].as_array().map(Vec::as_slice).unwrap_or_default();
    if requests.is_empty() {
        return Err(invalid("* BatchEmbedContentsRequest.requests: requests is not specified"));
    }
    if requests.len() > LARGEST_BATCH {
        return Err(too_many());
    }
    let place = |at| format!("BatchEmbedContentsRequest.requests[{at}]");
    let embeddings = requests.iter().enumerate();
    let embeddings = embeddings.map(|(at, request)| embedding(model, request, &place(at)));
    Ok(EmbeddedBatch { embeddings: embeddings.collect::<Result<_, _>>()? })
}

pub(crate) fn too_many() -> ApiError {
    invalid(&format!(
        "* BatchEmbedContentsRequest.requests: at most {LARGEST_BATCH} requests can be in one batch"
    ))
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

// Own words but for the batch: no capture of these errors is known.
fn invalid(text: &str) -> ApiError {
    ApiError::InvalidArgument(text.to_owned())
}

fn unit_vector(seed: &[u8], dimensions: u64) -> Vec<f32> {
    let hashes = dimensions.div_ceil(PER_HASH);
    let raw: Vec<f64> = (0..hashes)
        .flat_map(|at| coordinates(seed, at))
        .take(usize::try_from(dimensions).unwrap_or(usize::MAX))
        .collect();
    let length = raw.iter().map(|value| value * value).sum::<f64>().sqrt();
    #[expect(clippy::cast_possible_truncation, reason = "the wire's numbers are single precision")]
    raw.into_iter().map(|value| (value / length) as f32).collect()
}

/// Numbers between −1 and 1, and never 0.
fn coordinates(seed: &[u8], at: u64) -> Vec<f64> {
    let digest = Sha256::new().chain_update(seed).chain_update(at.to_be_bytes()).finalize();
    let numbers = digest
        .chunks_exact(4)
        .map(|four| four.iter().fold(0, |number: u32, byte| number << 8 | u32::from(*byte)));
    numbers.map(|number| (f64::from(number) + 0.5) / f64::from(1_u32 << 31) - 1.0).collect()
}
