//! `generateContent`: one line for a simple question, a builder for the rest, a plain object for all of it.
//!
//! In: a model and what is said to it. Out: an answer, whole or as it comes.
//! `part`, `content`, `request`, `response`, `words`: the wire. `text`: why there is no text. `assembly`: pieces made
//! whole. `stream`, `event`: an answer as it comes. `history`, `chat`: conversations. `builtin`: tools that Google runs.
//! `structured`, `schema`: answers of a form. `sources`: where an answer is from. `count`: what a question costs.

mod assembly;
mod builtin;
mod chat;
mod content;
mod count;
mod event;
mod history;
mod part;
mod request;
mod response;
mod schema;
mod settings;
mod sources;
mod stream;
mod structured;
mod text;
mod words;

pub use chat::{Chat, ChatStream};
pub use content::{Content, Contents};
pub use count::TokenCount;
pub use event::Event;
pub use history::{ForeignSignatures, History};
pub use part::{
    Blob, CodeExecutionResult, ExecutableCode, FileData, FunctionCall, FunctionResponse, Part,
};
pub use request::{
    FunctionCallingConfig, GenerateRequest, GenerationConfig, SafetySetting, ThinkingConfig,
    ToolConfig,
};
pub use response::{Candidate, PromptFeedback, Response, Usage};
pub use sources::WebSource;
pub use stream::AnswerStream;
#[cfg(all(feature = "tools", feature = "schemars"))]
pub(crate) use structured::schema_of;
pub use text::NoText;
pub use words::{BlockReason, CallingMode, FinishReason, Outcome, Role, ThinkingLevel};

#[cfg(test)]
mod tests;

use crate::models::model_path;
use crate::request::RequestBuilder;
use crate::{Client, Error, Events, Reply, spans};
use assembly::Assembly;
use http::{HeaderName, Method};
use serde_json::Value;
use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use tracing::Instrument as _;

/// An answer stopped as often as this with `CONTINUATION` is not asked to go on.
const MOST_HOPS: u32 = 16;

/// A question to a model in the making; `.await` sends it.
#[derive(Clone, Debug)]
#[must_use]
pub struct Generate<'a> {
    client: &'a Client,
    model: String,
    request: GenerateRequest,
    call: Call,
}

/// What one call has beside its body.
#[derive(Clone, Debug)]
struct Call {
    headers: Vec<(HeaderName, String)>,
    extra: Option<Value>,
    hops: u32,
    /// The question's beginning, where Google has it no more under the name that the request has.
    beginning: Option<Arc<GenerateRequest>>,
    /// The first mistake of the program that made it.
    mistake: Option<Cow<'static, str>>,
}

impl Client {
    /// Asks a model, and returns its answer.
    ///
    /// # Errors
    /// Those of [`Generate::send`].
    pub async fn generate(
        &self,
        model: &str,
        contents: impl Into<Contents>,
    ) -> Result<Response, Error> {
        self.model(model).content(contents).send().await
    }

    /// Starts a question to a model, such as `gemini-flash-latest` or `tunedModels/mine`.
    pub fn model(&self, model: &str) -> Generate<'_> {
        let call = Call {
            headers: Vec::new(),
            extra: None,
            hops: MOST_HOPS,
            beginning: None,
            mistake: None,
        };
        Generate {
            client: self,
            model: model.to_owned(),
            request: GenerateRequest::default(),
            call,
        }
    }
}

