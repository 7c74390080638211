//! What a configuration can say about the Gemini API: quotas, the state of API keys, scripted replies.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Config;

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

/// Finds names that could never be met: a mistake here would otherwise be a silent default.
pub(crate) fn checked(config: &Config) -> Result<(), String> {
    let of_quotas = config.quotas.iter().filter_map(|quota| quota.model.as_ref());
    let of_quotas = of_quotas.map(|id| ("quotas", id));
    let of_replies = config.replies.keys().map(|id| ("replies", id));
    for (field, id) in of_replies.chain(of_quotas) {
        if let Some(bare) = id.strip_prefix("models/") {
            return Err(format!("field `{field}`: a model is named without `models/`: `{bare}`"));
        }
    }
    for name in config.quotas.iter().filter_map(|quota| quota.project.as_ref()) {
        if !config.projects.iter().any(|project| project.id == *name) {
            return Err(format!("field `quotas`: `{name}` is not one of the projects"));
        }
    }
    Ok(())
}
