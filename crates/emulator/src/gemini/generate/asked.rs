//! A request that is to be answered, and what all that answer it read from it.

use super::response::{Answer, Turn};
use crate::Switches;
use crate::api::error::ApiError;
use crate::gemini::resources::brought::Brought;
use crate::gemini::resources::stores::retrieval::Retrieved;
use crate::gemini::tokens::{self, Tokens};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A request that is to be answered, its names in camelCase.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) model: &'a str,
    pub(crate) body: &'a Value,
    pub(crate) prompt: Tokens,
    pub(crate) switches: &'a Switches,
    /// What the project's own resources bring to the answer.
    brought: Option<&'a Brought>,
}

impl<'a> Asked<'a> {
    /// Counts the prompt; what else a request is refused for, `check` says.
    pub(super) fn unchecked(
        model: &'a str,
        body: &'a Value,
        switches: &'a Switches,
    ) -> Result<Self, ApiError> {
        Ok(Self { model, body, prompt: tokens::prompt(body)?, switches, brought: None })
    }

    /// The same with what resources bring; a cache is part of the prompt.
    pub(crate) fn with(mut self, brought: Option<&'a Brought>) -> Self {
        self.brought = brought;
        self.prompt.add_text(brought.map_or(0, |brought| brought.more));
        self
    }

    pub(super) fn found(&self) -> Option<&'a Retrieved> {
        self.brought?.found.as_ref()
    }

    pub(super) fn contents(&self) -> &'a [Value] {
        self.body["contents"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn config(&self) -> &'a Value {
        &self.body["generationConfig"]
    }

    /// The last text of the last content.
    pub(super) fn last_text(&self) -> &'a str {
        let last = self.contents().last();
        let texts = last.into_iter().flat_map(parts).filter_map(|part| part["text"].as_str());
        texts.last().unwrap_or_default()
    }

    fn response_id(&self) -> String {
        let digest = Sha256::digest(format!("{}\n{}", self.model, self.body));
        BASE64_URL_SAFE_NO_PAD.encode(&digest[..12])
    }

    pub(super) fn answer(&self, turns: Vec<Turn>) -> Answer {
        Answer {
            turns,
            blocked: None,
            prompt: self.prompt.clone(),
            cached: self.brought.map(|brought| brought.cached.clone()).unwrap_or_default(),
            thoughts: 0,
            tool_use: 0,
            model: self.model.to_owned(),
            response_id: self.response_id(),
        }
    }
}

pub(super) fn parts(content: &Value) -> impl Iterator<Item = &Value> {
    content["parts"].as_array().into_iter().flatten()
}
