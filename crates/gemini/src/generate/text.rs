//! Why an answer has no text, or not all of it.

use super::part::Part;
use super::response::Response;
use super::words::{BlockReason, FinishReason};
use std::fmt;

/// Why [`Response::text`] has no text.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NoText {
    /// The prompt was blocked; there is no answer.
    PromptBlocked(BlockReason),
    /// A filter stopped the answer.
    Blocked {
        /// Which.
        reason: FinishReason,
        /// What had come.
        text: String,
    },
    /// The answer stopped at a limit, or has not ended.
    Truncated {
        /// At which; none if it has not ended.
        reason: Option<FinishReason>,
        /// What had come.
        text: String,
    },
    /// The answer ended for another reason than being whole.
    Failed {
        /// Which.
        reason: FinishReason,
        /// What had come.
        text: String,
    },
    /// The model thought, and said nothing.
    OnlyThoughts,
    /// The model asks for functions, and says nothing.
    OnlyCalls,
    /// The answer has no text: it is empty, or a picture.
    Empty,
}

impl NoText {
    pub(super) fn of(response: &Response) -> Result<String, Self> {
        if let Some(reason) = response.block_reason() {
            return Err(Self::PromptBlocked(reason.clone()));
        }
        let text = response.text_so_far();
        let Some(reason) = response.finish_reason().cloned() else {
            return Err(Self::Truncated { reason: None, text });
        };
        if reason.is_blocked() {
            Err(Self::Blocked { reason, text })
        } else if reason.is_truncated() {
            Err(Self::Truncated { reason: Some(reason), text })
        } else if !reason.is_complete() {
            Err(Self::Failed { reason, text })
        } else if !text.is_empty() {
            Ok(text)
        } else if response.function_calls().next().is_some() {
            Err(Self::OnlyCalls)
        } else if response.parts().iter().any(Part::is_thought) {
            Err(Self::OnlyThoughts)
        } else {
            Err(Self::Empty)
        }
    }
}

impl fmt::Display for NoText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PromptBlocked(reason) => write!(f, "the prompt was blocked: {reason}"),
            Self::Blocked { reason, .. } => write!(f, "the answer was blocked: {reason}"),
            Self::Truncated { reason: Some(reason), .. } => {
                write!(f, "the answer is not whole: {reason}")
            }
            Self::Truncated { reason: None, .. } => f.write_str("the answer has not ended"),
            Self::Failed { reason, .. } => write!(f, "the answer failed: {reason}"),
            Self::OnlyThoughts => f.write_str("the answer has thoughts and no text"),
            Self::OnlyCalls => f.write_str("the answer asks for functions and has no text"),
            Self::Empty => f.write_str("the answer has no text"),
        }
    }
}

impl std::error::Error for NoText {}
