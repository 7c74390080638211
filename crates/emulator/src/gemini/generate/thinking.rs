//! `thinkingConfig`: what a model thinks before it answers.
//!
//! In: the configuration. Out: a thought and its tokens, or the refusal. The emulator thinks only if it is asked to
//! (a budget that is not 0, a level, or `includeThoughts`), so that plain answers stay plain. Limits of budgets and all
//! words of refusals but those of a budget out of its range are remembered or the emulator's own.

use super::asked::Asked;
use crate::api::error::ApiError;
use crate::gemini::tokens::of_text;
use serde_json::{Value, json};

/// What came of thinking.
#[derive(Debug, Default)]
pub(super) struct Thoughts {
    /// The part, if it is to be shown.
    pub(super) part: Option<Value>,
    pub(super) tokens: usize,
}

pub(super) fn think(asked: &Asked<'_>) -> Thoughts {
    let config = &asked.config()["thinkingConfig"];
    let is_shown = config["includeThoughts"] == true;
    let budget = config["thinkingBudget"].as_i64();
    let is_asked = is_shown || budget.is_some() || config["thinkingLevel"].is_string();
    if !is_asked || budget == Some(0) {
        return Thoughts::default();
    }
    let prompt = asked.prompt.total();
    let text = format!(
        "**Reading the prompt**\n\nIt has {prompt} tokens. The emulator will repeat its end.\n"
    );
    let tokens = of_text(&text);
    let most = budget.and_then(|budget| usize::try_from(budget).ok()).unwrap_or(tokens);
    let part = is_shown.then(|| json!({"text": text, "thought": true}));
    Thoughts { part, tokens: tokens.min(most) }
}

/// The smallest and largest budget of a model, and whether 0 turns thinking off.
fn budgets(model: &str) -> (i64, i64, bool) {
    if model.contains("pro") { (128, 32768, false) } else { (0, 24576, true) }
}

pub(super) fn check(asked: &Asked<'_>) -> Result<(), ApiError> {
    let config = &asked.config()["thinkingConfig"];
    let invalid = |words: String| Err(ApiError::InvalidArgument(words));
    let (least, most, can_stop) = budgets(asked.model);
    let budget = config["thinkingBudget"].as_i64();
    let level =
        config["thinkingLevel"].as_str().filter(|level| *level != "THINKING_LEVEL_UNSPECIFIED");
    match budget {
        Some(_) if level.is_some() => {
            return invalid(
                "You can only set only one of thinking budget and thinking level.".into(),
            );
        }
        Some(0) if !can_stop => {
            return invalid("Budget 0 is invalid. This model only works in thinking mode.".into());
        }
        Some(-1 | 0) | None => {}
        Some(budget) if (least..=most).contains(&budget) => {}
        Some(budget) => {
            return invalid(format!(
                "The thinking budget {budget} is invalid. Please choose a value between {least} and {most}."
            ));
        }
    }
    if level.is_some() && asked.model.starts_with("gemini-2") {
        return invalid("Thinking level is not supported for this model.".into());
    }
    Ok(())
}
