//! Answers of Google's in OpenAI's words: a whole one here, a stream of them in `chunks`.

use super::call::{Answer, Form, Stamp, names};
use super::chunks::Chunks;
use super::parts::{self, Kind, beside, call, with_extra};
use super::refusal::Refusal;
use super::{models, words};
use hallpass_gemini::generate::{Candidate, Part, Response};
use serde_json::{Map, Value, json};

impl Answer {
    /// Returns what translates a stream, if the answer is one; else it is [`whole`](Self::whole).
    #[must_use]
    pub fn stream(&self, stamp: Stamp) -> Option<Chunks> {
        match &self.0 {
            Form::Stream { model, usage } => Some(Chunks::new(model.clone(), *usage, stamp)),
            _ => None,
        }
    }

    /// Translates successful replies, one for each body of the call; the result is JSON.
    ///
    /// # Errors
    /// Replies that are not what Google's reference says: status 502.
    pub fn whole<B: AsRef<[u8]>>(&self, replies: &[B], stamp: &Stamp) -> Result<Vec<u8>, Refusal> {
        let first = replies.first().map(B::as_ref).unwrap_or_default();
        let value = match &self.0 {
            Form::Chat { model } | Form::Stream { model, .. } => completion(first, model, stamp)?,
            Form::Embeddings(form) => form.answer(replies)?,
            Form::Models => models::listed(first)?,
            Form::Model => models::described(first)?,
        };
        Ok(value.to_string().into_bytes())
    }
}

fn completion(reply: &[u8], model: &str, stamp: &Stamp) -> Result<Value, Refusal> {
    let response: Response = serde_json::from_slice(reply)
        .map_err(|_| Refusal::unexpected("it is not the JSON that was asked for"))?;
    let (id, short) = names(response.response_id.as_deref(), stamp);
    let mut choices: Vec<Value> =
        response.candidates.iter().map(|candidate| choice(candidate, &short)).collect();
    if choices.is_empty() {
        let reason = response.block_reason();
        let reason = reason.ok_or_else(|| Refusal::unexpected("it has no candidate"))?;
        choices.push(blocked(&words::blocked(reason), reason.as_str()));
    }
    let usage = response.usage_metadata.as_ref().map(words::usage);
    Ok(json!({
        "id": id,
        "object": "chat.completion",
        "created": stamp.created,
        "model": response.model_version.as_deref().unwrap_or(model),
        "choices": choices,
        "usage": usage,
    }))
}

fn blocked(refusal: &str, word: &str) -> Value {
    json!({
        "index": 0,
        "message": {"role": "assistant", "content": null, "refusal": refusal},
        "logprobs": null,
        "finish_reason": "content_filter",
        "extra_content": {"google": {"block_reason": word}},
    })
}

fn choice(candidate: &Candidate, id: &str) -> Value {
    let index = candidate.index.unwrap_or(0);
    let said = candidate.content.as_ref().map_or(&[][..], |content| &content.parts);
    let (mut message, has_calls) = message(said, id, index);
    if let Some(refusal) = words::refusal(candidate) {
        message.insert("refusal".to_owned(), refusal.into());
    }
    let mut choice = Map::new();
    choice.insert("index".to_owned(), index.into());
    choice.insert("message".to_owned(), message.into());
    choice.insert("logprobs".to_owned(), Value::Null);
    let reason = candidate.finish_reason.as_ref();
    let word = reason.map(|reason| words::finish_reason(reason, has_calls));
    choice.insert("finish_reason".to_owned(), word.into());
    if let Some(word) = reason.and_then(words::own_word) {
        with_extra(&mut choice, "finish_reason", word);
    }
    beside(&mut choice, candidate);
    choice.into()
}

fn message(said: &[Part], id: &str, candidate: u32) -> (Map<String, Value>, bool) {
    let mut message = Map::new();
    let (mut content, mut thoughts, mut calls) = (None::<String>, String::new(), Vec::new());
    for part in said {
        let text = part.text.as_deref().unwrap_or_default();
        match parts::kind(part) {
            Kind::Text => content.get_or_insert_default().push_str(text),
            Kind::Thought => thoughts.push_str(text),
            Kind::Call => calls.extend(call(part, id, candidate, calls.len())),
            Kind::Other => {}
        }
        if parts::kind(part) == Kind::Text
            && let Some(signature) = &part.thought_signature
        {
            with_extra(&mut message, "thought_signature", signature.as_str());
        }
    }
    if parts::need_keeping(said) {
        with_extra(&mut message, "parts", serde_json::to_value(said).unwrap_or_default());
    }
    message.insert("role".to_owned(), "assistant".into());
    message.insert("content".to_owned(), content.into());
    message.insert("refusal".to_owned(), Value::Null);
    if !thoughts.is_empty() {
        message.insert("reasoning_content".to_owned(), thoughts.into());
    }
    let has_calls = !calls.is_empty();
    if has_calls {
        message.insert("tool_calls".to_owned(), calls.into());
    }
    (message, has_calls)
}
