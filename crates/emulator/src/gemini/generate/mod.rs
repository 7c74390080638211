//! `models.generateContent` and `streamGenerateContent`: an answer that depends on the request alone.
//!
//! In: a `GenerateContentRequest` and, if a test wrote one, the answer. Out: the messages of the response; whole,
//! they are one. It imitates the wire, not the model: the text names the model, counts the prompt and repeats
//! its last text. Functions are called by a rule (`calls`), structured answers satisfy their schema (`sample`).

mod calls;
mod check;
mod continuation;
mod grounding;
mod pattern;
mod response;
mod sample;
mod schema_check;
mod scripted;
pub(crate) mod signature;
mod thinking;
mod words;

pub(crate) use self::response::Chunk;

use self::calls::Functions;
use self::grounding::Builtin;
use self::response::{Answer, Turn, cut_to};
use self::sample::{Sample, Sampler};
use self::thinking::Thoughts;
use self::words::Words;
use super::resources::Brought;
use super::resources::stores::retrieval::Retrieved;
use super::tokens::{self, Tokens};
use crate::api::error::ApiError;
use crate::{ScriptedAnswer, Switches};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// As much of the prompt as an answer repeats.
const REPEATED: usize = 200;

/// How many messages an answer comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Whole,
    Stream,
}

/// A request that is to be answered, its names in camelCase.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) model: &'a str,
    pub(crate) body: &'a Value,
    pub(crate) prompt: Tokens,
    pub(crate) switches: &'a Switches,
    /// What the project's own resources bring to the answer.
    brought: Option<&'a Brought>,
}

impl<'a> Asked<'a> {
    /// Counts the prompt and checks the request.
    pub(crate) fn new(
        model: &'a str,
        body: &'a Value,
        switches: &'a Switches,
    ) -> Result<Self, ApiError> {
        let asked = Self { model, body, prompt: tokens::prompt(body)?, switches, brought: None };
        check::check(&asked)?;
        Ok(asked)
    }

    /// The same with what resources bring; a cache is part of the prompt.
    pub(crate) fn with(mut self, brought: Option<&'a Brought>) -> Self {
        self.brought = brought;
        self.prompt.add_text(brought.map_or(0, |brought| brought.more));
        self
    }

    fn found(&self) -> Option<&'a Retrieved> {
        self.brought?.found.as_ref()
    }

    fn contents(&self) -> &'a [Value] {
        self.body["contents"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    fn config(&self) -> &'a Value {
        &self.body["generationConfig"]
    }

    /// The last text of the last content.
    fn last_text(&self) -> &'a str {
        let last = self.contents().last();
        let texts = last.into_iter().flat_map(parts).filter_map(|part| part["text"].as_str());
        texts.last().unwrap_or_default()
    }

    fn response_id(&self) -> String {
        let digest = Sha256::digest(format!("{}\n{}", self.model, self.body));
        BASE64_URL_SAFE_NO_PAD.encode(&digest[..12])
    }

    fn answer(&self, turns: Vec<Turn>) -> Answer {
        Answer {
            turns,
            blocked: None,
            prompt: self.prompt.clone(),
            cached: self.brought.map(|brought| brought.cached.clone()).unwrap_or_default(),
            thoughts: 0,
            tool_use: 0,
            model: self.model.to_owned(),
            response_id: self.response_id(),
        }
    }
}

fn parts(content: &Value) -> impl Iterator<Item = &Value> {
    content["parts"].as_array().into_iter().flatten()
}

/// Answers a request that was checked.
pub(crate) fn answer(
    asked: &Asked<'_>,
    scripted: Option<ScriptedAnswer>,
    form: Form,
) -> Result<Vec<Chunk>, ApiError> {
    if let Some(piece) = continuation::next(asked)? {
        return Ok(sent(&asked.answer(vec![scripted::continued(piece)]), form));
    }
    match scripted {
        Some(scripted) => scripted::answer(asked, scripted, form),
        None => Ok(sent(&own(asked), form)),
    }
}

fn sent(answer: &Answer, form: Form) -> Vec<Chunk> {
    match form {
        Form::Whole => vec![answer.whole()],
        Form::Stream => answer.stream(),
    }
}

