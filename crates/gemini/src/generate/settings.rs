//! The settings of a question.

use super::{Content, Contents, Generate, GenerateRequest, GenerationConfig, Part, SafetySetting};
use super::{ThinkingConfig, ThinkingLevel};
use crate::api_key::QUOTA_PROJECT;
use http::HeaderName;
use serde_json::Value;

impl Generate<'_> {
    /// Adds what is said: a text, parts, contents, or an earlier answer.
    pub fn content(mut self, contents: impl Into<Contents>) -> Self {
        self.request.contents.extend(contents.into().0);
        self
    }

    /// Tells the model what to keep to.
    pub fn system(mut self, instruction: impl Into<Part>) -> Self {
        let parts = vec![instruction.into()];
        self.request.system_instruction = Some(Content { parts, ..Content::default() });
        self
    }

    /// Sets how much chance there is in the answer, from 0 to 2.
    pub fn temperature(self, temperature: f64) -> Self {
        self.config(|config| config.temperature = Some(temperature))
    }

    /// Sets how long the answer may be, in tokens.
    pub fn max_output_tokens(self, tokens: u32) -> Self {
        self.config(|config| config.max_output_tokens = Some(tokens))
    }

    /// Ends the answer before this text.
    pub fn stop_sequence(self, text: impl Into<String>) -> Self {
        self.config(|config| config.stop_sequences.push(text.into()))
    }

    /// Makes chance repeatable.
    pub fn seed(self, seed: i32) -> Self {
        self.config(|config| config.seed = Some(seed))
    }

    /// Sets how much the model thinks.
    pub fn thinking(self, level: ThinkingLevel) -> Self {
        self.thinks(|thinking| thinking.thinking_level = Some(level))
    }

    /// Sets how many tokens the model may think: 0 for none, -1 for its own choice.
    pub fn thinking_budget(self, tokens: i32) -> Self {
        self.thinks(|thinking| thinking.thinking_budget = Some(tokens))
    }

    /// Asks for the thoughts, too.
    pub fn include_thoughts(self) -> Self {
        self.thinks(|thinking| thinking.include_thoughts = Some(true))
    }

    /// Sets what is filtered of one category, such as `HARM_CATEGORY_HARASSMENT` and `BLOCK_ONLY_HIGH`.
    pub fn safety(mut self, category: &str, threshold: &str) -> Self {
        let (category, threshold) = (category.to_owned(), threshold.to_owned());
        let setting = SafetySetting { category, threshold, ..SafetySetting::default() };
        self.request.safety_settings.push(setting);
        self
    }

    /// Changes how the answer is made, where there is no method for it.
    pub fn config(mut self, change: impl FnOnce(&mut GenerationConfig)) -> Self {
        change(self.request.generation_config.get_or_insert_default());
        self
    }

    /// Changes the request, where there is no method for it.
    pub fn request(mut self, change: impl FnOnce(&mut GenerateRequest)) -> Self {
        change(&mut self.request);
        self
    }

    /// Asks an answer that stops with `CONTINUATION` to go on this often, and no more; each time is billed.
    pub fn max_hops(mut self, hops: u32) -> Self {
        self.call.hops = hops;
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.call.headers.push((name, value.to_owned()));
        self
    }

    /// Counts the request against this project instead of the credential's.
    pub fn quota_project(self, project: &str) -> Self {
        self.header(QUOTA_PROJECT, project)
    }

    /// Adds these fields to the body, over those of the same name.
    pub fn extra_body(mut self, extra: Value) -> Self {
        self.call.extra = Some(extra);
        self
    }

    fn thinks(self, change: impl FnOnce(&mut ThinkingConfig)) -> Self {
        self.config(|config| change(config.thinking_config.get_or_insert_default()))
    }
}
