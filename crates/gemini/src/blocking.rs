//! The same as calls that wait, for programs without an async runtime.
//!
//! In: what the asynchronous calls take. Out: what they return. They run on the thread of [`hallpass::blocking`]; inside an
//! asynchronous task each of them is an error. [`Client::call`] makes any other call of this crate wait.

use crate::generate::{AnswerStream, Contents, Event, Generate};
use crate::{Authorization, Chat as AsyncChat, Error, Model, Response};
use futures_util::TryStreamExt;
use hallpass::blocking::run;

/// Calls the Gemini API, and waits for its answers.
///
/// ```no_run
/// use hallpass_gemini::blocking::Client;
///
/// let client = Client::from_env()?;
/// println!("{}", client.generate("gemini-flash-latest", "Why is the sky blue?")?.text()?);
/// for event in client.stream("gemini-flash-latest", |question| question.content("And at night?"))? {
///     println!("{event:?}");
/// }
/// // Everything else of the crate:
/// let file = client.call(|client| async move { client.files().upload("report.pdf").await })?;
/// # Ok::<(), hallpass_gemini::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client(crate::Client);

impl From<crate::Client> for Client {
    fn from(client: crate::Client) -> Self {
        Self(client)
    }
}

impl Client {
    /// Returns a client of Google's own address: [`crate::Client::new`].
    pub fn new(credential: impl Into<Authorization>) -> Self {
        Self(crate::Client::new(credential))
    }

    /// Makes a client of the environment: [`crate::Client::from_env`].
    ///
    /// # Errors
    /// Those of that call.
    pub fn from_env() -> Result<Self, Error> {
        run(crate::Client::from_env()).map(Self)
    }

    /// Returns the client for asynchronous code.
    #[must_use]
    pub fn into_async(self) -> crate::Client {
        self.0
    }

    /// Runs any call of this crate, and waits for its end.
    ///
    /// # Errors
    /// Those of the call, and of [`hallpass::blocking::run`].
    pub fn call<T: Send + 'static, F>(
        &self,
        call: impl FnOnce(crate::Client) -> F + Send + 'static,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let client = self.0.clone();
        run(async move { call(client).await })
    }

    /// Asks a model, and returns its answer: [`crate::Client::generate`].
    ///
    /// # Errors
    /// Those of that call.
    pub fn generate(&self, model: &str, contents: impl Into<Contents>) -> Result<Response, Error> {
        let contents = contents.into();
        self.ask(model, move |question| question.content(contents))
    }

    /// Asks a model with more than a text: `ask` builds the question.
    ///
    /// # Errors
    /// Those of [`Generate::send`].
    pub fn ask(
        &self,
        model: &str,
        ask: impl FnOnce(Generate<'_>) -> Generate<'_> + Send + 'static,
    ) -> Result<Response, Error> {
        let (client, model) = (self.0.clone(), model.to_owned());
        run(async move { ask(client.model(&model)).send().await })
    }

    /// Asks a model, and returns the answer as it comes.
    ///
    /// # Errors
    /// Those of [`Generate::stream`].
    pub fn stream(
        &self,
        model: &str,
        ask: impl FnOnce(Generate<'_>) -> Generate<'_> + Send + 'static,
    ) -> Result<Answer, Error> {
        let (client, model) = (self.0.clone(), model.to_owned());
        run(async move { ask(client.model(&model)).stream().await })
            .map(|stream| Answer { stream: Some(stream) })
    }

    /// Starts a conversation with a model: [`crate::Client::chat`].
    #[must_use]
    pub fn chat(&self, model: &str) -> Chat {
        Chat(Some(self.0.chat(model)))
    }

    /// Lists all models.
    ///
    /// # Errors
    /// Those of [`Models::list`](crate::Models::list).
    pub fn models(&self) -> Result<Vec<Model>, Error> {
        self.call(|client| async move { client.models().list().try_collect().await })
    }
}

/// An answer as it comes: an iterator over its events, which ends with the answer or its first error.
#[derive(Debug)]
pub struct Answer {
    /// None after a call that could not be made.
    stream: Option<AnswerStream>,
}

impl Answer {
    /// Reads to the end and returns the whole answer, with its usage.
    ///
    /// # Errors
    /// Those of [`AnswerStream::finish`].
    pub fn finish(self) -> Result<Response, Error> {
        match self.stream {
            Some(stream) => run(stream.finish()),
            None => Ok(Response::default()),
        }
    }

    /// Returns as much of the answer as has come.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.stream.as_ref().map(AnswerStream::response)
    }
}

impl Iterator for Answer {
    type Item = Result<Event, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut stream = self.stream.take()?;
        let next = run::<_, Error>(async move {
            let event = stream.next().await;
            Ok((stream, event))
        });
        match next {
            Ok((stream, event)) => {
                self.stream = Some(stream);
                event
            }
            Err(error) => Some(Err(error)),
        }
    }
}

/// A conversation: [`crate::Chat`].
#[derive(Debug)]
pub struct Chat(
    /// None after a call that could not be made.
    Option<AsyncChat>,
);

impl Chat {
    /// Changes the settings of every turn.
    #[must_use]
    pub fn with(self, change: impl FnOnce(Generate<'_>) -> Generate<'_>) -> Self {
        Self(self.0.map(|chat| chat.with(change)))
    }

    /// Says something and returns the answer.
    ///
    /// # Errors
    /// Those of [`crate::Chat::send`]; the turn is not in the history then.
    pub fn send(&mut self, contents: impl Into<Contents>) -> Result<Response, Error> {
        let contents = contents.into();
        let mut chat = self.0.take().ok_or_else(|| Error::not_sent("the conversation is lost"))?;
        let (chat, answer) = run::<_, Error>(async move {
            let answer = chat.send(contents).await;
            Ok((chat, answer))
        })?;
        self.0 = Some(chat);
        answer
    }

    /// Returns the conversation for asynchronous code.
    #[must_use]
    pub fn into_async(self) -> Option<AsyncChat> {
        self.0
    }
}
