//! Answers of Google's in OpenAI's words: a whole one here, a stream of them in `chunks`.

use super::chunks::Chunks;
use super::parts::{self, Kind, with_extra};
use super::refusal::Refusal;
use super::{embeddings, models, words};
use hallpass_gemini::generate::{Candidate, Part, Response};
use serde_json::{Map, Value, json};

/// When an answer was made, and what it is called if Google gives it no name.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Seconds since 1970.
    pub created: u64,
    /// Different for each answer: letters, digits and hyphens.
    pub id: String,
}

/// How to read what Google answers to a [`Call`](super::Call).
#[derive(Clone, Debug, PartialEq)]
pub struct Answer(Form);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    Chat {
        model: String,
    },
    /// `usage`: whether it is wanted, too.
    Stream {
        model: String,
        usage: bool,
    },
    Embeddings(embeddings::Form),
    Models,
    Model,
}

impl Answer {
    pub(super) fn of(form: Form) -> Self {
        Self(form)
    }

    /// An answer to a conversation; `stream` says whether usage is wanted, if it is streamed.
    pub(super) fn chat(model: String, stream: Option<bool>) -> Self {
        Self(match stream {
            None => Form::Chat { model },
            Some(usage) => Form::Stream { model, usage },
        })
    }

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

/// The name of an answer, and the part of it that may stand in other names.
pub(super) fn names(response_id: Option<&str>, stamp: &Stamp) -> (String, String) {
    let id = response_id.filter(|id| !id.is_empty()).unwrap_or(&stamp.id).to_owned();
    (format!("chatcmpl-{id}"), id)
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

/// Adds where an answer is from.
pub(super) fn beside(choice: &mut Map<String, Value>, candidate: &Candidate) {
    for (field, value) in [
        ("grounding_metadata", &candidate.grounding_metadata),
        ("citation_metadata", &candidate.citation_metadata),
    ] {
        if let Some(value) = value {
            with_extra(choice, field, value.clone());
        }
    }
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

/// Returns a call in OpenAI's form, with its signature.
pub(super) fn call(part: &Part, id: &str, candidate: u32, number: usize) -> Option<Value> {
    let asked = part.function_call.as_ref()?;
    let mut call = Map::new();
    call.insert("id".to_owned(), parts::call_id(asked.id.as_deref(), id, candidate, number).into());
    call.insert("type".to_owned(), "function".into());
    let arguments = Value::Object(asked.args.clone()).to_string();
    call.insert("function".to_owned(), json!({"name": asked.name, "arguments": arguments}));
    if let Some(signature) = &part.thought_signature {
        with_extra(&mut call, "thought_signature", signature.as_str());
    }
    Some(call.into())
}
