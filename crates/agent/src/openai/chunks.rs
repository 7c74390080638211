//! A streamed answer of Google's as OpenAI's chunks, each as soon as its frame is whole.
//!
//! In: pieces of `streamGenerateContent?alt=sse`, cut anywhere. Out: `data: {chunk}` events and, after a whole answer,
//! `data: [DONE]`. An error within the stream, and a stream that ends before its end, become an event `{"error":…}`,
//! which OpenAI's SDKs raise; nothing comes after it.

use super::call::{Stamp, names};
use super::parts::{self, Kind, with_extra};
use super::refusal::Refusal;
use super::words;
use bytes::Bytes;
use hallpass_gemini::generate::{Candidate, Part, Response};
use hallpass_gemini::sse::Decoder;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A frame may hold a picture; a larger one than this is none of Google's.
const LARGEST_FRAME: usize = 64 * 1024 * 1024;
/// The same, in candidates: what is kept of each one is small, but not nothing.
const MOST_CANDIDATES: usize = 1024;

/// What one candidate has had so far.
#[derive(Debug, Default)]
struct Progress {
    calls: usize,
    is_ended: bool,
}

/// Translates one stream.
#[derive(Debug)]
pub struct Chunks {
    decoder: Decoder,
    model: String,
    with_usage: bool,
    stamp: Stamp,
    /// The answer's name, once the first frame has told.
    names: Option<(String, String)>,
    candidates: BTreeMap<u32, Progress>,
    usage: Value,
    is_blocked: bool,
    is_over: bool,
}

impl Chunks {
    pub(super) fn new(model: String, with_usage: bool, stamp: Stamp) -> Self {
        Self {
            decoder: Decoder::new(LARGEST_FRAME),
            model,
            with_usage,
            stamp,
            names: None,
            candidates: BTreeMap::new(),
            usage: Value::Null,
            is_blocked: false,
            is_over: false,
        }
    }

    /// Takes the next piece; returns the events that it completes, which may be none.
    #[must_use]
    pub fn push(&mut self, piece: Bytes) -> Vec<u8> {
        let mut out = Vec::new();
        if self.is_over {
            return out;
        }
        self.decoder.push(piece);
        while !self.is_over {
            match self.decoder.next() {
                Ok(Some(frame)) => self.take(&frame, &mut out),
                Ok(None) => break,
                Err(_) => {
                    let refusal = Refusal::unexpected("a frame is larger than any real one");
                    self.fail(&refusal, &mut out);
                }
            }
        }
        out
    }

    /// Ends the stream; returns its last events.
    #[must_use]
    pub fn finish(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.is_over {
            return out;
        }
        let (last, stray) = self.decoder.finish();
        if let Some(frame) = last {
            self.take(&frame, &mut out);
        }
        let is_ended = self.is_blocked
            || !self.candidates.is_empty() && self.candidates.values().all(|one| one.is_ended);
        // Google writes an error of the last moment as bare JSON.
        let error = stray.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
        match error.filter(|value| value.get(0).unwrap_or(value).get("error").is_some()) {
            Some(error) => self.fail(&Refusal::of_error(&error, 500), &mut out),
            None if !is_ended => {
                self.fail(&Refusal::unexpected("it ends before its end"), &mut out);
            }
            None if !self.is_over => self.end(&mut out),
            None => {}
        }
        out
    }

    /// Ends the stream because the connection to Google has failed.
    #[must_use]
    pub fn cut(&mut self, refusal: &Refusal) -> Vec<u8> {
        let mut out = Vec::new();
        self.fail(refusal, &mut out);
        out
    }

    fn take(&mut self, frame: &[u8], out: &mut Vec<u8>) {
        if frame.trim_ascii().is_empty() {
            return;
        }
        if let Err(refusal) = self.frame(frame, out) {
            self.fail(&refusal, out);
        }
    }

    fn frame(&mut self, frame: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let response: Response = serde_json::from_slice(frame)
            .map_err(|_| Refusal::unexpected("a frame is not the JSON that was asked for"))?;
        if response.other.contains_key("error") {
            return Err(Refusal::of_error(&Value::Object(response.other), 500));
        }
        self.names.get_or_insert_with(|| names(response.response_id.as_deref(), &self.stamp));
        if let Some(model) = &response.model_version {
            self.model.clone_from(model);
        }
        if let Some(usage) = &response.usage_metadata {
            self.usage = words::usage(usage);
        }
        for candidate in &response.candidates {
            self.candidate(candidate, out)?;
        }
        if let Some(reason) = response.block_reason()
            && !self.is_blocked
        {
            self.is_blocked = true;
            let mut choice = json!({
                "index": 0,
                "delta": {"role": "assistant", "content": null, "refusal": words::blocked(reason)},
                "logprobs": null,
                "finish_reason": "content_filter",
            });
            if let Some(choice) = choice.as_object_mut() {
                with_extra(choice, "block_reason", reason.as_str());
            }
            self.write(choice, out);
        }
        Ok(())
    }

