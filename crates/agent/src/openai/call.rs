//! What Google is asked in place of a request, and how its answer is to be read.
//!
//! Only what every part of the dialect has to know; which part a request is for, `translate` finds out.

use super::refusal::Refusal;
use http::Method;

/// What Google is asked in place of one request of the dialect.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Call {
    /// The method of each request.
    pub method: Method,
    /// The path and query below the version, such as `models/gemini-flash-latest:generateContent`.
    pub path: String,
    /// The body of each request, as JSON; empty for a GET. Mostly one; a long list of texts to embed takes several, which
    /// are answered one after another.
    pub bodies: Vec<Vec<u8>>,
    /// How to read what Google answers.
    pub answer: Answer,
}

/// When an answer was made, and what it is called if Google gives it no name.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Seconds since 1970.
    pub created: u64,
    /// Different for each answer: letters, digits and hyphens.
    pub id: String,
}

/// How to read what Google answers to a [`Call`].
#[derive(Clone, Debug, PartialEq)]
pub struct Answer(pub(super) Form);

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
    Embeddings(Embeddings),
    Models,
    Model,
}

/// How the vectors are written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Embeddings {
    pub(super) model: String,
    pub(super) count: usize,
    pub(super) is_base64: bool,
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
}

/// The name of an answer, and the part of it that may stand in other names.
pub(super) fn names(response_id: Option<&str>, stamp: &Stamp) -> (String, String) {
    let id = response_id.filter(|id| !id.is_empty()).unwrap_or(&stamp.id).to_owned();
    (format!("chatcmpl-{id}"), id)
}

/// Returns the path of a model: `gemini-x`, `models/gemini-x` or `tunedModels/x`.
pub(super) fn model_path(name: &str) -> Result<String, Refusal> {
    let id = name.strip_prefix("models/").or_else(|| name.strip_prefix("tunedModels/"));
    let segment = id.unwrap_or(name);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !segment.bytes().all(plain) || ["", ".", ".."].contains(&segment) {
        return Err(Refusal::not_found(format!(
            "`{}` is not the name of a model of the Gemini API; `GET models` lists them",
            name.escape_debug()
        ))
        .of("model", "model_not_found"));
    }
    Ok(if id.is_some() { name.to_owned() } else { format!("models/{name}") })
}
