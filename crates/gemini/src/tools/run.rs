//! The loop: ask, call, answer, and ask again, at most so many times.

use super::Tool;
use crate::Error;
use crate::generate::{Content, FunctionCall, FunctionResponse, Generate, Part, Response, Usage};
use futures_util::future::join_all;
use serde_json::{Map, Value, json};
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

/// Of questions and answers; most tasks need two.
const ROUNDS: u32 = 10;

/// For one call of a tool.
const LIMIT: Duration = Duration::from_secs(60);

type Watch<'a> = Box<dyn FnMut(&Step) + Send + 'a>;

/// A question with tools in the making; `.await` sends it and runs the tools.
///
/// ```no_run
/// use hallpass_gemini::tools::Tool;
/// use serde_json::json;
///
/// # async fn example(client: hallpass_gemini::Client) -> Result<(), hallpass_gemini::Error> {
/// #[derive(serde::Deserialize)]
/// struct City {
///     name: String,
/// }
/// let schema = json!({"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]});
/// let weather = Tool::new("weather", "The weather of a city", schema, |city: City| async move {
///     Ok::<_, std::io::Error>(format!("sunny in {}", city.name))
/// });
/// let run = client.model("gemini-flash-latest").content("Rome?").tools([weather]).await?;
/// for step in &run.steps {
///     println!("{} {:?}", step.call.name, step.result);
/// }
/// println!("{}", run.answer.text()?);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct ToolRun<'a> {
    question: Generate<'a>,
    tools: Vec<Tool>,
    rounds: u32,
    limit: Duration,
    watch: Option<Watch<'a>>,
}

/// One call of a tool.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// The turn of the model, from 1.
    pub round: u32,
    /// What the model asked for.
    pub call: FunctionCall,
    /// What it was told.
    pub result: Result<Value, String>,
}

/// The answer of a question with tools.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ToolAnswer {
    /// The answer.
    pub answer: Response,
    /// The calls on the way, in their order.
    pub steps: Vec<Step>,
    /// What was said on the way, as it goes back into a conversation; the answer is the last turn.
    pub contents: Vec<Content>,
    /// What all turns cost together.
    pub usage: Option<Usage>,
}

impl<'a> Generate<'a> {
    /// Lets the model call these functions of the program.
    pub fn tools(self, tools: impl IntoIterator<Item = Tool>) -> ToolRun<'a> {
        let tools = tools.into_iter().collect();
        ToolRun { question: self, tools, rounds: ROUNDS, limit: LIMIT, watch: None }
    }
}

impl<'a> ToolRun<'a> {
    /// Lets the model speak this often, its answer included.
    pub fn max_rounds(self, rounds: u32) -> Self {
        Self { rounds, ..self }
    }

    /// Gives each call of a tool this much time.
    pub fn time_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Shows each call when it is done.
    pub fn on_step(self, watch: impl FnMut(&Step) + Send + 'a) -> Self {
        Self { watch: Some(Box::new(watch)), ..self }
    }

    /// Sends the question, runs the tools, and returns the answer.
    ///
    /// # Errors
    /// Those of [`Generate::send`], a tool with a name or a schema that Google does not take, and a model that still
    /// calls functions in the last round ([`Error::partial`] has its turn).
    pub async fn send(mut self) -> Result<ToolAnswer, Error> {
        let declarations: Vec<Value> =
            self.tools.iter().map(Tool::declaration).collect::<Result<_, _>>()?;
        let mut question =
            self.question.clone().tool(json!({"functionDeclarations": declarations}));
        let (mut steps, mut contents, mut usage) = (Vec::new(), Vec::new(), None);
        for round in 1..=self.rounds {
            let answer = question.clone().send().await?;
            let cost = answer.usage_metadata.clone();
            usage = cost.map(|cost| cost.after(usage.as_ref())).or(usage);
            contents.extend(answer.turn());
            let calls: Vec<FunctionCall> = answer.function_calls().cloned().collect();
            if calls.is_empty() {
                return Ok(ToolAnswer { answer, steps, contents, usage });
            }
            if round == self.rounds {
                return Err(
                    Error::unexpected("the model calls functions without end").with_partial(answer)
                );
            }
            let done = self.run(round, calls).await;
            let results = Content::user(done.iter().map(response_part));
            question = question.content(&answer).content(results.clone());
            contents.push(results);
            steps.extend(done);
        }
        Err(Error::not_sent("no rounds"))
    }

    /// Runs the calls of one turn at the same time; returns them in their order.
    async fn run(&mut self, round: u32, calls: Vec<FunctionCall>) -> Vec<Step> {
        let (tools, limit) = (&self.tools, self.limit);
        let running = calls.into_iter().map(|call| async move {
            let tool = tools.iter().find(|tool| tool.name == call.name);
            let result = match tool {
                Some(tool) => tool.call(call.args.clone(), limit).await,
                None => Err("there is no function of this name".to_owned()),
            };
            Step { round, call, result }
        });
        let steps = join_all(running).await;
        if let Some(watch) = &mut self.watch {
            steps.iter().for_each(watch);
        }
        steps
    }
}

/// Google reads `output` and `error`.
fn response_part(step: &Step) -> Part {
    let (key, value) = match &step.result {
        Ok(value) => ("output", value.clone()),
        Err(error) => ("error", error.clone().into()),
    };
    let response = Map::from_iter([(key.to_owned(), value)]);
    let (id, name) = (step.call.id.clone(), step.call.name.clone());
    let response = FunctionResponse { id, name, response, ..FunctionResponse::default() };
    Part { function_response: Some(response), ..Part::default() }
}

impl<'a> IntoFuture for ToolRun<'a> {
    type Output = Result<ToolAnswer, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for ToolRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolRun").field("tools", &self.tools).finish_non_exhaustive()
    }
}
