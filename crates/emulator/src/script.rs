//! Scripts: what models answer to the requests that a test describes.
//!
//! In: scripts from a test, and each request to a model. Out: the answer that is scripted for it, used as often as the
//! script says, in the order of the scripts; and a record of what was asked. It imitates the wire, not the model.

mod answer;
mod asked;

pub use self::answer::{ScriptedAnswer, ScriptedCall, ScriptedError};
pub use self::asked::Asked;
pub(crate) use self::asked::Matching;

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// More scripts than this are a test that ran away.
const MAX_SCRIPTS: usize = 1_000;
/// What is kept of what was asked.
const MAX_ASKED: usize = 1_000;

/// What a model answers to requests of a kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Script {
    #[serde(default, rename = "match")]
    matching: Matching,
    answer: ScriptedAnswer,
    /// How often it is used; `null` is without end.
    #[serde(default = "once")]
    times: Option<u32>,
    /// How long the answer waits, in real time.
    #[serde(default, skip_serializing_if = "is_zero")]
    delay_milliseconds: u64,
}

fn once() -> Option<u32> {
    Some(1)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What is wrong with a script that no request meets.
pub(crate) const MODEL_WITH_FOLDER: &str = "a model is named without `models/`";

impl Script {
    /// Whether the model's name is one that no request has.
    pub(crate) fn is_never_met(&self) -> bool {
        self.matching.model.as_ref().is_some_and(|model| model.starts_with("models/"))
    }

    /// Answers the next request to any model with this.
    pub fn answer(answer: impl Into<ScriptedAnswer>) -> Self {
        Self {
            matching: Matching::default(),
            answer: answer.into(),
            times: once(),
            delay_milliseconds: 0,
        }
    }

    /// Only for this model, named without `models/`.
    pub fn model(mut self, id: impl Into<String>) -> Self {
        self.matching.model = Some(id.into());
        self
    }

    /// Only for this method, such as `streamGenerateContent`.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.matching.method = Some(method.into());
        self
    }

    /// Only where a text or a function's answer of the last content has this piece.
    pub fn text(mut self, piece: impl Into<String>) -> Self {
        self.matching.text = Some(piece.into());
        self
    }

    /// Only where this function is declared, or this tool of Google's is given.
    pub fn tool(mut self, name: impl Into<String>) -> Self {
        self.matching.tool = Some(name.into());
        self
    }

    /// Only where a file's URI or name, or a File Search store's name, has this piece.
    pub fn file(mut self, piece: impl Into<String>) -> Self {
        self.matching.file = Some(piece.into());
        self
    }

    /// Is used so many times instead of once.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Is used without end.
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// Lets the answer wait this long, in real time.
    pub fn delay(mut self, time: std::time::Duration) -> Self {
        self.delay_milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self
    }
}

/// The scripts that are not used up, and what was asked.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    scripts: VecDeque<Script>,
    asked: VecDeque<Asked>,
}

impl Scripts {
    pub(crate) fn add(&mut self, script: Script) {
        if self.scripts.len() >= MAX_SCRIPTS {
            self.scripts.pop_front();
        }
        self.scripts.push_back(script);
    }

    /// The scripts of a saved state.
    ///
    /// # Errors
    /// Why there cannot be such scripts.
    pub(crate) fn restored(saved: Vec<Script>) -> Result<Self, &'static str> {
        if saved.iter().any(Script::is_never_met) {
            return Err(MODEL_WITH_FOLDER);
        }
        let mut scripts = Self::default();
        saved.into_iter().for_each(|script| scripts.add(script));
        Ok(scripts)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn pending(&self) -> Vec<Script> {
        self.scripts.iter().cloned().collect()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.iter().cloned().collect()
    }

    pub(crate) fn note(&mut self, asked: Asked) {
        if self.asked.len() >= MAX_ASKED {
            self.asked.pop_front();
        }
        self.asked.push_back(asked);
    }

    /// The answer of the first script that fits, counted down; and how many milliseconds it waits.
    pub(crate) fn next(&mut self, asked: &Asked) -> Option<(ScriptedAnswer, u64)> {
        let fits = |script: &Script| script.times != Some(0) && script.matching.fits(asked);
        let at = self.scripts.iter().position(fits)?;
        let script = &mut self.scripts[at];
        script.times = script.times.map(|times| times - 1);
        let found = (script.answer.clone(), script.delay_milliseconds);
        if script.times == Some(0) {
            self.scripts.remove(at);
        }
        Some(found)
    }
}
