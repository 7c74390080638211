//! Interactions: Google's newer way to ask, whose conversations can stay at Google.
//!
//! In: an input, for a model or an agent. Out: an interaction with its steps, whole or as events. The names of this
//! family are in snake_case; it shares no type with `generate`.
//! Not here: agents, environments and the live socket; `Client::request` reaches them.

use crate::models::is_model_id;
use crate::wire::{open_enum, wire_snake};
use crate::{Client, Error, Events};
use http::Method;
use serde_json::{Value, json};

open_enum! {
    /// How an interaction is.
    Status {
        InProgress = "in_progress",
        RequiresAction = "requires_action",
        Completed = "completed",
        Failed = "failed",
        Cancelled = "cancelled",
        Incomplete = "incomplete",
        BudgetExceeded = "budget_exceeded",
        Queued = "queued",
        Idle = "idle",
        RequiresContinuation = "requires_continuation",
    }
}

wire_snake! {
    /// One interaction.
    Interaction {
        /// Its name, for the next one (`previous`).
        id: String,
        /// How it is.
        status: Option<Status>,
        /// The model that answers.
        model: Option<String>,
        /// The agent that answers.
        agent: Option<String>,
        /// What was said, thought and called, in its order.
        steps: Vec<Step>,
        /// The text of the answer.
        output_text: Option<String>,
        /// What went wrong.
        errors: Vec<Value>,
        /// What it cost.
        usage: Option<Value>,
    }
}

wire_snake! {
    /// One step; what stands beside its kind is in `other`.
    Step {
        /// `user_input`, `model_output`, `thought`, `function_call`, ...
        r#type: String,
    }
}

wire_snake! {
    /// One event of a stream.
    Event {
        /// `interaction.created`, `step.start`, `step.delta`, `step.stop`, `interaction.completed`, `error`, ...
        event_type: String,
        /// Its name, for a stream that goes on after it.
        event_id: Option<String>,
        /// The step's number.
        index: Option<u32>,
        /// What is new.
        delta: Option<Value>,
        /// The interaction.
        interaction: Option<Interaction>,
        /// What went wrong.
        error: Option<Value>,
    }
}

impl Event {
    /// Returns the piece of text that is new.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.delta.as_ref()?.get("text")?.as_str()
    }
}

/// An interaction in the making.
///
/// ```no_run
/// # async fn example(client: hallpass_gemini::Client) -> Result<(), hallpass_gemini::Error> {
/// let first = client.interaction("gemini-flash-latest").input("Why is the sky blue?").send().await?;
/// let next = client.interaction("gemini-flash-latest").previous(&first.id).input("And at night?");
/// println!("{:?}", next.send().await?.output_text);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Interact<'a> {
    client: &'a Client,
    body: Value,
}

impl Client {
    /// Starts an interaction with a model.
    pub fn interaction(&self, model: &str) -> Interact<'_> {
        Interact { client: self, body: json!({"model": model}) }
    }

    /// Starts an interaction with an agent.
    pub fn agent_interaction(&self, agent: &str) -> Interact<'_> {
        Interact { client: self, body: json!({"agent": agent}) }
    }

    /// Returns an interaction by its name.
    ///
    /// # Errors
    /// A name that is none, and those of a request.
    pub async fn get_interaction(&self, id: &str) -> Result<Interaction, Error> {
        self.request(Method::GET, &path(id)?).send().await
    }

    /// Deletes an interaction.
    ///
    /// # Errors
    /// Those of [`Client::get_interaction`].
    pub async fn delete_interaction(&self, id: &str) -> Result<(), Error> {
        self.request(Method::DELETE, &path(id)?).send::<Value>().await.map(|_| ())
    }

    /// Ends an interaction that runs in the background.
    ///
    /// # Errors
    /// Those of [`Client::get_interaction`].
    pub async fn cancel_interaction(&self, id: &str) -> Result<Interaction, Error> {
        let path = format!("{}/cancel", path(id)?);
        self.request(Method::POST, &path).json(&json!({})).send().await
    }

    /// Returns the events of an interaction that come after this one.
    ///
    /// # Errors
    /// Those of [`Client::get_interaction`].
    pub async fn interaction_events(&self, id: &str, after: &str) -> Result<Events<Event>, Error> {
        let request = self.request(Method::GET, &path(id)?).query("stream", "true");
        request.query("last_event_id", after).stream().await
    }
}

impl Interact<'_> {
    /// Says something: a text, or contents and steps as they stand on the wire.
    pub fn input(self, input: impl Into<Value>) -> Self {
        self.field("input", input)
    }

    /// Goes on with an interaction that Google has kept.
    pub fn previous(self, id: &str) -> Self {
        self.field("previous_interaction_id", id)
    }

    /// Tells the model what to keep to.
    pub fn system(self, instruction: &str) -> Self {
        self.field("system_instruction", instruction)
    }

    /// Sets a field as it stands on the wire, such as `tools`, `generation_config`, `background` or `store`.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.body[name] = value.into();
        self
    }

    /// Sends it and returns the interaction.
    ///
    /// # Errors
    /// No input, and those of a request.
    pub async fn send(self) -> Result<Interaction, Error> {
        self.checked()?;
        self.client.request(Method::POST, "interactions").json(&self.body).send().await
    }

    /// Sends it and returns its events as they come; `[DONE]` ends them.
    ///
    /// # Errors
    /// Those of [`Interact::send`].
    pub async fn stream(self) -> Result<Events<Event>, Error> {
        let streamed = self.field("stream", true);
        streamed.checked()?;
        streamed.client.request(Method::POST, "interactions").json(&streamed.body).stream().await
    }

    fn checked(&self) -> Result<(), Error> {
        match self.body.get("input").filter(|input| input.as_str() != Some("")) {
            Some(_) => Ok(()),
            None => Err(Error::not_sent("the input is empty")),
        }
    }
}

fn path(id: &str) -> Result<String, Error> {
    is_model_id(id)
        .then(|| format!("interactions/{id}"))
        .ok_or_else(|| Error::invalid_name("an interaction", id))
}