/// The emulator's own answer.
fn own(asked: &Asked<'_>) -> Answer {
    let thoughts = thinking::think(asked);
    let calls = Functions::of(asked.body).calls(asked);
    let count = asked.config()["candidateCount"].as_u64().unwrap_or(1);
    let turns = (0..count).map(|at| {
        if calls.is_empty() {
            said(asked, &thoughts, at)
        } else {
            let mut turn = Turn { finish: "STOP".into(), ..Turn::default() };
            turn.parts.extend(thoughts.part.clone());
            turn.parts.extend(signed(asked, &calls));
            turn
        }
    });
    let mut answer = asked.answer(turns.collect());
    answer.thoughts = thoughts.tokens;
    if calls.is_empty() {
        answer.tool_use = grounding::tokens(Builtin::of(asked.body), asked)
            + asked.found().map_or(0, Retrieved::tokens);
    }
    answer
}

/// The parts of calls, the first of them signed.
fn signed(asked: &Asked<'_>, calls: &[Value]) -> Vec<Value> {
    let is_signed = |at: usize| at == 0 || !asked.switches.signature_on_first_call_only;
    let part = |(at, call): (usize, &Value)| {
        let mut part = json!({"functionCall": call});
        if is_signed(at) {
            part["thoughtSignature"] = signature::of_call(call).into();
        }
        part
    };
    calls.iter().enumerate().map(part).collect()
}

/// The text of one candidate, with what stands before and beside it.
fn said(asked: &Asked<'_>, thoughts: &Thoughts, number: u64) -> Turn {
    let builtin = Builtin::of(asked.body);
    let text = match number {
        0 => text(asked),
        _ => format!("{} ({})", text(asked), number + 1),
    };
    let mut turn = Turn::default();
    let most = asked.config()["maxOutputTokens"].as_u64().filter(|most| *most > 0);
    let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    // Thoughts are part of the output: they may leave nothing for the text.
    let left = most.saturating_sub(thoughts.tokens);
    turn.parts.extend(thoughts.part.clone());
    turn.parts.extend(grounding::parts(builtin, asked));
    let (text, is_cut) = cut_to(stopped(&text, asked.config()), left);
    turn.finish = if is_cut { "MAX_TOKENS" } else { "STOP" }.into();
    if left == 0 {
        return turn;
    }
    turn.more = grounding::metadata(builtin, asked, (&text, turn.parts.len()));
    turn.signature = signature::demanded_by(asked.model).then(|| signature::of_text(&text));
    turn.parts.push(json!({"text": text}));
    turn
}

fn text(asked: &Asked<'_>) -> String {
    let (config, tokens) = (asked.config(), asked.prompt.total());
    let schemas = ["responseSchema", "responseJsonSchema", "_responseJsonSchema"];
    let end: String = end(asked).chars().take(REPEATED).collect();
    if let Some(schema) = schemas.iter().find_map(|name| config.get(*name)) {
        let is_bare = config["responseMimeType"] == "text/x.enum";
        return match Sampler::new(schema, Words::of(&end)).make() {
            Some(Sample::One(Value::String(word))) if is_bare => word,
            made => serde_json::to_string(&made).unwrap_or_default(),
        };
    }
    if config["responseMimeType"] == "application/json" {
        return json!({"model": asked.model, "promptTokens": tokens, "asked": end}).to_string();
    }
    if let Some(found) = asked.found() {
        return found.text();
    }
    format!(
        "The emulator answers as {}. The prompt has {tokens} tokens and ends: {end}",
        asked.model
    )
}

/// The last text, or what functions answered.
fn end(asked: &Asked<'_>) -> String {
    let last = asked.contents().last();
    let answered = last.into_iter().flat_map(parts).filter_map(|part| {
        let response = part.get("functionResponse")?;
        let name = response["name"].as_str().unwrap_or_default();
        Some(format!("{name} returned {}", response["response"]))
    });
    let answered = answered.collect::<Vec<_>>().join("; ");
    if answered.is_empty() { asked.last_text().to_owned() } else { answered }
}

/// A text up to the first of the stop sequences.
fn stopped<'a>(text: &'a str, config: &Value) -> &'a str {
    let stops = config["stopSequences"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let ends = stops.filter(|stop| !stop.is_empty()).filter_map(|stop| text.find(stop));
    &text[..ends.min().unwrap_or(text.len())]
}
