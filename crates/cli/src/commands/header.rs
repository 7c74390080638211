//! `hallpass header`: the two lines that a request to a Google API needs.
//!
//! In: the saved sign-in. Out: `Authorization` and, when a quota project is known,
//! `x-goog-user-project`. Made for `curl -H @-` and for programs that read headers.
//! Not here: the rules of the two values (`header` of the library).

use crate::args::Format;
use crate::commands::quota_project;
use crate::context::Context;
use crate::failure::Outcome;
use crate::render;
use crate::saved::Saved;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// Print the headers that authorize a request: use with `curl -H @-`
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Use this token.json instead of Application Default Credentials
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The form of the result
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let saved = Saved::find(context, args.token_file.as_deref())?;
    let text = match args.format {
        Format::Text => lines(&saved, context)?,
        Format::Json => {
            let pairs = pairs(&saved, context)?;
            let object: Map<String, Value> =
                pairs.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            render::document(&object.into())
        }
    };
    context.data(&text)
}

/// Returns the header lines, without a line end after the last.
pub(crate) fn lines(saved: &Saved, context: &mut Context) -> Outcome<String> {
    let lines = pairs(saved, context)?.into_iter().map(|(name, value)| format!("{name}: {value}"));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

fn pairs(saved: &Saved, context: &mut Context) -> Outcome<Vec<(&'static str, String)>> {
    let token = saved.access_token(context)?;
    let mut pairs = vec![("Authorization", format!("Bearer {}", token.expose()))];
    if let Some((project, _)) = saved.quota_project(context) {
        // A line end in the variable would be a header of its own.
        pairs.push(("x-goog-user-project", quota_project::checked(&project)?.to_owned()));
    }
    Ok(pairs)
}
