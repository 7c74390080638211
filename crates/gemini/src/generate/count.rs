//! `countTokens`: what a question would cost, before it is asked.

use super::Generate;
use crate::Error;
use crate::wire::wire;
use serde_json::{Value, json};

wire! {
    /// How many tokens a question has.
    TokenCount {
        /// All of them.
        total_tokens: u64,
        /// What of them is cached.
        cached_content_token_count: Option<u64>,
        /// How many of each kind: text, image, audio.
        prompt_tokens_details: Vec<Value>,
    }
}

impl Generate<'_> {
    /// Counts the tokens of the question, the system instruction and the tools included.
    ///
    /// # Errors
    /// Those of [`Generate::send`].
    pub async fn count_tokens(mut self) -> Result<TokenCount, Error> {
        let model = crate::models::model_path(&self.model)?;
        self.request.other.insert("model".to_owned(), model.into());
        let request = self.call("countTokens")?;
        request.json(&json!({"generateContentRequest": self.request})).send().await
    }
}
