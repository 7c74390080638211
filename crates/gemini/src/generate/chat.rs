//! A conversation with one model.
//!
//! In: what the user says. Out: the answer. Both are kept together or not at all: a turn that failed is not in the
//! history, and can be said again.

use super::{AnswerStream, Call, Contents, Event, Generate, GenerateRequest, History, Response};
use crate::{Client, Error};

/// A conversation with one model.
///
/// ```no_run
/// # async fn example(client: hallpass_gemini::Client) -> Result<(), hallpass_gemini::Error> {
/// let mut chat = client.chat("gemini-flash-latest").with(|model| model.system("Be brief"));
/// println!("{}", chat.send("Why is the sky blue?").await?.text()?);
/// println!("{}", chat.send("And at night?").await?.text()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Chat {
    client: Client,
    model: String,
    settings: GenerateRequest,
    call: Call,
    history: History,
}

impl Client {
    /// Starts a conversation with a model.
    #[must_use]
    pub fn chat(&self, model: &str) -> Chat {
        let Generate { model, request: settings, call, .. } = self.model(model);
        Chat { client: self.clone(), model, settings, call, history: History::default() }
    }
}

impl Chat {
    /// Changes the settings of every turn.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(Generate<'_>) -> Generate<'_>) -> Self {
        let changed = change(self.question());
        (self.settings, self.call) = (changed.request, changed.call);
        self
    }

    /// Goes on with this conversation.
    ///
    /// # Errors
    /// Thought signatures of another model: see [`History::hand_over`].
    pub fn with_history(mut self, history: History) -> Result<Self, Error> {
        history.check(&self.model)?;
        self.history = history;
        Ok(self)
    }

    /// Returns what was said.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Returns what was said, and ends the conversation.
    #[must_use]
    pub fn into_history(self) -> History {
        self.history
    }

    /// Says something and returns the answer.
    ///
    /// # Errors
    /// Those of [`Generate::send`]; the turn is not in the history then.
    pub async fn send(&mut self, contents: impl Into<Contents>) -> Result<Response, Error> {
        let said = contents.into();
        let answer = self.turn(&said).send().await?;
        self.keep(said, &answer);
        Ok(answer)
    }

    /// Says something and returns the answer as it comes. The turn is kept when the stream was read to its end.
    ///
    /// # Errors
    /// Those of [`Generate::stream`].
    pub async fn stream(&mut self, contents: impl Into<Contents>) -> Result<ChatStream<'_>, Error> {
        let said = contents.into();
        let answer = self.turn(&said).stream().await?;
        Ok(ChatStream { chat: self, said: Some(said), answer })
    }

    fn question(&self) -> Generate<'_> {
        let (model, request) = (self.model.clone(), self.settings.clone());
        Generate { client: &self.client, model, request, call: self.call.clone() }
    }

    fn turn(&self, said: &Contents) -> Generate<'_> {
        self.question().content(&self.history).content(said.0.clone())
    }

    fn keep(&mut self, said: Contents, answer: &Response) {
        let turns = self.history.contents().len();
        self.history.push(said);
        let with_question = self.history.contents().len();
        self.history.push_answer(&self.model, answer);
        if self.history.contents().len() == with_question {
            self.history.truncate(turns);
        }
    }
}

/// An answer of a conversation as it comes.
#[derive(Debug)]
#[must_use]
pub struct ChatStream<'a> {
    chat: &'a mut Chat,
    /// None when it is kept.
    said: Option<Contents>,
    answer: AnswerStream,
}

impl ChatStream<'_> {
    /// Returns the next event; none at the end of the answer, which is in the history then.
    ///
    /// # Errors
    /// Those of [`AnswerStream::next`].
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        let event = self.answer.next().await;
        match &event {
            Some(Ok(_)) => {}
            Some(Err(_)) => self.said = None,
            None => {
                if let Some(said) = self.said.take() {
                    self.chat.keep(said, self.answer.response());
                }
            }
        }
        event
    }

    /// Reads to the end and returns the whole answer.
    ///
    /// # Errors
    /// Those of [`AnswerStream::next`].
    pub async fn finish(mut self) -> Result<Response, Error> {
        while let Some(event) = self.next().await {
            event?;
        }
        Ok(self.answer.response().clone())
    }

    /// Returns as much of the answer as has come.
    #[must_use]
    pub fn response(&self) -> &Response {
        self.answer.response()
    }
}
