//! An answer that a test wrote, in the place of a model's own.
//!
//! In: JSON from a test, or the methods of the library. Out: the answer as `gemini::generate` makes messages of it.

use crate::GeminiFault;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An answer that a test wrote. What is left out is made by the emulator.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[must_use]
#[non_exhaustive]
pub struct ScriptedAnswer {
    /// What the model says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What it thinks before, shown as a thought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thought: Option<String>,
    /// The functions that it calls, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ScriptedCall>,
    /// Such as `SAFETY`; `STOP` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// The words beside the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_message: Option<String>,
    /// Blocks the prompt: no candidate, this reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_reason: Option<String>,
    /// In how many requests more than one the text comes, by `CONTINUATION`.
    #[serde(skip_serializing_if = "is_none_or_zero")]
    pub continuations: Option<u32>,
    /// Refuses the request instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ScriptedError>,
    /// The whole `GenerateContentResponse`; a stream sends it as its only frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
    /// The whole frames of a stream; asked for whole, only the last comes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Value>,
}

#[expect(clippy::ref_option, reason = "serde passes a reference")]
fn is_none_or_zero(number: &Option<u32>) -> bool {
    number.unwrap_or_default() == 0
}

/// A call of a function in a scripted answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ScriptedCall {
    /// The function.
    pub name: String,
    /// Its arguments.
    #[serde(default)]
    pub args: Value,
    /// The id of the call; made by the emulator unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// A refusal in the place of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ScriptedError {
    /// One of the failures that faults know by name, whole.
    Named(GeminiFault),
    /// This status, with Google's name for it.
    #[serde(rename_all = "snake_case")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The words; Google's name for the status unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
}

impl ScriptedAnswer {
    /// Answers with this text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// Answers with a call of this function.
    pub fn call(name: impl Into<String>, args: Value) -> Self {
        Self::default().and_call(name, args)
    }

    /// Calls this function, too.
    pub fn and_call(mut self, name: impl Into<String>, args: Value) -> Self {
        self.calls.push(ScriptedCall { name: name.into(), args, id: None });
        self
    }

    /// Refuses the request with this HTTP status.
    pub fn error(status: u16) -> Self {
        let error = ScriptedError::Status { status, message: None };
        Self { error: Some(error), ..Self::default() }
    }

    /// Refuses the request with this failure.
    pub fn fault(fault: GeminiFault) -> Self {
        Self { error: Some(ScriptedError::Named(fault)), ..Self::default() }
    }

    /// Blocks the prompt for this reason, such as `SAFETY`.
    pub fn blocked(reason: impl Into<String>) -> Self {
        Self { block_reason: Some(reason.into()), ..Self::default() }
    }

    /// Ends the answer for this reason, such as `MAX_TOKENS`.
    pub fn finish(mut self, reason: impl Into<String>) -> Self {
        self.finish_reason = Some(reason.into());
        self
    }

    /// Gives the text in this many requests more than one.
    pub fn continued(mut self, times: u32) -> Self {
        self.continuations = Some(times);
        self
    }
}

impl From<&str> for ScriptedAnswer {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for ScriptedAnswer {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}
