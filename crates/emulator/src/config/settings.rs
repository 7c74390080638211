//! What a configuration can say about the Gemini API: quotas, the state of API keys, scripted replies.

use crate::ScriptedAnswer;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A limit on how often a project may ask a model to generate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Quota {
    /// The id of the project that it limits; every project when left out.
    #[serde(default)]
    pub project: Option<String>,
    /// The id of the model that it limits, without `models/`; every model, each by itself, when left out.
    #[serde(default)]
    pub model: Option<String>,
    /// How long the limit counts.
    pub per: QuotaPeriod,
    /// How many calls may be answered in that time.
    pub limit: u32,
}

/// How long a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum QuotaPeriod {
    /// A minute of the virtual clock from the first call.
    Minute,
    /// A day of the virtual clock from the first call.
    Day,
}

/// Why an API key of a project is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeyRefusal {
    /// Its time is over.
    Expired,
    /// Google found it in public.
    Leaked,
    /// Its consumer is suspended.
    Suspended,
    /// It is restricted to other APIs.
    Blocked,
}

/// A reply that a test has written for a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ScriptedReply {
    /// What the model says; the rest of the response is made around it.
    Text(String),
    /// The whole `GenerateContentResponse`; a stream sends it as its only chunk.
    Response(Value),
}

impl Quota {
    /// Returns a limit for every project and model, each by itself.
    #[must_use]
    pub fn new(per: QuotaPeriod, limit: u32) -> Self {
        Self { project: None, model: None, per, limit }
    }
}

impl From<ScriptedReply> for ScriptedAnswer {
    fn from(reply: ScriptedReply) -> Self {
        match reply {
            ScriptedReply::Text(text) => Self::text(text),
            ScriptedReply::Response(response) => {
                Self { response: Some(response), ..Self::default() }
            }
        }
    }
}

impl From<&str> for ScriptedReply {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for ScriptedReply {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Value> for ScriptedReply {
    fn from(response: Value) -> Self {
        Self::Response(response)
    }
}
