//! `hallpass header`: the two lines that a request to a Google API needs.
//!
//! In: the saved sign-in. Out: `Authorization` and, when a quota project is known,
//! `x-goog-user-project`. Made for `curl -H @-` and for programs that read headers.
//! Not here: the rules of the two values (`header` of the library).

use crate::commands::{quota_project, status};
use crate::context::Context;
use crate::failure::Outcome;
use crate::render::{self, Format};
use crate::saved::Saved;
use serde_json::{Map, Value};

/// Print the headers that authorize a request: use with `curl -H @-`
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, context: &mut Context) -> Outcome {
    let saved = Saved::find(context, None)?;
    status::warn_of_the_end(&saved, context);
    let lines = match context.format {
        Format::Text => lines(&saved, context)?.lines().map(Into::into).collect(),
        Format::Json => {
            let pairs = pairs(&saved, context)?;
            let object: Map<String, Value> =
                pairs.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            render::document(&object.into())
        }
    };
    context.data(lines)
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
        // A line end in the variable would begin another header.
        pairs.push(("x-goog-user-project", quota_project::checked(&project)?.to_owned()));
    }
    Ok(pairs)
}
