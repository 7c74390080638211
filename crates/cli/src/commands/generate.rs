//! `hallpass generate`: one question, one answer.
//!
//! In: a prompt, files, flags. Out: the answer's text, as it comes on a terminal; with `--schema`, the JSON; with
//! `--format json`, Gemini's whole response.
//! Not here: reading the prompt (`gemini::question`) and printing the answer (`gemini::answer`).

use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::gemini::attachment::{self, Sent};
use crate::gemini::question::{self, Asked, Model, Prompt, Tools};
use crate::gemini::{self, GEMINI, answer, refusal};
use crate::render::{self, Format};
use hallpass_gemini::generate::Generate;
use hallpass_gemini::{Client, Response};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Ask a Gemini model, and print its answer
///
/// On a terminal the answer is printed as it comes. A file up to 4 MiB goes along with the question; a
/// larger one, or a video, is uploaded and deleted again after the answer.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hallpass generate \"Why is the sky blue?\"
  hallpass generate --file report.pdf \"What was sold?\"
  git diff | hallpass generate \"Write a commit message for this change:\" -
  hallpass generate --search \"Who won the last World Cup?\"
  hallpass generate --schema recipe.json \"A cake without eggs\"")]
pub(crate) struct Args {
    #[command(flatten)]
    prompt: Prompt,
    #[command(flatten)]
    model: Model,
    /// Ask for JSON that satisfies the JSON Schema in this file
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    #[command(flatten)]
    tools: Tools,
}

/// The method that the model has to have.
const METHOD: &str = "generateContent";

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let schema = args.schema.as_deref().map(|path| schema(path, context)).transpose()?;
    let asked = args.prompt.read(context)?;
    let client = gemini::client(context)?;
    let question = args.model.question(&client).content(&asked.prompt);
    check(&with_schema(question, schema.as_ref()))?;
    let mut sent = Sent::default();
    let asking = ask(args, schema.as_ref(), asked, &client, &mut sent, context);
    let outcome = context::block_on(asking);
    // After Ctrl-C, too: what nobody will ask about is not left at Google.
    attachment::delete(&client, &sent.uploaded, context);
    outcome.map_err(|failure| refusal::of_model(failure, &args.model.model, METHOD, &client))
}

fn with_schema<'a>(question: Generate<'a>, schema: Option<&Value>) -> Generate<'a> {
    match schema {
        Some(schema) => question.json_schema(schema.clone()),
        None => question,
    }
}

/// What is wrong with the question itself is said before anything is sent.
fn check(question: &Generate<'_>) -> Outcome {
    question.check().map_err(|error| match error.is_not_sent() {
        true => Failure::new(Case::SchemaUnusable, error.to_string()),
        false => error.into(),
    })
}

async fn ask(
    args: &Args,
    schema: Option<&Value>,
    asked: Asked,
    client: &Client,
    sent: &mut Sent,
    context: &mut Context,
) -> Outcome {
    attachment::send(client, asked.attachments, sent, &mut context.output).await?;
    let stores = args.tools.stores(client).await?;
    let parts = question::parts(std::mem::take(&mut sent.parts), &asked.prompt);
    let question = args.tools.set(args.model.question(client).content(parts), &stores);
    let question = with_schema(question, schema);
    if context.format == Format::Json {
        let response = context::show_while(GEMINI, question.send()).await?;
        context.data(render::document(&json!(response)))?;
        return answer::judged(&response).map(drop);
    }
    if schema.is_some() {
        let response = context::show_while(GEMINI, question.send()).await?;
        return context.data(render::document(&parsed(&response)?));
    }
    let response = answer::printed(question, context).await?;
    answer::finish(&response, context)
}

fn parsed(response: &Response) -> Outcome<Value> {
    let text = answer::judged(response)?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::new(Case::AnswerNotJson, "the answer is not JSON").because(error))
}

/// Reads a schema; whether it can be one, the library says.
fn schema(path: &Path, context: &Context) -> Outcome<Value> {
    let unusable = |what: &str| {
        Failure::new(Case::SchemaUnusable, format!("cannot use `{}`: {what}", path.display()))
    };
    let text = std::fs::read(context.path(path))
        .map_err(|error| unusable("it cannot be read").because(error))?;
    serde_json::from_slice(&text).map_err(|error| unusable("it is not JSON").because(error))
}
