//! What `generateContent` is asked, as a plain object.
//!
//! The builder (`Generate`) writes it; a program may fill it in itself. What this version does not know goes into
//! `other` of the object that it belongs to.

use super::content::Content;
use super::words::{CallingMode, ThinkingLevel};
use crate::wire::wire;
use serde_json::Value;

wire! {
    /// A request of `generateContent` and `streamGenerateContent`.
    GenerateRequest {
        /// The conversation; the last turn is the user's.
        contents: Vec<Content>,
        /// What the model keeps to.
        system_instruction: Option<Content>,
        /// What the model may use.
        tools: Vec<Value>,
        /// How it may use it.
        tool_config: Option<ToolConfig>,
        /// What is filtered.
        safety_settings: Vec<SafetySetting>,
        /// A cached beginning of the conversation: `cachedContents/...`.
        cached_content: Option<String>,
        /// How the answer is made.
        generation_config: Option<GenerationConfig>,
        /// Asks for the rest of an answer.
        continuation_token: Option<String>,
    }
}

wire! {
    /// How an answer is made; what is left out is the model's own.
    GenerationConfig {
        /// How many answers.
        candidate_count: Option<u32>,
        /// Texts that end it.
        stop_sequences: Vec<String>,
        /// How long it may be, in tokens.
        max_output_tokens: Option<u32>,
        /// How much chance there is in it, from 0 to 2.
        temperature: Option<f64>,
        /// Nucleus sampling.
        top_p: Option<f64>,
        /// Top-k sampling.
        top_k: Option<u32>,
        /// Makes chance repeatable.
        seed: Option<i32>,
        /// `application/json` for structured output.
        response_mime_type: Option<String>,
        /// The JSON Schema that the answer satisfies.
        response_json_schema: Option<Value>,
        /// `TEXT`, `IMAGE`, `AUDIO`.
        response_modalities: Vec<String>,
        /// How much it thinks.
        thinking_config: Option<ThinkingConfig>,
    }
}

wire! {
    /// How much a model thinks, and whether it tells.
    ThinkingConfig {
        /// Whether thoughts are parts of the answer.
        include_thoughts: Option<bool>,
        /// How many tokens: 0 for none, -1 for the model's choice.
        thinking_budget: Option<i32>,
        /// How much.
        thinking_level: Option<ThinkingLevel>,
    }
}

wire! {
    /// What is filtered of one category.
    SafetySetting {
        /// Such as `HARM_CATEGORY_HARASSMENT`.
        category: String,
        /// Such as `BLOCK_ONLY_HIGH`.
        threshold: String,
    }
}

wire! {
    /// How a model may use its tools.
    ToolConfig {
        /// Whether it calls functions, and which.
        function_calling_config: Option<FunctionCallingConfig>,
    }
}

wire! {
    /// Whether a model calls functions, and which.
    FunctionCallingConfig {
        /// Whether.
        mode: Option<CallingMode>,
        /// Which; all if it is empty.
        allowed_function_names: Vec<String>,
    }
}