    fn candidate(&mut self, candidate: &Candidate, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let index = candidate.index.unwrap_or(0);
        if self.candidates.len() >= MOST_CANDIDATES && !self.candidates.contains_key(&index) {
            return Err(Refusal::unexpected("it has more candidates than any real one"));
        }
        let is_first = !self.candidates.contains_key(&index);
        let mut progress = self.candidates.remove(&index).unwrap_or_default();
        let said = candidate.content.as_ref().map_or(&[][..], |content| &content.parts);
        let mut delta = Map::new();
        if is_first {
            delta.insert("role".to_owned(), "assistant".into());
        }
        self.add(&mut delta, said, index, &mut progress);
        let reason = candidate.finish_reason.as_ref();
        if let Some(refusal) = words::refusal(candidate) {
            delta.insert("refusal".to_owned(), refusal.into());
        }
        let mut choice = Map::new();
        let is_empty = delta.is_empty();
        choice.insert("index".to_owned(), index.into());
        choice.insert("delta".to_owned(), delta.into());
        choice.insert("logprobs".to_owned(), Value::Null);
        let word = reason.map(|reason| words::finish_reason(reason, progress.calls > 0));
        choice.insert("finish_reason".to_owned(), word.into());
        if let Some(word) = reason.and_then(words::own_word) {
            with_extra(&mut choice, "finish_reason", word);
        }
        parts::beside(&mut choice, candidate);
        progress.is_ended |= reason.is_some();
        self.candidates.insert(index, progress);
        // A frame that has nothing but a new count says nothing to a program.
        if !is_empty || word.is_some() || choice.contains_key("extra_content") {
            self.write(choice.into(), out);
        }
        Ok(())
    }

    fn add(
        &self,
        delta: &mut Map<String, Value>,
        said: &[Part],
        index: u32,
        progress: &mut Progress,
    ) {
        let (mut content, mut thoughts) = (None::<String>, String::new());
        let (mut calls, mut others) = (Vec::new(), Vec::new());
        let id = self.names.as_ref().map_or("", |(_, id)| id);
        for part in said {
            let text = part.text.as_deref().unwrap_or_default();
            match parts::kind(part) {
                Kind::Text => {
                    content.get_or_insert_default().push_str(text);
                    if let Some(signature) = &part.thought_signature {
                        with_extra(delta, "thought_signature", signature.as_str());
                    }
                }
                Kind::Thought if part.thought_signature.is_none() => thoughts.push_str(text),
                Kind::Call => {
                    if let Some(mut call) = parts::call(part, id, index, progress.calls) {
                        call["index"] = progress.calls.into();
                        calls.push(call);
                        progress.calls += 1;
                    }
                }
                Kind::Thought | Kind::Other => {
                    others.push(serde_json::to_value(part).unwrap_or_default());
                }
            }
        }
        if let Some(content) = content {
            delta.insert("content".to_owned(), content.into());
        }
        if !thoughts.is_empty() {
            delta.insert("reasoning_content".to_owned(), thoughts.into());
        }
        if !calls.is_empty() {
            delta.insert("tool_calls".to_owned(), calls.into());
        }
        if !others.is_empty() {
            with_extra(delta, "parts", others);
        }
    }

    fn write(&self, choice: Value, out: &mut Vec<u8>) {
        self.chunk(vec![choice], None, out);
    }

    fn chunk(&self, choices: Vec<Value>, usage: Option<&Value>, out: &mut Vec<u8>) {
        let mut chunk = json!({
            "id": self.names.as_ref().map(|(name, _)| name),
            "object": "chat.completion.chunk",
            "created": self.stamp.created,
            "model": self.model,
            "choices": choices,
        });
        if self.with_usage {
            chunk["usage"] = usage.cloned().unwrap_or_default();
        }
        event(&chunk, out);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.is_over = true;
        if self.with_usage {
            self.chunk(Vec::new(), Some(&self.usage), out);
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    fn fail(&mut self, refusal: &Refusal, out: &mut Vec<u8>) {
        if !self.is_over {
            self.is_over = true;
            event(&refusal.json(), out);
        }
    }
}

fn event(value: &Value, out: &mut Vec<u8>) {
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(value.to_string().as_bytes());
    out.extend_from_slice(b"\n\n");
}
