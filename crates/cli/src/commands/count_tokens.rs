//! `hallpass count-tokens`: what a question would cost, before it is asked.
//!
//! In: a prompt, files, flags as `generate` takes them. Out: a number, or Gemini's whole answer.

use crate::context::{self, Context};
use crate::failure::Outcome;
use crate::gemini::attachment::{self, Sent};
use crate::gemini::question::{self, Asked, Model, Prompt};
use crate::gemini::{self, GEMINI, refusal};
use crate::render::{self, Format};
use hallpass_gemini::Client;
use hallpass_gemini::generate::TokenCount;
use serde_json::json;

/// Count the tokens of a question, without asking it
///
/// Counting is free of charge. It takes what `hallpass generate` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hallpass count-tokens \"Why is the sky blue?\"
  hallpass count-tokens --file report.pdf \"What was sold?\"
  hallpass count-tokens < book.txt")]
pub(crate) struct Args {
    #[command(flatten)]
    prompt: Prompt,
    #[command(flatten)]
    model: Model,
}

/// The method that the model has to have.
const METHOD: &str = "countTokens";

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let asked = args.prompt.read(context)?;
    let client = gemini::client(context)?;
    args.model.question(&client).content(&asked.prompt).check()?;
    let mut sent = Sent::default();
    let counted = context::block_on(count(args, asked, &client, &mut sent, context));
    attachment::delete(&client, &sent.uploaded, context);
    let counted = counted
        .map_err(|failure| refusal::of_model(failure, &args.model.model, METHOD, &client))?;
    match context.format {
        Format::Text => context.data([counted.total_tokens.to_string()]),
        Format::Json => context.data(render::document(&json!(counted))),
    }
}

async fn count(
    args: &Args,
    asked: Asked,
    client: &Client,
    sent: &mut Sent,
    context: &mut Context,
) -> Outcome<TokenCount> {
    attachment::send(client, asked.attachments, sent, &mut context.output).await?;
    let parts = question::parts(std::mem::take(&mut sent.parts), &asked.prompt);
    let question = args.model.question(client).content(parts);
    Ok(context::show_while(GEMINI, question.count_tokens()).await?)
}
