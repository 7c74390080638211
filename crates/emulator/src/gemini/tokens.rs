//! The rule by which the emulator counts tokens.
//!
//! One token for every four characters of a part's text, begun ones included; 258 for inline data or
//! a file, which is what Google's guide gives for a small image; anything else, declared functions too, as its JSON's
//! text without signatures. It is not the model's tokenizer: totals are stable and add up, nothing more.

use crate::api::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const CHARACTERS_PER_TOKEN: usize = 4;
const TOKENS_PER_FILE: usize = 258;
/// More than any prompt has.
pub(crate) const MOST: usize = 1_000_000_000;
/// In the order of the protos' enum.
const MODALITIES: [&str; 5] = ["TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT"];

/// Tokens by modality.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct Tokens([usize; MODALITIES.len()]);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModalityTokens {
    modality: &'static str,
    token_count: usize,
}

impl Tokens {
    pub(crate) fn total(&self) -> usize {
        self.0.iter().sum()
    }

    pub(crate) fn details(&self) -> Vec<ModalityTokens> {
        let counted = MODALITIES.into_iter().zip(self.0).filter(|(_, count)| *count > 0);
        counted.map(|(modality, token_count)| ModalityTokens { modality, token_count }).collect()
    }

    /// Whether a prompt can have as many.
    pub(crate) fn are_possible(&self) -> bool {
        self.0.iter().all(|count| *count <= MOST)
    }

    /// Adds tokens of text.
    pub(crate) fn add_text(&mut self, tokens: usize) {
        self.0[0] += tokens;
    }

    /// Adds the parts of a `Content`.
    pub(crate) fn add(&mut self, content: &Value) {
        for part in content["parts"].as_array().into_iter().flatten() {
            let file =
                [&part["inlineData"], &part["fileData"]].into_iter().find(|it| it.is_object());
            match (&part["text"], file) {
                (Value::String(text), _) => self.0[0] += of_text(text),
                (_, Some(file)) => self.0[modality(file)] += TOKENS_PER_FILE,
                _ => self.0[0] += of_text(&without_signature(part)),
            }
        }
    }
}

fn without_signature(part: &Value) -> String {
    let mut part = part.clone();
    if let Some(fields) = part.as_object_mut() {
        fields.remove("thoughtSignature");
    }
    part.to_string()
}

/// The part of a text that its first tokens are.
pub(crate) fn first_tokens(text: &str, most: usize) -> &str {
    let characters = most.saturating_mul(CHARACTERS_PER_TOKEN);
    let end = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

pub(crate) fn of_text(text: &str) -> usize {
    text.chars().count().div_ceil(CHARACTERS_PER_TOKEN)
}

/// The place of a file's modality in the list.
fn modality(file: &Value) -> usize {
    match file["mimeType"].as_str().unwrap_or_default().split('/').next() {
        Some("text") => 0,
        Some("image") => 1,
        Some("video") => 2,
        Some("audio") => 3,
        _ => 4,
    }
}

/// The tokens of a prompt, or the error where it is empty.
pub(crate) fn prompt(body: &Value) -> Result<Tokens, ApiError> {
    let contents = body["contents"].as_array().map(Vec::as_slice).unwrap_or_default();
    if contents.is_empty() {
        return Err(ApiError::InvalidArgument(
            "* GenerateContentRequest.contents: contents is not specified".into(),
        ));
    }
    let empty = |content: &Value| content["parts"].as_array().is_none_or(Vec::is_empty);
    if let Some(at) = contents.iter().position(empty) {
        return Err(ApiError::InvalidArgument(format!(
            "* GenerateContentRequest.contents[{at}].parts: contents.parts must not be empty."
        )));
    }
    Ok(all(body))
}

/// The tokens of all that a prompt or a cache has.
pub(crate) fn all(body: &Value) -> Tokens {
    let mut tokens = Tokens::default();
    let contents = body["contents"].as_array().into_iter().flatten();
    for content in contents.chain([&body["systemInstruction"]]) {
        tokens.add(content);
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        if let Some(functions) = tool.get("functionDeclarations") {
            tokens.0[0] += of_text(&functions.to_string());
        }
    }
    tokens
}
