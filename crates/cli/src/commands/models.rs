//! `hallpass models`: which Gemini models there are.
//!
//! In: the saved sign-in. Out: names, or Google's description of one.
//! Not here: the requests (`hallpass-gemini`).

use crate::context::{self, Context};
use crate::failure::Outcome;
use crate::gemini::{self, GEMINI, refusal};
use crate::line::Line;
use crate::render::{self, Format};
use crate::saved::Saved;
use futures_util::TryStreamExt;
use hallpass_gemini::{Client, Model};
use serde_json::json;
use std::pin::pin;

/// List Gemini models, or describe one
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the models that the saved sign-in may use
    List,
    /// Describe one model
    Get {
        /// Its name, such as gemini-2.5-flash
        name: String,
    },
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let client = gemini::client(context)?;
    let lines = match &args.action {
        Action::List => {
            let models = list(&client)?;
            match context.format {
                Format::Text => models.iter().map(|model| Line::from(&model.name)).collect(),
                Format::Json => render::document(&json!(models)),
            }
        }
        Action::Get { name } => {
            let model = context::block_on(async {
                Ok(context::show_while(GEMINI, client.models().get(name)).await?)
            });
            let model =
                model.map_err(|failure| refusal::of_model(failure, name, METHOD, &client))?;
            match context.format {
                Format::Text => describe(&model),
                Format::Json => render::document(&json!(model)),
            }
        }
    };
    context.data(lines)
}

/// The method of the models that a name is compared with: those that most people mean.
const METHOD: &str = "generateContent";

/// Google's maximum for `pageSize`.
const LARGEST_PAGE: u32 = 1000;

/// Returns all models that the sign-in may use.
pub(crate) fn list(client: &Client) -> Outcome<Vec<Model>> {
    context::block_on(async {
        // As many as Google gives at once: one request, not several.
        let list = client.models().with_page_size(LARGEST_PAGE).list().try_collect();
        Ok(context::show_while(GEMINI, list).await?)
    })
}

/// Asks for one model, for `quota_project` or for the OAuth client's.
pub(crate) fn probe(
    saved: &Saved,
    context: &mut Context,
    quota_project: Option<String>,
) -> Outcome {
    let credential =
        saved.credential(context)?.with_quota_project(quota_project.unwrap_or_default());
    let client = gemini::with_credential(credential, context)?;
    let first = client.models().with_page_size(1).list();
    context::block_on(async { Ok(pin!(first).try_next().await.map(drop)?) })
}

fn describe(model: &Model) -> Vec<Line> {
    let number =
        |number: Option<i64>| number.map_or("unknown".to_owned(), |number| number.to_string());
    render::rows(&[
        ("name", model.name.clone()),
        ("title", model.display_name.clone()),
        ("version", model.version.clone()),
        ("description", model.description.clone()),
        ("tokens in", number(model.input_token_limit)),
        ("tokens out", number(model.output_token_limit)),
        ("methods", model.supported_generation_methods.join(", ")),
    ])
}
