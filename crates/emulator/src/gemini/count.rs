//! `models.countTokens`, by the rule of `tokens`.
//!
//! In: a `CountTokensRequest`, and what a cache that it names brings. Out: the totals, by modality.

use super::resources::brought::Brought;
use super::tokens::{ModalityTokens, prompt};
use crate::api::error::ApiError;
use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counted {
    total_tokens: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    cached_content_token_count: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prompt_tokens_details: Vec<ModalityTokens>,
}

/// Counts a `CountTokensRequest`.
pub(crate) fn answer(body: &Value) -> Result<Counted, ApiError> {
    let whole = &body["generateContentRequest"];
    let tokens = if whole.is_object() {
        prompt(whole)?
    } else if body["contents"].as_array().is_none_or(Vec::is_empty) {
        // The words of a generate request without contents, for this request: inferred.
        return Err(ApiError::InvalidArgument(
            "* CountTokensRequest.contents: contents is not specified".into(),
        ));
    } else {
        prompt(body)?
    };
    Ok(Counted {
        total_tokens: tokens.total(),
        cached_content_token_count: None,
        prompt_tokens_details: tokens.details(),
    })
}

impl Counted {
    /// The same with what a cache brings.
    pub(crate) fn with(mut self, brought: Option<&Brought>) -> Self {
        if let Some(brought) = brought.filter(|brought| brought.cached.total() > 0) {
            self.total_tokens += brought.more;
            self.cached_content_token_count = Some(brought.cached.total());
        }
        self
    }
}
