//! Why an answer ended and what it cost, in OpenAI's words.

use hallpass_gemini::generate::{BlockReason, Candidate, FinishReason, Usage};
use serde_json::{Value, json};

/// Returns OpenAI's word for the end of an answer.
///
/// It has four. What is neither whole nor at a limit becomes `content_filter`, the one that no program takes for a whole
/// answer; Google's own word stands in `extra_content` then.
pub(super) fn finish_reason(reason: &FinishReason, has_calls: bool) -> &'static str {
    match reason {
        FinishReason::Stop if has_calls => "tool_calls",
        FinishReason::Stop => "stop",
        reason if reason.is_truncated() => "length",
        _ => "content_filter",
    }
}

/// Returns Google's word where OpenAI's says less.
pub(super) fn own_word(reason: &FinishReason) -> Option<&str> {
    (!matches!(reason, FinishReason::Stop | FinishReason::MaxTokens)).then(|| reason.as_str())
}

/// Returns what to tell a person in place of the answer, if there is something to tell.
pub(super) fn refusal(candidate: &Candidate) -> Option<String> {
    let reason = candidate.finish_reason.as_ref()?;
    if reason.is_complete() || reason.is_truncated() {
        return None;
    }
    let message = candidate.finish_message.as_deref();
    Some(match message.filter(|message| !message.is_empty()) {
        Some(message) => message.to_owned(),
        None => format!("Gemini stopped the answer: {reason}"),
    })
}

/// The same for a prompt that got no answer.
pub(super) fn blocked(reason: &BlockReason) -> String {
    format!("Gemini blocked the prompt: {reason}")
}

/// Returns what an answer cost. Thoughts are part of the completion, as in OpenAI's counts.
pub(super) fn usage(usage: &Usage) -> Value {
    let count = |count: Option<u64>| count.unwrap_or(0);
    let thoughts = count(usage.thoughts_token_count);
    let prompt =
        count(usage.prompt_token_count).saturating_add(count(usage.tool_use_prompt_token_count));
    let completion = count(usage.candidates_token_count).saturating_add(thoughts);
    json!({
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": usage.total_token_count.unwrap_or(prompt.saturating_add(completion)),
        "prompt_tokens_details": {"cached_tokens": count(usage.cached_content_token_count)},
        "completion_tokens_details": {"reasoning_tokens": thoughts},
    })
}
