//! A conversation that goes back to the model as it came: parts in their order, thought signatures where they were.
//!
//! In: turns and answers. Out: contents, and JSON that holds all of it. A model refuses the thought signatures of
//! another one (400 `Corrupted/Invalid thought signature`), so the history knows whose they are.

use super::words::Role;
use super::{Content, Contents, Response};
use crate::Error;
use serde::{Deserialize, Serialize};

/// The word that Google takes in place of a thought signature.
const SKIP: &str = "skip_thought_signature_validator";

/// A conversation: what was said, and which model answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    contents: Vec<Content>,
    /// Whose thought signatures these are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
}

/// What becomes of thought signatures when another model goes on with a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForeignSignatures {
    /// They are left out; models that ask for them on function calls refuse that.
    Drop,
    /// Each is replaced by the word that tells the model not to check.
    Skip,
}

impl History {
    /// Returns the turns.
    #[must_use]
    pub fn contents(&self) -> &[Content] {
        &self.contents
    }

    /// Returns the model whose thought signatures these are.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Adds what the user says.
    pub fn push(&mut self, contents: impl Into<Contents>) {
        self.contents.extend(contents.into().0);
    }

    /// Adds a model's answer as it came. An answer without content adds nothing.
    pub fn push_answer(&mut self, model: &str, answer: &Response) {
        if let Some(turn) = answer.turn() {
            self.contents.push(turn);
            self.model = Some(bare(model).to_owned());
        }
    }

    /// Gives the conversation to another model.
    pub fn hand_over(&mut self, model: &str, signatures: ForeignSignatures) {
        for part in self.contents.iter_mut().flat_map(|content| &mut content.parts) {
            if part.thought_signature.is_some() {
                part.thought_signature = match signatures {
                    ForeignSignatures::Drop => None,
                    ForeignSignatures::Skip => Some(SKIP.to_owned()),
                };
            }
        }
        self.model = Some(bare(model).to_owned());
    }

    /// Says whether this model may be asked to go on.
    pub(super) fn check(&self, model: &str) -> Result<(), Error> {
        let mut parts = self.contents.iter().flat_map(|content| &content.parts);
        let is_foreign = self.model.as_deref().is_some_and(|issuer| issuer != bare(model));
        if is_foreign && parts.any(|part| part.thought_signature.is_some()) {
            return Err(Error::not_sent("its thought signatures are another model's"));
        }
        Ok(())
    }

    pub(super) fn truncate(&mut self, turns: usize) {
        self.contents.truncate(turns);
    }
}

fn bare(model: &str) -> &str {
    model.strip_prefix("models/").unwrap_or(model)
}

impl From<&History> for Contents {
    fn from(history: &History) -> Self {
        Self(history.contents.clone())
    }
}

impl From<Vec<Content>> for History {
    fn from(contents: Vec<Content>) -> Self {
        Self { contents, model: None }
    }
}

impl Content {
    /// Returns a model's turn, for a conversation that a program writes.
    pub fn model(parts: impl IntoIterator<Item = impl Into<super::Part>>) -> Self {
        Self { role: Some(Role::Model), ..Self::user(parts) }
    }
}
