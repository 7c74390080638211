//! `GenerateContentResponse`, whole or in the frames of a stream.
//!
//! In: what each candidate says. Out: the messages. A stream has each text in three pieces and each other part by
//! itself; reason and usage are in the last frame. A text's signature comes with the text or, in a stream, after
//! it in an empty text; after a call the last frame has no parts. Both are captured habits of Google's.

use crate::gemini::tokens::{self, ModalityTokens, Tokens};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The pieces of a text in a stream.
const PIECES: usize = 3;

/// How many messages an answer comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Whole,
    Stream,
}

/// One message of an answer, or what a test wrote in its place.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Chunk {
    Made(Box<Response>),
    Scripted(Value),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Response {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<Candidate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_feedback: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_metadata: Option<UsageMetadata>,
    model_version: String,
    response_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Content,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_reason: Option<String>,
    index: usize,
    /// Of the last frame: metadata and ratings.
    #[serde(flatten)]
    more: Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct Content {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Value>,
    role: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UsageMetadata {
    prompt_token_count: usize,
    #[serde(skip_serializing_if = "is_zero")]
    cached_content_token_count: usize,
    #[serde(skip_serializing_if = "is_zero")]
    candidates_token_count: usize,
    #[serde(skip_serializing_if = "is_zero")]
    tool_use_prompt_token_count: usize,
    #[serde(skip_serializing_if = "is_zero")]
    thoughts_token_count: usize,
    total_token_count: usize,
    prompt_tokens_details: Vec<ModalityTokens>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cache_tokens_details: Vec<ModalityTokens>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// What one candidate says and how it ends.
#[derive(Debug, Default)]
pub(super) struct Turn {
    pub(super) parts: Vec<Value>,
    /// The signature of the text at the end.
    pub(super) signature: Option<String>,
    pub(super) finish: String,
    pub(super) more: Map<String, Value>,
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) turns: Vec<Turn>,
    /// Why the prompt is blocked; then there are no turns.
    pub(super) blocked: Option<String>,
    pub(super) prompt: Tokens,
    pub(super) cached: Tokens,
    pub(super) thoughts: usize,
    pub(super) tool_use: usize,
    pub(super) model: String,
    pub(super) response_id: String,
}

impl Turn {
    pub(super) fn of_text(text: impl Into<String>, finish: impl Into<String>) -> Self {
        let parts = vec![json!({"text": text.into()})];
        Self { parts, finish: finish.into(), ..Self::default() }
    }

    /// The tokens of what it says; thoughts are counted apart.
    fn tokens(&self) -> usize {
        let said: Vec<Value> =
            self.parts.iter().filter(|part| part["thought"] != true).cloned().collect();
        let mut tokens = Tokens::default();
        tokens.add(&json!({"parts": said}));
        tokens.total()
    }

    /// The parts as a stream sends them, frame by frame.
    fn frames(&self) -> Vec<Vec<Value>> {
        let mut frames = Vec::new();
        for part in &self.parts {
            match part["text"].as_str() {
                None => frames.push(vec![part.clone()]),
                Some(text) => frames.extend((0..PIECES).map(|piece| {
                    let mut one = part.clone();
                    one["text"] = slice(text, piece, PIECES).into();
                    vec![one]
                })),
            }
        }
        if let Some(signature) = &self.signature {
            frames.push(vec![json!({"text": "", "thoughtSignature": signature})]);
        } else if self.parts.last().is_none_or(|last| !last["text"].is_string()) {
            frames.push(Vec::new());
        }
        frames
    }

    /// The parts of the whole answer.
    fn whole(&self) -> Vec<Value> {
        let mut parts = self.parts.clone();
        if let (Some(signature), Some(last)) = (&self.signature, parts.last_mut()) {
            last["thoughtSignature"] = signature.as_str().into();
        }
        parts
    }

    fn candidate(&self, index: usize, parts: Vec<Value>, is_last: bool) -> Candidate {
        Candidate {
            content: Content { parts, role: "model" },
            finish_reason: is_last.then(|| self.finish.clone()),
            index,
            more: if is_last { self.more.clone() } else { Map::new() },
        }
    }
}

/// An answer in as many messages.
pub(super) fn sent(answer: &Answer, form: Form) -> Vec<Chunk> {
    match form {
        Form::Whole => vec![answer.whole()],
        Form::Stream => answer.stream(),
    }
}

impl Answer {
    pub(super) fn whole(&self) -> Chunk {
        let turns = self.turns.iter().enumerate();
        let candidates = turns.map(|(index, turn)| turn.candidate(index, turn.whole(), true));
        self.message(candidates.collect(), true)
    }

    pub(super) fn stream(&self) -> Vec<Chunk> {
        let frames: Vec<Vec<Vec<Value>>> = self.turns.iter().map(Turn::frames).collect();
        let length = frames.iter().map(Vec::len).max().unwrap_or(1);
        let message = |at: usize| {
            let turns = self.turns.iter().zip(&frames).enumerate();
            let candidates = turns.filter_map(|(index, (turn, frames))| {
                let parts = frames.get(at)?.clone();
                Some(turn.candidate(index, parts, at + 1 == frames.len()))
            });
            self.message(candidates.collect(), at + 1 == length)
        };
        (0..length).map(message).collect()
    }

    fn message(&self, candidates: Vec<Candidate>, is_last: bool) -> Chunk {
        let feedback = self.blocked.as_ref().map(|reason| json!({"blockReason": reason}));
        Chunk::Made(Box::new(Response {
            candidates,
            prompt_feedback: feedback,
            usage_metadata: is_last.then(|| self.usage()),
            model_version: self.model.clone(),
            response_id: self.response_id.clone(),
        }))
    }

    fn usage(&self) -> UsageMetadata {
        let prompt = self.prompt.total();
        let said = self.turns.iter().map(Turn::tokens).sum::<usize>();
        UsageMetadata {
            prompt_token_count: prompt,
            cached_content_token_count: self.cached.total(),
            candidates_token_count: said,
            tool_use_prompt_token_count: self.tool_use,
            thoughts_token_count: self.thoughts,
            total_token_count: prompt + said + self.tool_use + self.thoughts,
            prompt_tokens_details: self.prompt.details(),
            cache_tokens_details: self.cached.details(),
        }
    }
}

/// One of equal pieces of a text, counted in characters.
fn slice(text: &str, piece: usize, pieces: usize) -> String {
    let length = text.chars().count();
    let (start, end) = (length * piece / pieces, length * (piece + 1) / pieces);
    text.chars().skip(start).take(end - start).collect()
}

/// A text as its first tokens, and whether something is gone.
pub(super) fn cut_to(text: &str, tokens: usize) -> (String, bool) {
    let kept = tokens::first_tokens(text, tokens);
    (kept.to_owned(), kept.len() < text.len())
}
