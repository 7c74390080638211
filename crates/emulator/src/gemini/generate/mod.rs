//! `models.generateContent` and `streamGenerateContent`: an answer that depends on the request alone.
//!
//! In: a `GenerateContentRequest` and, if a test wrote one, the answer. Out: the messages of the response; whole,
//! they are one. It imitates the wire, not the model: the text names the model, counts the prompt and repeats
//! its last text. Functions are called by a rule (`calls`), structured answers satisfy their schema (`sample`).

mod asked;
mod calls;
mod check;
mod continuation;
mod grounding;
mod pattern;
mod response;
mod sample;
mod schema_check;
mod schema_parts;
mod scripted;
pub(crate) mod signature;
mod thinking;
mod words;

pub(crate) use self::asked::Asked;
pub(crate) use self::response::{Chunk, Form};

use self::asked::parts;
use self::calls::Functions;
use self::grounding::Builtin;
use self::response::{Answer, Turn, cut_to, sent};
use self::sample::{Sample, Sampler};
use self::signature::signed;
use self::thinking::Thoughts;
use self::words::Words;
use super::resources::stores::retrieval::Retrieved;
use crate::ScriptedAnswer;
use crate::api::error::ApiError;
use serde_json::{Value, json};

/// As much of the prompt as an answer repeats.
const REPEATED: usize = 200;

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
