//! `hallpass models`: which Gemini models there are.
//!
//! In: the saved sign-in. Out: names, or Google's description of one.
//! Not here: the requests (`hallpass-gemini`).

use crate::commands::status;
use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::gemini_address::{self, BASE_URL};
use crate::line::Line;
use crate::render::{self, Format};
use crate::saved::Saved;
use futures_util::TryStreamExt;
use hallpass::Credential;
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

/// What a person waits for.
const GEMINI: &str = "asking the Gemini API";

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    gemini_address::announce(context)?;
    let saved = Saved::find(context, None)?;
    status::warn_of_the_end(&saved, context);
    let lines = match &args.action {
        Action::List => {
            let models = list(&saved, context)?;
            match context.format {
                Format::Text => models.iter().map(|model| Line::from(&model.name)).collect(),
                Format::Json => render::document(&json!(models)),
            }
        }
        Action::Get { name } => {
            let client = client(saved.credential(context)?, context)?;
            let model = context::block_on(async {
                Ok(context::show_while(GEMINI, client.models().get(name)).await?)
            });
            let model = model.map_err(|failure| naming(failure, name))?;
            match context.format {
                Format::Text => describe(&model),
                Format::Json => render::document(&json!(model)),
            }
        }
    };
    context.data(lines)
}

/// A refusal of a model says which one.
fn naming(failure: Failure, model: &str) -> Failure {
    if failure.is(Case::ModelNotFound) {
        return failure.saying(format!("Gemini does not know the model `{model}`"));
    }
    failure
}

/// Google's maximum for `pageSize`.
const LARGEST_PAGE: u32 = 1000;

/// Returns all models that the sign-in may use.
pub(crate) fn list(saved: &Saved, context: &mut Context) -> Outcome<Vec<Model>> {
    let client = client(saved.credential(context)?, context)?;
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
    let client = client(credential, context)?;
    let first = client.models().with_page_size(1).list();
    context::block_on(async { Ok(pin!(first).try_next().await.map(drop)?) })
}

fn client(credential: Credential, context: &mut Context) -> Outcome<Client> {
    let builder = Client::builder(credential).http(context.http());
    let endpoints = context.endpoints()?;
    let base_url = match (endpoints.emulator_origin(), context.variable(BASE_URL)) {
        (None, Some(text)) if !text.contains("://") => {
            let what = format!("`{BASE_URL}` is `{text}`, not an address");
            return Err(Failure::new(Case::InsecureUri, what));
        }
        (None, Some(text)) => text,
        _ => endpoints.gemini,
    };
    // Who sets the variable trusts the host, as with Google's own clients; `announce` names it.
    let uri: http::Uri = base_url.parse().unwrap_or_default();
    let host = uri.authority().map_or("", |authority| authority.as_str());
    Ok(builder.base_url(&base_url).trusted_host(host).build())
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
