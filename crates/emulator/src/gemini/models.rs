//! `models.list` and `models.get`, from a data file of the models that were live in autumn 2026.
//!
//! In: page size and token, or a model's id. Out: `Model` objects, by name. What is from pasted live replies:
//! the ids, all of gemini-3.1-pro-preview, limits and methods of gemini-2.5-flash. Of the other entries most
//! versions, limits and sampling numbers are extrapolated from these, and gemini-embedding-001 and aqa are from
//! memory. Descriptions are our own.

use crate::api::error::ApiError;
use crate::message::Request;
use crate::state::State;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::OnceLock;

const DEFAULT_PAGE: usize = 50;
const LARGEST_PAGE: usize = 1000;
const DATA: &str = include_str!("models.json");

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Model {
    name: String,
    version: String,
    display_name: String,
    description: String,
    input_token_limit: u32,
    output_token_limit: u32,
    supported_generation_methods: Vec<String>,
    /// Numbers as the file has them: `1` on the wire, not `1.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_temperature: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<bool>,
}

/// What a method answers with.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    List(List),
    One(Box<Model>),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    models: Vec<Model>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

fn known() -> &'static [Model] {
    static MODELS: OnceLock<Vec<Model>> = OnceLock::new();
    MODELS.get_or_init(|| serde_json::from_str(DATA).expect("models.json holds models"))
}

fn all(state: &State) -> Vec<Model> {
    let extra = (1..=state.config.extra_models).map(|number| Model {
        name: format!("models/emulator-extra-{number:05}"),
        display_name: format!("Extra model {number}"),
        description: "Invented by the emulator for tests of paging.".into(),
        ..known()[0].clone()
    });
    known().iter().cloned().chain(extra).collect()
}

pub(crate) fn list(state: &State, request: &Request) -> Result<Answer, ApiError> {
    let query = &request.query;
    let size = match query.first("pageSize").or_else(|| query.first("page_size")) {
        Some(text) => page_size(text)?,
        None => DEFAULT_PAGE,
    };
    let start = match query.first("pageToken").or_else(|| query.first("page_token")) {
        Some(token) => position(token)?,
        None => 0,
    };
    let all = all(state);
    if start > all.len() {
        return Err(invalid_page_token());
    }
    let end = (start + size).min(all.len());
    let next_page_token = (end < all.len()).then(|| page_token(end));
    Ok(Answer::List(List { models: all[start..end].to_vec(), next_page_token }))
}

/// The names of all models.
pub(crate) fn names(state: &State) -> Vec<String> {
    all(state).into_iter().map(|model| model.name).collect()
}

pub(crate) fn find(state: &State, id: &str) -> Result<Answer, ApiError> {
    let name = format!("models/{id}");
    let found = all(state).into_iter().find(|model| model.name == name);
    found
        .map(|model| Answer::One(Box::new(model)))
        .ok_or_else(|| ApiError::ModelNotFound(id.to_owned()))
}

/// Refuses, unless the model exists and has the method.
pub(crate) fn demand(state: &State, id: &str, method: &'static str) -> Result<(), ApiError> {
    let name = format!("models/{id}");
    let has = |model: &Model| model.supported_generation_methods.iter().any(|one| one == method);
    if all(state).iter().any(|model| model.name == name && has(model)) {
        Ok(())
    } else {
        Err(ApiError::MethodUnsupported(id.to_owned(), method))
    }
}

/// Zero is the default and too much is the largest, as the method's comment in the protos says.
fn page_size(text: &str) -> Result<usize, ApiError> {
    let number: i32 = text.parse().map_err(|_| {
        // From memory: the words of the JSON transcoder.
        ApiError::InvalidArgument(format!("Invalid value at 'page_size' (TYPE_INT32), \"{text}\""))
    })?;
    match usize::try_from(number) {
        Ok(0) => Ok(DEFAULT_PAGE),
        Ok(size) => Ok(size.min(LARGEST_PAGE)),
        Err(_) => Err(ApiError::InvalidArgument(
            "* ListModelsRequest.page_size: must not be negative".into(),
        )),
    }
}

fn page_token(position: usize) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("models:{position}"))
}

fn position(token: &str) -> Result<usize, ApiError> {
    let text =
        BASE64_URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let position = text.as_deref().and_then(|text| text.strip_prefix("models:")?.parse().ok());
    position.ok_or_else(invalid_page_token)
}

// Own words: no capture of this error is known.
fn invalid_page_token() -> ApiError {
    ApiError::InvalidArgument("* ListModelsRequest.page_token: invalid page token".into())
}
