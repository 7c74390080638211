//! What a configuration can say about the Gemini API: quotas, the state of API keys, scripted replies.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A limit on how often a project may ask a model to generate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
pub enum QuotaPeriod {
    /// A minute of the virtual clock from the first call.
    Minute,
    /// A day of the virtual clock from the first call.
    Day,
}

/// Why an API key of a project is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
pub enum ScriptedReply {
    /// What the model says; the rest of the response is made around it.
    Text(String),
    /// The whole `GenerateContentResponse`; a stream sends it as its only chunk.
    Response(Value),
}
