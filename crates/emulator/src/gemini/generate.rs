//! `models.generateContent` and `streamGenerateContent`: an answer that depends on the request alone.
//!
//! In: a `GenerateContentRequest` and, if a test wrote one, the reply. Out: the chunks of the response; whole,
//! they are one. It imitates the wire, not the model: the text names the model, counts the prompt and repeats
//! its last text. Honoured: `candidateCount`, `maxOutputTokens`, `stopSequences`, `responseMimeType`.

use super::count::{self, ModalityTokens, Tokens};
use crate::ScriptedReply;
use crate::api::error::ApiError;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// As much of the prompt as an answer repeats.
const REPEATED: usize = 200;
const MAX_CANDIDATES: u64 = 8;
const CHARACTERS_PER_TOKEN: usize = 4;
/// The pieces of a stream, if the text has as many characters.
const PIECES: usize = 3;

/// One `GenerateContentResponse`, or what a test wrote in its place.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Chunk {
    Made(Box<Response>),
    Scripted(Value),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Response {
    candidates: Vec<Candidate>,
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
    finish_reason: Option<&'static str>,
    index: usize,
}

#[derive(Debug, Serialize)]
struct Content {
    parts: [Part; 1],
    role: &'static str,
}

#[derive(Debug, Serialize)]
struct Part {
    text: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UsageMetadata {
    prompt_token_count: usize,
    candidates_token_count: usize,
    total_token_count: usize,
    prompt_tokens_details: Vec<ModalityTokens>,
}

/// What the candidates say and how each ends, before it is cut into chunks.
struct Said {
    candidates: Vec<(String, &'static str)>,
    prompt: Tokens,
    model: String,
    response_id: String,
}

/// How many chunks an answer comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Whole,
    Stream,
}

pub(crate) fn answer(
    model: &str,
    body: &Value,
    scripted: Option<ScriptedReply>,
    form: Form,
) -> Result<Vec<Chunk>, ApiError> {
    let prompt = count::prompt(body)?;
    let candidates = match scripted {
        Some(ScriptedReply::Response(response)) => return Ok(vec![Chunk::Scripted(response)]),
        Some(ScriptedReply::Text(text)) => vec![(text, "STOP")],
        None => candidates(model, body, &prompt)?,
    };
    let said =
        Said { candidates, prompt, model: model.to_owned(), response_id: response_id(model, body) };
    let pieces = match form {
        Form::Whole => 1,
        Form::Stream => PIECES,
    };
    Ok((0..pieces).map(|piece| Chunk::Made(Box::new(said.chunk(piece, pieces)))).collect())
}

fn candidates(
    model: &str,
    body: &Value,
    prompt: &Tokens,
) -> Result<Vec<(String, &'static str)>, ApiError> {
    let config = &body["generationConfig"];
    let count = config["candidateCount"].as_u64().unwrap_or(1);
    if !(1..=MAX_CANDIDATES).contains(&count) {
        // Own words: no capture of this error is known.
        return Err(ApiError::InvalidArgument(format!(
            "* GenerateContentRequest.generation_config.candidate_count: must be from 1 to {MAX_CANDIDATES}"
        )));
    }
    let text = own_text(model, body, prompt.total());
    let number = |at: u64| if at == 0 { String::new() } else { format!(" ({})", at + 1) };
    Ok((0..count).map(|at| limited(format!("{text}{}", number(at)), config)).collect())
}

fn own_text(model: &str, body: &Value, tokens: usize) -> String {
    let asked: String = last_text(body).chars().take(REPEATED).collect();
    if body["generationConfig"]["responseMimeType"] == "application/json" {
        return json!({"model": model, "promptTokens": tokens, "asked": asked}).to_string();
    }
    format!("The emulator answers as {model}. The prompt has {tokens} tokens and ends: {asked}")
}

fn last_text(body: &Value) -> &str {
    let last = body["contents"].as_array().and_then(|contents| contents.last());
    let parts = last.and_then(|content| content["parts"].as_array());
    parts.into_iter().flatten().rev().find_map(|part| part["text"].as_str()).unwrap_or_default()
}

/// Ends a text where the request wants it ended.
fn limited(mut text: String, config: &Value) -> (String, &'static str) {
    for stop in config["stopSequences"].as_array().into_iter().flatten() {
        if let Some(at) =
            stop.as_str().filter(|stop| !stop.is_empty()).and_then(|stop| text.find(stop))
        {
            text.truncate(at);
        }
    }
    let most = config["maxOutputTokens"].as_u64().filter(|most| *most > 0);
    let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    if count::of_text(&text) <= most {
        return (text, "STOP");
    }
    (text.chars().take(most.saturating_mul(CHARACTERS_PER_TOKEN)).collect(), "MAX_TOKENS")
}

fn response_id(model: &str, body: &Value) -> String {
    let digest = Sha256::digest(format!("{model}\n{body}"));
    BASE64_URL_SAFE_NO_PAD.encode(&digest[..12])
}

impl Said {
    fn chunk(&self, piece: usize, pieces: usize) -> Response {
        let is_last = piece + 1 == pieces;
        let candidates = self.candidates.iter().enumerate().map(|(index, (text, finish))| {
            let part = Part { text: slice(text, piece, pieces) };
            Candidate {
                content: Content { parts: [part], role: "model" },
                finish_reason: is_last.then_some(*finish),
                index,
            }
        });
        Response {
            candidates: candidates.collect(),
            usage_metadata: is_last.then(|| self.usage()),
            model_version: self.model.clone(),
            response_id: self.response_id.clone(),
        }
    }

    fn usage(&self) -> UsageMetadata {
        let prompt = self.prompt.total();
        let said = self.candidates.iter().map(|(text, _)| count::of_text(text)).sum::<usize>();
        UsageMetadata {
            prompt_token_count: prompt,
            candidates_token_count: said,
            total_token_count: prompt + said,
            prompt_tokens_details: self.prompt.details(),
        }
    }
}

/// One of equal pieces of a text, counted in characters.
fn slice(text: &str, piece: usize, pieces: usize) -> String {
    let length = text.chars().count();
    let (start, end) = (length * piece / pieces, length * (piece + 1) / pieces);
    text.chars().skip(start).take(end - start).collect()
}
