//! An answer of `generateContent`: candidates, usage, and questions about them.

use super::content::Content;
use super::part::{FunctionCall, Part};
use super::text::NoText;
use super::words::{BlockReason, FinishReason, Role};
use crate::wire::wire;
use serde_json::Value;

wire! {
    /// An answer, or as much of one as has come.
    Response {
        /// What the model says; more than one when `candidate_count` asks for it.
        candidates: Vec<Candidate>,
        /// What Google says about the prompt.
        prompt_feedback: Option<PromptFeedback>,
        /// What it cost.
        usage_metadata: Option<Usage>,
        /// The model that answered.
        model_version: Option<String>,
        /// The answer's name.
        response_id: Option<String>,
    }
}

wire! {
    /// One of the answers.
    Candidate {
        /// What it says.
        content: Option<Content>,
        /// Why it ended; none while it has not.
        finish_reason: Option<FinishReason>,
        /// More about why, for people.
        finish_message: Option<String>,
        /// Which candidate it is.
        index: Option<u32>,
        /// Where the answer is from: searches, files, and which part of the text each supports.
        grounding_metadata: Option<Value>,
        /// What of the answer stands elsewhere.
        citation_metadata: Option<Value>,
        /// What asks for the rest of an answer that stopped with `CONTINUATION`.
        continuation_token: Option<String>,
    }
}

wire! {
    /// What Google says about the prompt.
    PromptFeedback {
        /// Why there is no answer.
        block_reason: Option<BlockReason>,
    }
}

wire! {
    /// What an answer cost, in tokens. Google leaves out what is zero.
    Usage {
        /// The prompt, what was cached included.
        prompt_token_count: Option<u64>,
        /// What of the prompt was cached.
        cached_content_token_count: Option<u64>,
        /// The answer.
        candidates_token_count: Option<u64>,
        /// What tools added to the prompt.
        tool_use_prompt_token_count: Option<u64>,
        /// The thoughts.
        thoughts_token_count: Option<u64>,
        /// All of it.
        total_token_count: Option<u64>,
    }
}

impl Usage {
    /// Adds what the replies before this one cost: each is billed.
    pub(crate) fn after(self, earlier: Option<&Self>) -> Self {
        let Some(earlier) = earlier else { return self };
        let sum = |now: Option<u64>, then: Option<u64>| match (now, then) {
            (None, None) => None,
            (now, then) => Some(now.unwrap_or(0).saturating_add(then.unwrap_or(0))),
        };
        Self {
            prompt_token_count: sum(self.prompt_token_count, earlier.prompt_token_count),
            cached_content_token_count: sum(
                self.cached_content_token_count,
                earlier.cached_content_token_count,
            ),
            candidates_token_count: sum(
                self.candidates_token_count,
                earlier.candidates_token_count,
            ),
            tool_use_prompt_token_count: sum(
                self.tool_use_prompt_token_count,
                earlier.tool_use_prompt_token_count,
            ),
            thoughts_token_count: sum(self.thoughts_token_count, earlier.thoughts_token_count),
            total_token_count: sum(self.total_token_count, earlier.total_token_count),
            other: self.other,
        }
    }
}

impl Response {
    /// Returns the first candidate.
    #[must_use]
    pub fn candidate(&self) -> Option<&Candidate> {
        self.candidates.first()
    }

    /// Returns what the first candidate says, as it goes back into a conversation.
    #[must_use]
    pub fn content(&self) -> Option<&Content> {
        self.candidate()?.content.as_ref()
    }

    /// Returns the parts of the first candidate in their order, thoughts included.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        self.content().map_or(&[], |content| &content.parts)
    }

    /// Returns why the first candidate ended.
    #[must_use]
    pub fn finish_reason(&self) -> Option<&FinishReason> {
        self.candidate()?.finish_reason.as_ref()
    }

    /// Returns why the prompt got no answer.
    #[must_use]
    pub fn block_reason(&self) -> Option<&BlockReason> {
        self.prompt_feedback.as_ref()?.block_reason.as_ref()
    }

    /// Returns the functions that the model asks for, in their order.
    pub fn function_calls(&self) -> impl Iterator<Item = &FunctionCall> {
        self.parts().iter().filter_map(|part| part.function_call.as_ref())
    }

    /// Returns the text of the answer.
    ///
    /// # Errors
    /// Why there is none, or not all of it; what has come is in the error. A complete answer without a text is one of
    /// thoughts alone, or of calls alone, or empty.
    pub fn text(&self) -> Result<String, NoText> {
        NoText::of(self)
    }

    /// Returns whatever text there is, thoughts left out; empty if there is none.
    #[must_use]
    pub fn text_so_far(&self) -> String {
        self.parts().iter().filter_map(Part::answer_text).collect()
    }

    /// Returns the text of the thoughts.
    #[must_use]
    pub fn thoughts(&self) -> String {
        let thoughts = self.parts().iter().filter(|part| part.is_thought());
        thoughts.filter_map(|part| part.text.as_deref()).collect()
    }

    /// Says whether it has its end: every candidate a finish reason, or the prompt a block reason.
    pub(crate) fn is_ended(&self) -> bool {
        let ended = |candidate: &Candidate| candidate.finish_reason.is_some();
        self.block_reason().is_some()
            || !self.candidates.is_empty() && self.candidates.iter().all(ended)
    }

    /// Returns what asks for the rest of the answer.
    pub(crate) fn continuation_token(&self) -> Option<&str> {
        let candidate = self.candidate()?;
        let stopped = candidate.finish_reason == Some(FinishReason::Continuation);
        candidate.continuation_token.as_deref().filter(|_| stopped)
    }

    /// Returns the model's turn; Google leaves out its role at times.
    pub(crate) fn turn(&self) -> Option<Content> {
        let content = self.content().filter(|content| !content.parts.is_empty())?;
        let role = content.role.clone().or(Some(Role::Model));
        Some(Content { role, ..content.clone() })
    }
}
