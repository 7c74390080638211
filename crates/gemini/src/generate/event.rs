//! What a program is told of an answer while it comes.
//!
//! In: a part. Out: its event; none for an empty text, and for a thought signature alone.

use super::part::{FunctionCall, Part};

/// Something of an answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A piece of the answer's text.
    Text(String),
    /// A piece of a thought.
    Thought(String),
    /// The model asks for a function.
    Call(FunctionCall),
    /// Another part: a picture, code that was run, a kind of part that is new.
    Part(Box<Part>),
}

impl Event {
    /// Returns the event of a part.
    pub(super) fn of(part: &Part) -> Option<Self> {
        match (&part.text, &part.function_call) {
            (Some(text), _) => Self::of_text(text.clone(), part),
            (None, Some(call)) => Some(Self::Call(call.clone())),
            (None, None) if part.is_bare_signature() => None,
            (None, None) => Some(Self::Part(Box::new(part.clone()))),
        }
    }

    /// Returns the event of the text of a part.
    pub(super) fn of_text(text: String, part: &Part) -> Option<Self> {
        match part.is_thought() {
            _ if text.is_empty() => None,
            true => Some(Self::Thought(text)),
            false => Some(Self::Text(text)),
        }
    }
}
