//! `hallpass scopes`: the short names, what they stand for, and what each opens at Gemini.
//!
//! In: nothing, or words as `--scopes` takes them. Out: a catalogue, or the whole addresses.
//! Source: the errors and discovery documents of the Gemini API; tags in docs/emulator.md.

use crate::completion;
use crate::context::Context;
use crate::failure::Outcome;
use crate::line::Line;
use crate::render::{self, Format};
use crate::selection::{hidden_profile, hidden_token_file};
use hallpass::Scopes;
use serde_json::{Value, json};

/// List the scopes that are known by short names, or write words out
#[derive(Debug, clap::Args)]
#[command(arg = hidden_profile(), arg = hidden_token_file())]
pub(crate) struct Args {
    /// Words to write out, as `--scopes` takes them
    #[arg(value_name = "WORDS", add = completion::scopes())]
    words: Vec<String>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    if !args.words.is_empty() {
        let scopes = Scopes::parse(&args.words.join(" "))?;
        return context.data(match context.format {
            Format::Text => scopes.iter().map(Line::from).collect(),
            Format::Json => render::document(&scopes.iter().map(Value::from).collect()),
        });
    }
    let all = Scopes::catalogue().map(|(word, scope)| (word, scope, opened_by(word)));
    context.data(match context.format {
        Format::Text => all
            .flat_map(|(word, scope, opens)| {
                [word.into(), format!("  {scope}").into(), format!("  {opens}").into()]
            })
            .collect(),
        Format::Json => render::document(
            &all.map(
                |(word, scope, opens)| json!({ "word": word, "scope": scope, "opens": opens }),
            )
            .collect(),
        ),
    })
}

/// Says what a scope opens, by its whole name.
pub(crate) fn opens(scope: &str) -> Option<&'static str> {
    let (word, _) = Scopes::catalogue().find(|(_, known)| *known == scope)?;
    Some(opened_by(word))
}

fn opened_by(word: &str) -> &'static str {
    match word {
        "cloud-platform" => {
            "Google Cloud; gcloud insists on it; does not open the Gemini API by itself"
        }
        "retriever" => "the Gemini API: models, generation, corpora",
        "retriever.readonly" => "the Gemini API to read: models, corpora",
        "tuning" => "the Gemini API: models, generation, tuned models",
        "tuning.readonly" => "the Gemini API to read: models, tuned models",
        "openid" => "who you are, as a signed ID token; nothing at Gemini",
        "email" => "your e-mail address, so that `--account` can be checked; nothing at Gemini",
        "profile" => "your name and picture; nothing at Gemini",
        _ => "the same under its longer name",
    }
}