impl Generate<'_> {
    /// Sends the question and returns the answer; one that stops with `CONTINUATION` is asked to go on.
    ///
    /// # Errors
    /// Nothing to send, a model's name that is none, and those of [`RequestBuilder::open`]. A hop that fails hands back
    /// what had come: [`Error::partial`].
    pub async fn send(self) -> Result<Response, Error> {
        self.with_response().await.map(|reply| reply.value)
    }

    /// Does the same, and returns the last reply's status, headers and bytes, too.
    ///
    /// # Errors
    /// Those of [`Generate::send`].
    pub async fn with_response(self) -> Result<Reply<Response>, Error> {
        let span = spans::chat(&self.model, &self.request);
        let reply = self.answered().instrument(span.clone()).await;
        match &reply {
            Ok(reply) => spans::answered(&span, &reply.value),
            Err(error) => spans::failed(&span, error),
        }
        reply
    }

    async fn answered(mut self) -> Result<Reply<Response>, Error> {
        let mut answer = Assembly::default();
        loop {
            let reply = self.call("generateContent")?.with_response::<Response>().await;
            let reply = match reply {
                Err(error) if answer.hops > 0 => return Err(error.with_partial(answer.response)),
                Err(error) if self.goes_on_without_cache(&error) => continue,
                reply => reply?,
            };
            // Of one piece, it is what came.
            if answer.hops == 0 && reply.value.continuation_token().is_none() {
                return Ok(reply);
            }
            answer.add(reply.value.clone(), None);
            match self.goes_on(&mut answer) {
                Some(token) => self.request.continuation_token = Some(token),
                None => {
                    return Ok(Reply { hops: answer.hops, value: answer.response, ..reply });
                }
            }
        }
    }

    /// Sends the question and returns the answer as it comes.
    ///
    /// # Errors
    /// Those of [`Generate::send`], until the answer begins.
    pub async fn stream(mut self) -> Result<AnswerStream, Error> {
        let span = spans::chat(&self.model, &self.request);
        let events = self.events().instrument(span.clone()).await;
        let events = events.inspect_err(|error| spans::failed(&span, error))?;
        let Self { client, model, request, call } = self;
        Ok(AnswerStream::new(events, client.clone(), model, request, call, span))
    }

    async fn events(&mut self) -> Result<Events<Response>, Error> {
        match self.call(stream::METHOD)?.stream().await {
            Err(error) if self.goes_on_without_cache(&error) => {
                self.call(stream::METHOD)?.stream().await
            }
            events => events,
        }
    }

    /// Puts the beginning itself in the place of its name, once, where Google has it no more.
    fn goes_on_without_cache(&mut self, error: &Error) -> bool {
        let is_gone = matches!(error.status(), Some(403 | 404));
        let Some(beginning) = self.call.beginning.take_if(|_| is_gone) else { return false };
        let GenerateRequest { contents, system_instruction, tools, tool_config, .. } =
            Arc::unwrap_or_clone(beginning);
        let request = &mut self.request;
        request.cached_content = None;
        request.contents.splice(0..0, contents);
        (request.system_instruction, request.tools) = (system_instruction, tools);
        request.tool_config = tool_config;
        tracing::debug!("the cached beginning is gone; it is sent again");
        true
    }

    /// Says whether the question can be sent, without sending it.
    ///
    /// # Errors
    /// Nothing to send and a schema that is none ([`Error::is_not_sent`]), and a model's name that is none
    /// ([`Error::is_invalid_name`]).
    pub fn check(&self) -> Result<(), Error> {
        self.call("check").map(|_| ())
    }

    #[cfg(any(feature = "batches", feature = "caches"))]
    pub(crate) fn into_parts(self) -> (String, GenerateRequest) {
        (self.model, self.request)
    }

    #[cfg(feature = "caches")]
    pub(crate) fn set_beginning(&mut self, beginning: Arc<GenerateRequest>) {
        self.call.beginning = Some(beginning);
    }

    fn goes_on(&self, answer: &mut Assembly) -> Option<String> {
        if answer.hops < self.call.hops { answer.hop() } else { None }
    }

    /// Returns the request of one of the model's methods.
    fn call(&self, method: &str) -> Result<RequestBuilder<'_>, Error> {
        if !self.request.contents.iter().any(Content::says_something) {
            return Err(Error::not_sent("the prompt is empty"));
        }
        if let Some(what) = &self.call.mistake {
            return Err(Error::not_sent(what.clone()));
        }
        let path = format!("{}:{method}", model_path(&self.model)?);
        let mut request = self.client.request(Method::POST, &path).json(&self.request);
        if let Some(extra) = &self.call.extra {
            request = request.extra_body(extra);
        }
        let headers = self.call.headers.iter();
        Ok(headers.fold(request, |request, (name, value)| request.header(name.clone(), value)))
    }
}

impl<'a> IntoFuture for Generate<'a> {
    type Output = Result<Response, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
